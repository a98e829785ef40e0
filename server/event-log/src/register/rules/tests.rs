//! What fits each act, and what does not.

use uuid::Uuid;

use super::*;
use crate::card_facts::tests::{keyed, made};

pub(in crate::register) fn leaf(act: &'static str) -> Leaf<'static> {
    Leaf {
        seq: 1,
        at: 1_800_000_000_000_000,
        enterprise: None,
        actor: None,
        act,
        target: Some(Uuid::nil()),
        outcome: "done",
        body: b"",
    }
}

fn at() -> Timestamp {
    Timestamp::from_microsecond(leaf("").at).unwrap()
}

pub(in crate::register) fn frozen() -> CardFacts {
    CardFacts {
        state: CardState::Frozen { since: at() },
        ..made()
    }
}

#[test]
fn an_act_changes_what_the_lifecycle_says_and_nothing_else() {
    assert_eq!(misfit(&leaf("freeze"), &made(), &frozen()), None);
    assert_eq!(misfit(&leaf("freeze"), &made(), &made()), Some("state"));
    assert_eq!(misfit(&leaf("unfreeze"), &frozen(), &made()), None);
    assert_eq!(misfit(&leaf("unfreeze"), &made(), &made()), Some("state"));
    assert_eq!(misfit(&leaf("login"), &frozen(), &made()), Some("state"));
    let other = CardFacts {
        role: card_domain::Role::LegalPerson,
        operator_no: None,
        ..frozen()
    };
    assert_eq!(misfit(&leaf("freeze"), &made(), &other), Some("role"));
    let since = CardFacts {
        state: CardState::Frozen {
            since: Timestamp::UNIX_EPOCH,
        },
        ..made()
    };
    assert_eq!(
        misfit(&leaf("freeze"), &made(), &since),
        Some("what its state remembers")
    );
    let unknown = CardFacts {
        puk_known: false,
        ..frozen()
    };
    assert_eq!(
        misfit(&leaf("freeze"), &made(), &unknown),
        Some("whether its PUK is known")
    );
}

#[test]
fn a_certificate_becomes_good_from_hold_only() {
    let held = CardFacts {
        held: Some(String::from("bb")),
        ..made()
    };
    let good = CardFacts {
        certificate: Some(CertificateFacts {
            sha256: String::from("bb"),
            standing: CertificateStanding::Good,
            key: None,
        }),
        ..made()
    };
    assert_eq!(misfit(&leaf("renew"), &held, &good), None);
    assert_eq!(misfit(&leaf(UPDATE), &made(), &held), None);
    assert_eq!(misfit(&leaf("renew"), &made(), &good), Some("certificate"));
    assert_eq!(misfit(&leaf("unlock"), &held, &good), Some("certificate"));
    assert_eq!(misfit(&leaf(UPDATE), &held, &good), Some("certificate"));
    assert_eq!(
        misfit(&leaf(CARRY), &made(), &held),
        Some("certificate on hold")
    );
    let back = CardFacts {
        puk_generation: 1,
        ..made()
    };
    let keyed = |key: &str| CardFacts {
        card_key: Some(String::from(key)),
        ..made()
    };
    assert_eq!(misfit(&leaf("renew"), &made(), &keyed("a")), None);
    assert_eq!(misfit(&leaf("freeze"), &made(), &keyed("a")), Some("state"));
    assert_eq!(
        misfit(&leaf("renew"), &keyed("a"), &keyed("b")),
        Some("card key")
    );
    assert_eq!(misfit(&leaf("unlock"), &made(), &back), None);
    assert_eq!(
        misfit(&leaf("unlock"), &back, &made()),
        Some("PUK generation")
    );
}

#[test]
fn a_key_is_confirmed_by_attestation_or_by_a_first_login_and_by_nothing_else() {
    use KeyConfirmation::{Attested, Login};
    const KEY: Option<&str> = Some("how its certificate's key was confirmed");
    let confirmed = leaf(KEY_CONFIRMED);
    assert_eq!(misfit(&confirmed, &keyed(None), &keyed(Some(Login))), None);
    for (before, after) in [
        (None, Some(Attested)),
        (None, None),
        (Some(Attested), Some(Login)),
        (Some(Login), None),
        (Some(Login), Some(Attested)),
    ] {
        let misfit = misfit(&confirmed, &keyed(before), &keyed(after));
        assert_eq!(misfit, KEY, "{before:?} {after:?}");
    }
    for act in ["login", UPDATE, CARRY, "freeze", "unlock", "renew"] {
        let misfit = misfit(&leaf(act), &keyed(None), &keyed(Some(Login)));
        assert!(misfit.is_some(), "{act}");
    }
    let refused = Leaf {
        outcome: "refused",
        ..leaf(KEY_CONFIRMED)
    };
    assert_eq!(misfit(&refused, &keyed(None), &keyed(Some(Login))), KEY);
    let more = CardFacts {
        puk_known: false,
        ..keyed(Some(Login))
    };
    assert!(misfit(&confirmed, &keyed(None), &more).is_some());

    // 延期 and 制卡: by attestation, not yet, or as it was before.
    let renewed = |key, attestation: Option<&str>| CardFacts {
        certificate: Some(CertificateFacts {
            sha256: String::from("bb"),
            standing: CertificateStanding::Good,
            key,
        }),
        attestation: attestation.map(String::from),
        ..made()
    };
    let held = |key, attestation: Option<&str>| CardFacts {
        held: Some(String::from("bb")),
        attestation: attestation.map(String::from),
        ..keyed(key)
    };
    let renew = leaf("renew");
    for (before, after, expected) in [
        (held(None, None), renewed(None, None), None),
        (held(Some(Login), None), renewed(None, None), None),
        (held(Some(Login), None), renewed(Some(Login), None), None),
        (held(None, None), renewed(Some(Login), None), KEY),
        (held(None, Some("a")), renewed(Some(Login), Some("a")), KEY),
        // Attested is who is known by its attestation key, and the same one.
        (held(None, None), renewed(Some(Attested), None), KEY),
        (held(None, None), renewed(Some(Attested), Some("a")), None),
        (
            held(None, Some("a")),
            renewed(Some(Attested), Some("a")),
            None,
        ),
        (
            held(None, Some("a")),
            renewed(Some(Attested), Some("b")),
            Some("attestation key"),
        ),
        (
            held(None, Some("a")),
            renewed(None, None),
            Some("attestation key"),
        ),
    ] {
        assert_eq!(misfit(&renew, &before, &after), expected, "{after:?}");
    }
    let new = |facts: CardFacts| CardFacts {
        state: CardState::NotIssued,
        card_no: None,
        chip_id: None,
        certificate: None,
        ..facts
    };
    let issue = leaf("issue");
    let new = new(held(None, None));
    assert_eq!(misfit(&issue, &new, &renewed(None, None)), None);
    assert_eq!(misfit(&issue, &new, &renewed(Some(Login), None)), KEY);
    let attested = renewed(Some(Attested), Some("a"));
    assert_eq!(misfit(&issue, &new, &attested), None);
}

#[test]
fn a_card_is_made_of_one_that_was_registered() {
    let new = CardFacts {
        state: CardState::NotIssued,
        card_no: None,
        chip_id: None,
        certificate: None,
        ..made()
    };
    assert!(may_begin(&leaf(ADD_CARD), &new));
    assert!(!may_begin(&leaf(ADD_CARD), &made()));
    assert!(!may_begin(&leaf("issue"), &made()));
    assert!(may_begin(&leaf(BASELINE), &made()));
    let held = CardFacts {
        held: Some(String::from("aa")),
        ..new.clone()
    };
    assert_eq!(misfit(&leaf("issue"), &held, &made()), None);
    assert_eq!(misfit(&leaf("issue"), &new, &made()), Some("certificate"));
    assert_eq!(misfit(&leaf("issue"), &made(), &made()), Some("state"));
}

#[test]
fn names_are_said_once_and_stay() {
    use crate::card_facts::tests::named;
    let frozen_as = |names: &CardFacts| CardFacts {
        names: names.names.clone(),
        ..frozen()
    };
    let one = named("李四", "远航", "91A");
    assert_eq!(misfit(&leaf("freeze"), &made(), &frozen_as(&one)), None);
    assert_eq!(misfit(&leaf("freeze"), &one, &frozen_as(&one)), None);
    let other = named("李五", "远航", "91A");
    assert_eq!(
        misfit(&leaf("freeze"), &one, &frozen_as(&other)),
        Some("holder's name")
    );
    // What was said is not left out again, to be said otherwise later.
    assert_eq!(misfit(&leaf("freeze"), &one, &frozen()), Some("names"));
}
