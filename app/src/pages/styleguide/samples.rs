//! Cards and events for the sheet: one of each kind that looks different.

use card_domain::{
    Action, BeforeLoss, CardId, CardNo, CardState, CertificateStatus, EventAct, EventOutcome,
    OperatorNo, Role, Validity, transition,
};
use card_protocol::PinPolicy;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    api::{
        history::{HistoryRow, PersonView, Verified},
        model::{CardDetail, CardRow, CertificateView, PinSeen},
        operation::Eligibility,
    },
    text::styleguide as text,
};

/// The sheet's time: it looks the same every day.
pub(super) const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);
const LONG_AGO: Timestamp = Timestamp::constant(1_483_200_000, 0);
const FAR_AWAY: Timestamp = Timestamp::constant(2_113_920_000, 0);

const SERIAL: &str = "5f3a00c1d2";
const CHIP: &str = "0123456789abcdef0123456789abcdef";
const MASKED_ID: &str = "110*************1X";
const PIN_TRIES: u8 = 3;

fn row(number: u32, holder: &str, state: CardState, status: CertificateStatus) -> CardRow {
    let is_made = state != CardState::NotIssued;
    let due = status != CertificateStatus::Good;
    CardRow {
        id: CardId(Uuid::from_u128(u128::from(number))),
        operator_no: OperatorNo(format!("{number:04}")),
        holder_name: holder.to_owned(),
        id_number_masked: MASKED_ID.to_owned(),
        card_no: is_made.then(|| CardNo(format!("86000000{number:05}"))),
        state,
        certificate: is_made.then(|| CertificateView {
            serial: SERIAL.to_owned(),
            validity: Validity {
                not_before: LONG_AGO,
                not_after: if due { NOW } else { FAR_AWAY },
            },
            status,
            key: None,
        }),
        pin: is_made.then_some(PinSeen {
            tries_left: PIN_TRIES,
            at: NOW,
        }),
        last_login_at: is_made.then_some(NOW),
        renew: Eligibility::Yes { due },
        unlock: Eligibility::Yes { due: false },
    }
}

/// A row of each state.
pub(super) fn rows() -> Vec<CardRow> {
    let good = CertificateStatus::Good;
    let mut blocked = row(3, text::NAME, CardState::Normal, good);
    blocked.pin = Some(PinSeen {
        tries_left: 0,
        at: NOW,
    });
    let lost = CardState::Lost {
        from: BeforeLoss::Normal,
        since: NOW,
    };
    let frozen = CardState::Frozen {
        since: NOW,
        until: None,
    };
    let expiring = CertificateStatus::Expiring { days_left: 28 };
    vec![
        row(1, text::NAME, CardState::Normal, good),
        row(2, text::LONG_NAME, CardState::Normal, expiring),
        blocked,
        row(4, text::NAME, CardState::Normal, CertificateStatus::Expired),
        row(5, text::NAME, lost, good),
        row(6, text::NAME, frozen, good),
        row(7, text::NAME, CardState::NotIssued, good),
        row(8, text::NAME, CardState::Cancelled { since: NOW }, good),
    ]
}

/// Everything about one of them.
pub(super) fn detail(row: CardRow) -> CardDetail {
    let may = |action: &Action| transition(row.state, *action, NOW).is_ok();
    CardDetail {
        possible: Action::ALL.into_iter().filter(may).collect(),
        row,
        enterprise_name: text::ENTERPRISE.to_string(),
        role: Role::Operator,
        issued_at: Some(LONG_AGO),
        chip_id: Some(CHIP.to_owned()),
        pin_policy: PinPolicy::default(),
        cause: None,
        now: NOW,
    }
}

/// An event of each outcome.
pub(super) fn events() -> Vec<HistoryRow> {
    let event = |seq, act, outcome| {
        let card = row(1, text::NAME, CardState::Normal, CertificateStatus::Good);
        HistoryRow {
            seq,
            at: NOW,
            act: Some(act),
            outcome,
            actor: Some(PersonView {
                card: CardId(Uuid::from_u128(99)),
                role: Role::LegalPerson,
                holder_name: text::LONG_NAME.to_string(),
                card_no: Some(CardNo("8600000000001".to_owned())),
                operator_no: None,
            }),
            target: Some(PersonView {
                card: card.id,
                role: Role::Operator,
                holder_name: card.holder_name,
                card_no: card.card_no,
                operator_no: Some(card.operator_no),
            }),
            signed: true,
            healed: false,
            holds_superseded: false,
            serials: None,
            cause: None,
            verified: Verified::Yes,
        }
    };
    vec![
        event(4, EventAct::Freeze, EventOutcome::Done),
        event(3, EventAct::RenewBegin, EventOutcome::Done),
        event(2, EventAct::Freeze, EventOutcome::Refused),
        event(1, EventAct::Renew, EventOutcome::Failed),
    ]
}
