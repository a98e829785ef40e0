//! A card that is followed: what begins, what goes on, what does not.

use super::{
    super::rules::tests::{frozen, leaf},
    *,
};
use crate::card_facts::tests::made;

/// The next event of this act that says this.
fn next(
    before: Option<&CardFacts>,
    may_lack: bool,
    act: &'static str,
    says: Option<CardFacts>,
) -> Result<Option<CardFacts>, &'static str> {
    let facts = EventFacts {
        card: says,
        ..EventFacts::default()
    };
    let json = facts.to_json().unwrap();
    let body = Body {
        facts: Some(&json),
        ..Body::default()
    };
    link(before, may_lack, &leaf(act), &body)
}

#[test]
fn a_card_begins_with_what_may_begin() {
    let baseline = next(None, false, rules::BASELINE, Some(made()));
    assert_eq!(baseline, Ok(Some(made())));
    for act in ["freeze", rules::CARRY, rules::UPDATE, rules::ADD_CARD] {
        let begun = next(None, false, act, Some(made()));
        assert_eq!(begun, Err("beginning"), "{act}");
        // Unless what was before may be in an archive.
        assert_eq!(next(None, true, act, Some(made())), Ok(Some(made())));
    }
}

#[test]
fn a_change_fits_its_act_whatever_is_before() {
    let before = made();
    let freeze = next(Some(&before), false, "freeze", Some(frozen()));
    assert_eq!(freeze, Ok(Some(frozen())));
    for act in [rules::UPDATE, rules::CARRY, "unfreeze", "login", "renew"] {
        for may_lack in [false, true] {
            let changed = next(Some(&before), may_lack, act, Some(frozen()));
            assert!(changed.is_err(), "{act}");
        }
    }
    let again = next(Some(&before), false, rules::BASELINE, Some(made()));
    assert_eq!(again, Err("second baseline"));
}

#[test]
fn a_change_has_to_be_said() {
    // From before: the baseline is still to come.
    assert_eq!(next(None, false, "freeze", None), Ok(None));
    assert!(next(Some(&made()), false, "freeze", None).is_err());
    assert_eq!(next(Some(&made()), false, "renew_begin", None), Ok(None));
}

#[test]
fn what_cannot_be_read_says_nothing() {
    let body = Body {
        facts: Some(r#"{"card":{"state":"free"}}"#),
        ..Body::default()
    };
    assert_eq!(link(None, true, &leaf("freeze"), &body), Err("form"));
}
