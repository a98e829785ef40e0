//! The closed list of errors: its codes are part of the protocol between page,
//! bridge and server, so they are written down here once more.

use card_protocol::{
    CardError, CardFault, PinTries, PinWeakness, ProgramRefusal, StatusWord,
    error::{GrantRefusal, ProposalRefusal},
};

/// Every error, its JSON, and whether waiting helps.
fn every_error() -> Vec<(CardError, &'static str, bool)> {
    use CardError as E;
    let refused = |reason| E::ProgramRefused { reason };
    vec![
        (
            E::BridgeNotRunning,
            r#"{"code":"bridge_not_running"}"#,
            true,
        ),
        (E::BridgeTooOld, r#"{"code":"bridge_too_old"}"#, false),
        (E::PageTooOld, r#"{"code":"page_too_old"}"#, false),
        (E::SeveralBridges, r#"{"code":"several_bridges"}"#, true),
        (E::UnknownBridge, r#"{"code":"unknown_bridge"}"#, false),
        (
            E::BlockedByBrowser,
            r#"{"code":"blocked_by_browser"}"#,
            false,
        ),
        (
            E::OriginNotAllowed,
            r#"{"code":"origin_not_allowed"}"#,
            false,
        ),
        (E::OtherUser, r#"{"code":"other_user"}"#, true),
        (E::TooManyPages, r#"{"code":"too_many_pages"}"#, true),
        (E::OtherCard, r#"{"code":"other_card"}"#, false),
        (E::LastTry, r#"{"code":"last_try"}"#, false),
        (E::TooManyTries, r#"{"code":"too_many_tries"}"#, false),
        (E::PinNotTaken, r#"{"code":"pin_not_taken"}"#, false),
        (E::NoReader, r#"{"code":"no_reader"}"#, true),
        (E::NoCard, r#"{"code":"no_card"}"#, true),
        (E::CardRemoved, r#"{"code":"card_removed"}"#, true),
        (E::CardInUse, r#"{"code":"card_in_use"}"#, true),
        (E::CardMute, r#"{"code":"card_mute"}"#, true),
        (E::UnsupportedCard, r#"{"code":"unsupported_card"}"#, false),
        (
            E::WrongPin {
                tries_left: PinTries(2),
            },
            r#"{"code":"wrong_pin","tries_left":2}"#,
            false,
        ),
        (E::PinBlocked, r#"{"code":"pin_blocked"}"#, false),
        (
            E::CardStatus {
                status: StatusWord(0x6A84),
            },
            r#"{"code":"card_status","status":27268}"#,
            false,
        ),
        (E::ReaderError, r#"{"code":"reader_error"}"#, true),
        (E::PinRequired, r#"{"code":"pin_required"}"#, false),
        (
            E::WeakPin {
                weakness: PinWeakness::Run,
            },
            r#"{"code":"weak_pin","weakness":"run"}"#,
            false,
        ),
        (E::Cancelled, r#"{"code":"cancelled"}"#, false),
        (E::Busy, r#"{"code":"busy"}"#, true),
        (
            refused(ProgramRefusal::Signature),
            r#"{"code":"program_refused","reason":"signature"}"#,
            false,
        ),
        (
            refused(ProgramRefusal::Expired),
            r#"{"code":"program_refused","reason":"expired"}"#,
            false,
        ),
        (
            refused(ProgramRefusal::Origin),
            r#"{"code":"program_refused","reason":"origin"}"#,
            false,
        ),
        (
            refused(ProgramRefusal::Chip),
            r#"{"code":"program_refused","reason":"chip"}"#,
            false,
        ),
        (
            refused(ProgramRefusal::Exchange),
            r#"{"code":"program_refused","reason":"exchange"}"#,
            false,
        ),
        (E::BadRequest, r#"{"code":"bad_request"}"#, false),
    ]
}

/// Why a page is not served, and why nothing is signed: by the reasons' names.
fn every_refusal() -> Vec<(CardError, String)> {
    use GrantRefusal as G;
    use ProposalRefusal as P;
    let not_granted = [
        (G::Missing, "missing"),
        (G::Signature, "signature"),
        (G::Origin, "origin"),
        (G::Nonce, "nonce"),
        (G::Expired, "expired"),
        (G::Session, "session"),
        (G::Purpose, "purpose"),
    ]
    .map(|(reason, name)| (CardError::NotGranted { reason }, "not_granted", name));
    let not_proposed = [
        (P::Signature, "signature"),
        (P::Origin, "origin"),
        (P::Content, "content"),
        (P::Certificate, "certificate"),
        (P::Card, "card"),
        (P::Expired, "expired"),
    ]
    .map(|(reason, name)| (CardError::NotProposed { reason }, "not_proposed", name));
    let unfit = CardFault::ALL.map(|reason| {
        let name = match reason {
            CardFault::NoProtocol => "no_protocol",
            CardFault::NoCertificate => "no_certificate",
            CardFault::Compressed => "compressed",
            CardFault::BadCertificate => "bad_certificate",
            CardFault::RsaKey => "rsa_key",
            CardFault::OtherKey => "other_key",
            CardFault::SelfSigned => "self_signed",
            CardFault::OtherIssuer => "other_issuer",
            CardFault::PinStatus => "pin_status",
        };
        (CardError::UnfitCard { reason }, "unfit_card", name)
    });
    let all = not_granted.into_iter().chain(not_proposed).chain(unfit);
    all.map(|(error, code, name)| (error, format!(r#"{{"code":"{code}","reason":"{name}"}}"#)))
        .collect()
}

#[test]
fn refusals_are_stable() {
    for (error, json) in every_refusal() {
        assert_eq!(serde_json::to_string(&error).unwrap(), json);
        assert_eq!(serde_json::from_str::<CardError>(&json).unwrap(), error);
        assert!(!error.is_retriable(), "{json}");
    }
}

#[test]
fn codes_are_stable() {
    for (error, json, retriable) in every_error() {
        assert_eq!(serde_json::to_string(&error).unwrap(), json);
        assert_eq!(serde_json::from_str::<CardError>(json).unwrap(), error);
        assert!(
            json.starts_with(&format!("{{\"code\":\"{}\"", error.code())),
            "{json}"
        );
        assert_eq!(error.is_retriable(), retriable, "{json}");
    }
}

#[test]
fn unknown_codes_are_refused() {
    for bad in [
        r#"{"code":"on_fire"}"#,
        r#"{"code":"wrong_pin"}"#,
        r#"{"code":"card_status"}"#,
        r#"{"code":"program_refused","reason":"purpose"}"#,
        r#"{"code":"not_granted","reason":"chip"}"#,
        r#"{"code":"not_proposed"}"#,
        "{}",
        "\"no_card\"",
    ] {
        assert!(serde_json::from_str::<CardError>(bad).is_err(), "{bad}");
    }
}

#[test]
fn status_words_become_errors() {
    let other = |status| CardError::CardStatus {
        status: StatusWord(status),
    };
    for (status, error) in [
        (
            0x63C2,
            CardError::WrongPin {
                tries_left: PinTries(2),
            },
        ),
        (0x63C0, CardError::PinBlocked),
        (0x6983, CardError::PinBlocked),
        (0x6982, CardError::PinRequired),
        (0x6A82, CardError::UnsupportedCard),
        (0x6D00, CardError::UnsupportedCard),
        (0x6E00, CardError::UnsupportedCard),
        (0x6881, CardError::UnsupportedCard),
        (0x6A80, other(0x6A80)),
        (0x6F00, other(0x6F00)),
        (0x6300, other(0x6300)),
        (0x1234, other(0x1234)),
    ] {
        assert_eq!(CardError::from(StatusWord(status)), error, "{status:04X}");
    }
}
