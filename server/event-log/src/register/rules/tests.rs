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

/// What does not fit, of an event under which nothing stands.
fn unsigned(leaf: &Leaf<'_>, before: &CardFacts, after: &CardFacts) -> Option<&'static str> {
    misfit(leaf, &Body::default(), before, after)
}

fn at() -> Timestamp {
    Timestamp::from_microsecond(leaf("").at).unwrap()
}

pub(in crate::register) fn frozen() -> CardFacts {
    CardFacts {
        state: CardState::Frozen {
            since: at(),
            until: None,
        },
        ..made()
    }
}

#[test]
fn an_act_changes_what_the_lifecycle_says_and_nothing_else() {
    assert_eq!(unsigned(&leaf("freeze"), &made(), &frozen()), None);
    assert_eq!(unsigned(&leaf("freeze"), &made(), &made()), Some("state"));
    assert_eq!(unsigned(&leaf("unfreeze"), &frozen(), &made()), None);
    assert_eq!(unsigned(&leaf("unfreeze"), &made(), &made()), Some("state"));
    assert_eq!(unsigned(&leaf("login"), &frozen(), &made()), Some("state"));
    let other = CardFacts {
        role: card_domain::Role::LegalPerson,
        operator_no: None,
        ..frozen()
    };
    assert_eq!(unsigned(&leaf("freeze"), &made(), &other), Some("role"));
    let since = CardFacts {
        state: CardState::Frozen {
            since: Timestamp::UNIX_EPOCH,
            until: None,
        },
        ..made()
    };
    assert_eq!(
        unsigned(&leaf("freeze"), &made(), &since),
        Some("what its state remembers")
    );
    let unknown = CardFacts {
        puk_known: false,
        ..frozen()
    };
    assert_eq!(
        unsigned(&leaf("freeze"), &made(), &unknown),
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
    assert_eq!(unsigned(&leaf("renew"), &held, &good), None);
    assert_eq!(unsigned(&leaf(UPDATE), &made(), &held), None);
    assert_eq!(
        unsigned(&leaf("renew"), &made(), &good),
        Some("certificate")
    );
    assert_eq!(unsigned(&leaf("unlock"), &held, &good), Some("certificate"));
    assert_eq!(unsigned(&leaf(UPDATE), &held, &good), Some("certificate"));
    assert_eq!(
        unsigned(&leaf(CARRY), &made(), &held),
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
    assert_eq!(unsigned(&leaf("renew"), &made(), &keyed("a")), None);
    assert_eq!(
        unsigned(&leaf("freeze"), &made(), &keyed("a")),
        Some("state")
    );
    assert_eq!(
        unsigned(&leaf("renew"), &keyed("a"), &keyed("b")),
        Some("card key")
    );
    assert_eq!(unsigned(&leaf("unlock"), &made(), &back), None);
    assert_eq!(
        unsigned(&leaf("unlock"), &back, &made()),
        Some("PUK generation")
    );
}

#[test]
fn a_key_is_confirmed_by_attestation_or_by_a_first_login_and_by_nothing_else() {
    use KeyConfirmation::{Attested, Login};
    const KEY: Option<&str> = Some("how its certificate's key was confirmed");
    let confirmed = leaf(KEY_CONFIRMED);
    assert_eq!(
        unsigned(&confirmed, &keyed(None), &keyed(Some(Login))),
        None
    );
    for (before, after) in [
        (None, Some(Attested)),
        (None, None),
        (Some(Attested), Some(Login)),
        (Some(Login), None),
        (Some(Login), Some(Attested)),
    ] {
        let misfit = unsigned(&confirmed, &keyed(before), &keyed(after));
        assert_eq!(misfit, KEY, "{before:?} {after:?}");
    }
    for act in ["login", UPDATE, CARRY, "freeze", "unlock", "renew"] {
        let misfit = unsigned(&leaf(act), &keyed(None), &keyed(Some(Login)));
        assert!(misfit.is_some(), "{act}");
    }
    let refused = Leaf {
        outcome: "refused",
        ..leaf(KEY_CONFIRMED)
    };
    assert_eq!(unsigned(&refused, &keyed(None), &keyed(Some(Login))), KEY);
    let more = CardFacts {
        puk_known: false,
        ..keyed(Some(Login))
    };
    assert!(unsigned(&confirmed, &keyed(None), &more).is_some());

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
        assert_eq!(unsigned(&renew, &before, &after), expected, "{after:?}");
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
    assert_eq!(unsigned(&issue, &new, &renewed(None, None)), None);
    assert_eq!(unsigned(&issue, &new, &renewed(Some(Login), None)), KEY);
    let attested = renewed(Some(Attested), Some("a"));
    assert_eq!(unsigned(&issue, &new, &attested), None);
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
    assert_eq!(unsigned(&leaf("issue"), &held, &made()), None);
    assert_eq!(unsigned(&leaf("issue"), &new, &made()), Some("certificate"));
    assert_eq!(unsigned(&leaf("issue"), &made(), &made()), Some("state"));
}

#[test]
fn names_are_said_once_and_stay() {
    use crate::card_facts::tests::named;
    let frozen_as = |names: &CardFacts| CardFacts {
        names: names.names.clone(),
        ..frozen()
    };
    let one = named("李四", "远航", "91A");
    assert_eq!(unsigned(&leaf("freeze"), &made(), &frozen_as(&one)), None);
    assert_eq!(unsigned(&leaf("freeze"), &one, &frozen_as(&one)), None);
    let other = named("李五", "远航", "91A");
    assert_eq!(
        unsigned(&leaf("freeze"), &one, &frozen_as(&other)),
        Some("holder's name")
    );
    // What was said is not left out again, to be said otherwise later.
    assert_eq!(unsigned(&leaf("freeze"), &one, &frozen()), Some("names"));
}

/// The end of a freeze is what was signed, and it is over when it is, not before.
#[test]
fn a_freeze_ends_as_it_was_signed_and_not_sooner() {
    let structured = |until: &str| {
        format!(
            r#"{{"version":2,"act":"freeze"{until},"cards":[],"enterprise":{{"id":"018f0000-0000-7000-8000-000000000002","code":"9"}},"signer":{{"card":"018f0000-0000-7000-8000-000000000003","card_no":"8","role":"legal_person","certificate_sha256":"00"}},"instance":"{}","nonce":"AAAA","origin":"https://ic.example.cn","time":"2026-11-22T08:00:00Z","algorithm":"ES256"}}"#,
            "0".repeat(64)
        )
    };
    let end = at() + jiff::SignedDuration::from_hours(24);
    let until = |until| CardFacts {
        state: CardState::Frozen { since: at(), until },
        ..made()
    };
    let (timed, forever) = (until(Some(end)), until(None));
    let signed = structured(&format!(r#","until":"{end}""#));
    let without = structured("");
    for (structured, after, fits) in [
        (&signed, &timed, true),
        (&signed, &forever, false),
        (&without, &forever, true),
        (&without, &timed, false),
    ] {
        let body = Body {
            structured: Some(structured),
            ..Body::default()
        };
        let misfit = misfit(&leaf("freeze"), &body, &made(), after);
        assert_eq!(misfit.is_none(), fits, "{structured}");
    }
    let ended = |micros: i64| Leaf {
        at: end.as_microsecond() + micros,
        ..leaf(FREEZE_ENDED)
    };
    assert_eq!(unsigned(&ended(0), &timed, &made()), None);
    assert_eq!(unsigned(&ended(-1), &timed, &made()), Some("state"));
    assert_eq!(unsigned(&ended(0), &forever, &made()), Some("state"));
    assert_eq!(unsigned(&ended(0), &made(), &made()), Some("state"));
    assert_eq!(unsigned(&ended(0), &timed, &timed), Some("state"));
    assert!(!needs_signature(FREEZE_ENDED, "done"));
    assert!(must_say(&ended(0)));
}
