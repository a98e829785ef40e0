//! The journal of operations on a card in the reader: one row for each card,
//! under the batch that the legal person signed.

use card_domain::{Action, CardId, CardState, EnterpriseId, OperationState};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    card::{CardKeyRecord, CertificateRecord, MadeCard, PinRecord, PukRecord},
    certificate::{ConfirmedCertificate, NewCertificate},
    digest::TokenHash,
    event::{NewEvent, StatementRecord},
};
use crate::signed_statement::SignedStatement;

/// Operations that are to begin.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// The key, made by the caller (UUID version 7).
    pub id: Uuid,
    /// The enterprise of the session.
    pub enterprise: EnterpriseId,
    /// The legal-person card that signed.
    pub actor: CardId,
    /// 延期 or 解锁.
    pub action: Action,
    /// What was signed. Its nonce is of kind operation, given to this session.
    pub signed: SignedStatement,
    /// The session; it has to be alive still.
    pub session: TokenHash,
    /// The ticket, of which only the hash is kept.
    pub ticket: NewTicket,
    /// When it begins.
    pub at: Timestamp,
    /// The operation on each card, in the order in which they were chosen.
    pub operations: Vec<NewOperation>,
}

/// A ticket that is given to a session.
#[derive(Clone, Copy, Debug)]
pub struct NewTicket {
    /// SHA-256 of the ticket's secret.
    pub hash: TokenHash,
    /// After this it is void.
    pub ends_at: Timestamp,
    /// Until when the session waits, locked; `None` leaves it as it is.
    pub lock_until: Option<Timestamp>,
}

/// The operation on one card of the batch.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// The key, made by the caller (UUID version 7).
    pub id: Uuid,
    /// The card on which it begins.
    pub card: CardId,
    /// The state that the caller saw.
    pub before: CardState,
    /// The version that the caller saw.
    pub version: i64,
    /// What the caller has to remember.
    pub payload: String,
    /// The event that records it, under the statement of the batch.
    pub event: NewEvent,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchStart {
    /// It is open, for all cards but these. When all are left out, nothing was
    /// written but that the nonce is used up.
    Begun {
        /// Those on which something else came first.
        left_out: Vec<(CardId, SkipReason)>,
    },
    /// The proposal is unknown, used already, too old, or not this session's.
    NonceVoid,
    /// The session ended meanwhile, or its card is not 正常 any more.
    SessionEnded,
}

/// Why a card is left out of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// An operation on it is open.
    Open,
    /// Somebody else changed it meanwhile.
    Changed(CardState),
    /// The enterprise has no such card.
    Unknown,
}

/// A batch as it stands.
#[derive(Clone, Debug)]
pub struct BatchRecord {
    /// The key.
    pub id: Uuid,
    /// The enterprise whose legal person signed.
    pub enterprise: EnterpriseId,
    /// The legal-person card that signed.
    pub actor: CardId,
    /// 延期 or 解锁.
    pub action: Action,
    /// The statement that authorises its operations, with its signature.
    pub signed: StatementRecord,
    /// The session that has the ticket.
    pub session: Option<TokenHash>,
    /// After this the ticket is void.
    pub ticket_ends_at: Timestamp,
    /// When it was signed.
    pub created_at: Timestamp,
}

/// An operation as it stands.
#[derive(Clone, Debug)]
pub struct OperationRecord {
    /// The key.
    pub id: Uuid,
    /// The batch that was signed for it.
    pub batch: Uuid,
    /// 延期 or 解锁.
    pub action: Action,
    /// How far it is, from prepared to confirmed or abandoned.
    pub state: OperationState,
    /// Rises by one with every change; a change names the version that it saw.
    pub version: i64,
    /// What the caller has to remember.
    pub payload: String,
    /// The certificate that was issued for it, with its key in the store.
    pub issued: Option<(Uuid, CertificateRecord)>,
    /// The generations of the PUK between which the card is.
    pub puk: Option<(u32, u32)>,
    /// Tries left for the PUK, as the card said.
    pub puk_tries: Option<u8>,
    /// What stood in the way last; the caller's words.
    pub problem: Option<String>,
    /// When the first program that writes was handed out.
    pub touched_at: Option<Timestamp>,
    /// When it came into each state.
    pub times: OperationTimes,
    /// When the card was seen to be right after it was abandoned, or contradicted.
    pub settled_at: Option<Timestamp>,
    /// When a login showed that the card does not hold what was confirmed.
    pub contradicted_at: Option<Timestamp>,
    /// The card as it is now.
    pub card: MadeCard,
}

