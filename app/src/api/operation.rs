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

use card_domain::{Action, CardId, CardNo, OperationState, OperatorNo, Refusal, StateName};
use card_protocol::{
    CardError, PinPolicy,
    bridge::Identity,
    program::{ProgramOutcome, SignedProgram},
    statement::Statement,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{CertificateView, PinSeen};

/// Why an operation on a card can't begin. None of these depends on what is in
/// a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CannotOperate {
    /// The card's state does not allow it.
    State(Refusal),
    /// An operation on this card is not finished; its next insertion, or its
    /// own ticket, finishes it.
    Unfinished(Action),
    /// The certificate is good for longer than the warning window, and the
    /// server is configured to renew only within it.
    NotDue {
        /// Whole days that are left.
        days_left: i64,
    },
    /// Nobody knows which PUK is on the card: it was pulled in the very moment
    /// in which the PUK changed, or the card refused the PUK. It is never
    /// tried again; only a new card helps.
    PukUnknown,
}

/// A card that was asked for and can't be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The card.
    pub card: CardId,
    /// 操作员编号.
    pub operator_no: OperatorNo,
    /// 操作员姓名.
    pub holder_name: String,
    /// Why.
    pub why: CannotOperate,
}

/// Operations that may begin once their statement is signed: one signature for
/// all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationProposal {
    /// What the legal-person card has to sign.
    pub statement: Statement,
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

/// What happened at the reader, as the bridge told the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardReport {
    /// A card was inserted (or is in already); nobody looked at it.
    Inserted,
    /// The answer of the bridge's `identify`.
    Identified {
        /// It.
        identity: Identity,
    },
    /// The answer of the bridge's `run_program`.
    Ran {
        /// It.
        outcome: ProgramOutcome,
    },
    /// The bridge's error to either.
    Failed {
        /// It.
        error: CardError,
    },
}

/// What the page does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Wait until a card is inserted, then report [`CardReport::Inserted`].
    Insert,
    /// Have the bridge `identify` the card and report what it said.
    Identify,
    /// Have the bridge run this and report what came of it.
    Run {
        /// The program.
        program: SignedProgram,
        /// When the program sets a new PIN: the rules for it. The page asks
        /// for it (twice) before it runs the program.
        new_pin: Option<PinPolicy>,
        /// What is being done, for the progress.
        doing: Doing,
    },
    /// Nothing was written: another card is in the reader. Say so, and wait
    /// until it is changed.
    WrongCard {
        /// What is in the reader.
        found: FoundCard,
    },
    /// There is nothing left to do.
    Finished,
}

/// What a program does, for the progress in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Reading the card and asking it to prove itself.
    Checking,
    /// The card makes a key pair.
    MakingKey,
    /// Writing the certificate and reading it back.
    Writing,
    /// Reading the certificate once more.
    ReadingBack,
    /// Setting the new PIN, then replacing the PUK.
    SettingPin,
    /// Replacing the PUK, which an interruption left undone.
    ReplacingPuk,
    /// Writing the certificate back that the register has.
    Restoring,
}

/// What is in the reader, as far as this legal person may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundCard {
    /// The card of an operator of this enterprise.
    Operator {
        /// The card.
        card: CardId,
        /// IC卡号.
        card_no: CardNo,
        /// 操作员编号.
        operator_no: OperatorNo,
        /// 操作员姓名.
        holder_name: String,
        /// Its state.
        state: StateName,
    },
    /// The enterprise's own legal-person card.
    LegalPerson {
        /// The holder's name.
        holder_name: String,
    },
    /// A card of another enterprise; nothing more is said of it.
    OtherEnterprise,
    /// A PIV card that is not in the register.
    Unknown,
    /// No PIV card, or one that we can't use.
    NotPiv,
    /// It says that it is the right one and can't prove it.
    NotGenuine,
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
    /// The PIN is set and the PUK could not be replaced: the operation is
    /// finished, the PUK is the old one.
    PukKept,
    /// The PIN is set; the card was pulled while the PUK changed. The
    /// operation is finished, the card can't be unlocked another time.
    PukLost,
}

/// The answer to each report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationReply {
    /// What to do next.
    pub next: Next,
    /// All operations of the ticket as they are now.
    pub operations: Operations,
}

/// The answer to `card_seen` and `heal_next`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReply {
    /// What is in the reader; only for a legal person who is logged in.
    pub found: Option<FoundCard>,
    /// What is to be done with it.
    pub healing: Healing,
}

/// What is to be done about something unfinished on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Healing {
    /// Nothing is unfinished.
    None,
    /// Have the bridge run this, and tell `heal_next` what came of it. Ask the
    /// person to leave the card in.
    Run {
        /// The operation, for `heal_next`.
        operation: Uuid,
        /// The program.
        program: SignedProgram,
        /// What is being done.
        doing: Doing,
    },
    /// It is done: say what happened.
    Healed {
        /// What.
        what: Healed,
    },
    /// Something is unfinished that can't be done here and now.
    Pending {
        /// Of which act.
        action: Action,
        /// Why.
        why: PendingReason,
    },
}

/// What became of an unfinished operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Healed {
    /// It was completed.
    Completed {
        /// 延期 or 解锁.
        action: Action,
        /// The certificate that is good now.
        certificate: Option<CertificateView>,
        /// What is not as it should be all the same.
        problem: Option<Problem>,
    },
    /// It was rolled back: the card is as it was before.
    RolledBack {
        /// 延期 or 解锁.
        action: Action,
        /// The certificate that is good now.
        certificate: Option<CertificateView>,
    },
}

/// Why an unfinished operation stays so for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingReason {
    /// Nothing was done to the card yet; the legal person's page goes on with it.
    WaitsForLegalPerson,
    /// The card's state does not allow writing.
    CardState(StateName),
    /// The card was pulled, or did not do what it should. Insert it again.
    TryAgain,
    /// The card could not prove that it is the one.
    NotGenuine,
}

/// Whether an operation on a card of a list is possible, and how urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// It is possible. `due` says that it is called for: the certificate is
    /// expired or expiring, the PIN was seen blocked.
    Yes {
        /// See above.
        due: bool,
    },
    /// It is not.
    No {
        /// Why.
        why: CannotOperate,
    },
}
