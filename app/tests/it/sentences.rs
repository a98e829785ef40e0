//! Every error has its own sentence and a next step.

use std::collections::HashSet;

use app::{
    api::{ErrorCode, operation::CannotOperate},
    text::errors::{card_sentences, sentences},
};
use card_domain::{Action, CardState, LoginRefusal, StateName, transition};
use card_protocol::{
    CardFault, PinWeakness,
    error::{CardError, ProgramRefusal},
};
use jiff::Timestamp;

fn assert_distinct(all: impl IntoIterator<Item = (String, (String, String))>) {
    let mut seen = HashSet::new();
    for (name, (message, next_step)) in all {
        assert!(message.ends_with('。'), "{name}: {message}");
        assert!(next_step.ends_with('。'), "{name}: {next_step}");
        assert!(seen.insert(message.clone()), "{name} repeats: {message}");
    }
}

#[test]
fn every_error_code_has_its_own() {
    let plain = [
        ErrorCode::BadRequest,
        ErrorCode::CauseWords,
        ErrorCode::FreezeEnd,
        ErrorCode::NotLoggedIn,
        ErrorCode::SessionEnded,
        ErrorCode::NotAllowed,
        ErrorCode::NotFound,
        ErrorCode::ProposalVoid,
        ErrorCode::StatementSignature,
        ErrorCode::SessionLocked,
        ErrorCode::TicketVoid,
        ErrorCode::CannotOperate(CannotOperate::Unfinished(Action::Renew)),
        ErrorCode::CannotOperate(CannotOperate::NotDue { days_left: 400 }),
        ErrorCode::CannotOperate(CannotOperate::IssuerEnds),
        ErrorCode::CannotOperate(CannotOperate::PukUnknown),
        ErrorCode::CardRecord,
        ErrorCode::TooMany,
        ErrorCode::Unavailable,
        ErrorCode::Internal,
        ErrorCode::Network,
    ];
    let states = StateName::ALL
        .into_iter()
        .flat_map(|state| [ErrorCode::CardStopped(state), ErrorCode::Conflict(state)]);
    let codes = plain
        .into_iter()
        .chain(states)
        .chain(LoginRefusal::ALL.map(ErrorCode::Login))
        .map(|code| (format!("{code:?}"), sentences(code)));
    assert_distinct(codes);
}

#[test]
fn every_refusal_of_the_lifecycle_has_one() {
    let since = Timestamp::UNIX_EPOCH;
    let from = card_domain::BeforeLoss::Normal;
    let mut refusals = HashSet::new();
    for state in [
        CardState::NotIssued,
        CardState::Normal,
        CardState::Lost { from, since },
        CardState::Frozen { since, until: None },
        CardState::Cancelled { since },
    ] {
        refusals.extend(
            Action::ALL
                .into_iter()
                .filter_map(|action| transition(state, action, since).err()),
        );
    }
    assert_distinct(refusals.into_iter().map(|refusal| {
        (
            format!("{refusal:?}"),
            sentences(ErrorCode::Refused(refusal)),
        )
    }));
}

#[test]
fn every_card_error_has_its_own() {
    use CardError as C;

    let weak = |weakness| C::WeakPin { weakness };
    let wrong_pin = serde_json::from_str(r#"{"code":"wrong_pin","tries_left":2}"#).unwrap();
    let programs = [
        ProgramRefusal::Signature,
        ProgramRefusal::Expired,
        ProgramRefusal::Origin,
        ProgramRefusal::Chip,
        ProgramRefusal::Exchange,
    ]
    .map(|reason| C::ProgramRefused { reason });
    let plain = [
        C::BridgeNotRunning,
        C::BridgeTooOld,
        C::PageTooOld,
        C::SeveralBridges,
        C::UnknownBridge,
        C::BlockedByBrowser,
        C::OriginNotAllowed,
        C::NoReader,
        C::NoCard,
        C::CardRemoved,
        C::CardInUse,
        C::CardMute,
        C::UnsupportedCard,
        wrong_pin,
        C::PinBlocked,
        C::ReaderError,
        C::PinRequired,
        weak(PinWeakness::Length),
        weak(PinWeakness::Run),
        weak(PinWeakness::Repeat),
        C::Cancelled,
        C::Busy,
        C::BadRequest,
    ];
    assert_distinct(
        plain
            .into_iter()
            .chain(programs)
            .chain(CardFault::ALL.map(|reason| C::UnfitCard { reason }))
            .map(|error| (format!("{error:?}"), card_sentences(error))),
    );
    assert!(card_sentences(wrong_pin).0.contains("还可尝试 2 次"));
}