impl OperationRecord {
    /// Whether it is over and its card still to be put right: it was given up after
    /// it touched the card, or confirmed and contradicted by the card since.
    #[must_use]
    pub const fn is_unsettled(&self) -> bool {
        let is_abandoned = matches!(self.state, OperationState::Abandoned);
        let was_given_up = is_abandoned && self.touched_at.is_some();
        self.settled_at.is_none() && (was_given_up || self.contradicted_at.is_some())
    }
}

/// When an operation came into each of its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationTimes {
    /// The legal person's signature was accepted.
    pub prepared: Timestamp,
    /// The certificate was issued.
    pub issued: Option<Timestamp>,
    /// The card had written.
    pub written: Option<Timestamp>,
    /// It was read back.
    pub read_back: Option<Timestamp>,
    /// Register and card agree.
    pub confirmed: Option<Timestamp>,
    /// It was given up.
    pub abandoned: Option<Timestamp>,
}

/// What happens to the held certificate of an operation with a change of it.
#[derive(Clone, Debug)]
pub enum CertificateChange {
    /// What is held, if anything, stays held.
    Keep,
    /// This one was issued; one that was held before is revoked.
    Hold(NewCertificate),
    /// It will never be good.
    Revoke,
}

/// A change of an operation: all columns as they are to be.
#[derive(Clone, Debug)]
pub struct OperationUpdate {
    /// The operation that changes.
    pub id: Uuid,
    /// The operation's card.
    pub card: CardId,
    /// The operation's enterprise: no other one's row is touched.
    pub enterprise: EnterpriseId,
    /// The version that the caller saw.
    pub version: i64,
    /// The state that it comes into, or stays in.
    pub state: OperationState,
    /// When: the time of a state that it newly came into.
    pub at: Timestamp,
    /// What the caller has to remember.
    pub payload: String,
    /// When the first program that writes was handed out.
    pub touched_at: Option<Timestamp>,
    /// The generations of the PUK between which the card is.
    pub puk: Option<(u32, u32)>,
    /// Tries left for the PUK.
    pub puk_tries: Option<u8>,
    /// What stands in the way.
    pub problem: Option<String>,
    /// When the card was seen to be right after it was abandoned.
    pub settled_at: Option<Timestamp>,
    /// What happens to the held certificate.
    pub held: CertificateChange,
    /// What is known of the card's PUK now, if that changes.
    pub card_puk: Option<PukRecord>,
    /// The key that the card made for itself, if it did.
    pub card_key: Option<CardKeyRecord>,
    /// What the card said of its PIN, if it did.
    pub pin: Option<PinRecord>,
    /// The event that records it, if one does.
    pub event: Option<NewEvent>,
}

/// The end of an operation: register and card agree.
#[derive(Clone, Debug)]
pub struct ConfirmedOperation {
    /// The change; its state is `Confirmed`.
    pub change: OperationUpdate,
    /// The certificate that was read back, for 延期: the one that is held.
    pub certificate: Option<ConfirmedCertificate>,
}

/// What the log says of an operation, by the signature that it was begun under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationCourse {
    /// It was begun, and has not ended.
    Begun,
    /// No event began it: it may be one of an archive.
    NotBegun,
    /// Another one was begun under its signature.
    BegunTwice,
    /// It is done, or was given up.
    Over,
}
