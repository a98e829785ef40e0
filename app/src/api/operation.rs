//! The words of operations on a card in the reader: 延期 and 解锁.
//!
//! The course of things, for whoever drives it from a page:
//!
//! 1. `propose_operations(cards, action)` gives the statement; the legal-person
//!    card signs it (`sign_statement` of the bridge).
//! 2. `commit_operations(statement, signature, second_reader)` gives the
//!    [`OperationTicket`]. Without a second reader the session is locked from
//!    here on: the legal-person card is about to be pulled.
//! 3. The operator card is inserted. `operation_next(ticket, report)` is asked
//!    again and again, first with [`CardReport::Inserted`], then with whatever
//!    came of what [`Next`] said, until it says [`Next::Finished`]. Every report
//!    may be sent twice: the second one gets the same answer.
//! 4. The legal-person card is put back: `challenge` + the bridge's
//!    `authenticate` + `unlock_session`.
//!
//! `cancel_operations` ends it. `resume_operations` goes on with what an earlier
//! ticket left. Independent of all that, `card_seen` is told of every insertion,
//! logged in or not, and leads to `heal_next` when the card has something to be
//! finished.

use card_domain::{Action, CardId, CardNo, OperationState, OperatorNo, Refusal};
use card_protocol::{PinPolicy, proposal::SignedProposal, statement::Statement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{CertificateView, PinSeen};

mod eligibility;
mod healing;
mod relay;

pub use eligibility::{CannotOperate, Eligibility, LeftOut};
pub use healing::{Healed, Healing, PendingReason, SeenReply};
pub use relay::{CardReport, Doing, FoundCard, Next, OperationReply};

/// Operations that may begin once their statement is signed: one signature for
/// all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationProposal {
    /// What the legal-person card has to sign.
    pub statement: Statement,
    /// The service's signature for the bridge, which has the card sign nothing
    /// else.
    pub signed: SignedProposal,
    /// After this the proposal is void.
    #[serde(with = "card_domain::micros")]
    pub expires_at: Timestamp,
    /// The cards that the statement names, in its order.
    pub cards: Vec<CardId>,
    /// Those that were asked for and can't be done; the statement does not name them.
    pub left_out: Vec<LeftOut>,
}

/// What lets a page drive operations while the legal-person card is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationTicket {
    /// The ticket itself, for `operation_next`. It is bound to this session
    /// and these operations.
    pub ticket: String,
    /// After this it is void.
    #[serde(with = "card_domain::micros")]
    pub ends_at: Timestamp,
    /// The same in seconds from this answer on, for the countdown: the clock of
    /// a terminal may be wrong.
    pub seconds_left: u32,
    /// Until when the session waits, locked, for the legal-person card; `None`
    /// when it is not locked.
    #[serde(with = "card_domain::micros::optional")]
    pub locked_until: Option<Timestamp>,
    /// The operations as they are now.
    pub operations: Operations,
}

/// The operations of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    /// The key, for `resume_operations`.
    pub batch: Uuid,
    /// 延期 or 解锁.
    pub action: Action,
    /// When the legal person signed.
    #[serde(with = "card_domain::micros")]
    pub prepared_at: Timestamp,
    /// Each card, in the order of the statement.
    pub cards: Vec<OperationView>,
    /// What a new PIN has to look like (解锁).
    pub pin_policy: PinPolicy,
}

/// The operation on one card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationView {
    /// The journal's key.
    pub id: Uuid,
    /// The card.
    pub card: CardId,
    /// IC卡号.
    pub card_no: CardNo,
    /// 操作员编号.
    pub operator_no: OperatorNo,
    /// 操作员姓名.
    pub holder_name: String,
    /// Where it is.
    pub state: OperationState,
    /// The states that it went through, with the time of each.
    pub steps: Vec<StepTime>,
    /// Whether the card may have been written: then 取消 does not undo it.
    pub touched: bool,
    /// What stood in the way last, if anything.
    pub problem: Option<Problem>,
    /// What the card said of its PIN.
    pub pin: Option<PinSeen>,
    /// Tries left for the PUK, where the card says so.
    pub puk_tries: Option<u8>,
    /// The confirmed certificate, as the register has it now.
    pub certificate: Option<CertificateView>,
}

/// When an operation came into a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTime {
    /// The state.
    pub state: OperationState,
    /// The time.
    #[serde(with = "card_domain::micros")]
    pub at: Timestamp,
}

/// What stood in the way of an operation. The first ones end it, the others
/// leave it open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The PIN is not blocked: there is nothing to unlock. Ends it.
    PinNotBlocked {
        /// Tries left; `None` when the card does not say.
        tries_left: Option<u8>,
    },
    /// The card refused the PUK, which is never tried again. Ends it.
    PukRefused {
        /// Tries left for the PUK, where the card says so.
        tries_left: Option<u8>,
    },
    /// The marker on the card contradicts the register: nobody knows which PUK
    /// is on the card. Ends it.
    PukUnknown,
    /// The card's state changed since and does not allow it.
    State {
        /// Why.
        refusal: Refusal,
    },
    /// The card refused a command, and would again.
    CardRefused {
        /// Which, in the field's words.
        step: String,
        /// The status word, 4 hex digits.
        status: String,
    },
    /// What was read is not what was written.
    ReadBack,
    /// What the card attests is not the new key, not this card's, or of no root
    /// that is trusted: nothing was issued.
    Attestation,
    /// The PIN is set and the PUK could not be replaced: the operation is
    /// finished, the PUK is the old one.
    PukKept,
    /// The PIN is set; the card was pulled while the PUK changed. The
    /// operation is finished, the card can't be unlocked another time.
    PukLost,
}
