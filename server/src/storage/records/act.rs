//! An act on a card: a conditional change of its state, with its event; and acts on
//! several cards under one signature.

use card_domain::{CardId, CardState, EnterpriseId};
use jiff::Timestamp;

use super::{digest::TokenHash, event::NewEvent, register::Explained};
use crate::signed_statement::SignedStatement;

/// A change of a card's state that was proposed, signed and checked.
#[derive(Clone, Debug)]
pub struct Act {
    /// The enterprise of the session.
    pub enterprise: EnterpriseId,
    /// The card that is changed.
    pub card: CardId,
    /// The state that the caller saw and decided upon.
    pub before: CardState,
    /// The version that the caller saw.
    pub version: i64,
    /// What decides about the card as it was seen, and the event that says so, which
    /// has to be the row's still. The event of the act says what becomes of it.
    pub explained: Explained,
    /// The state it becomes.
    pub after: CardState,
    /// The session of the legal person; it has to be alive still.
    pub session: TokenHash,
    /// What was signed. Its nonce is of kind act, given to this session for
    /// this card.
    pub signed: SignedStatement,
    /// The time of the act.
    pub at: Timestamp,
    /// The event that records it, under the statement of `signed`.
    pub event: NewEvent,
}

/// What became of it. Whatever it is, the nonce is used up; everything but
/// `Done` wrote nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActOutcome {
    /// Done and durable; open sessions of the card are ended if it left 正常.
    Done {
        /// The event's sequence number.
        event: i64,
    },
    /// Somebody else changed the card meanwhile.
    Conflict {
        /// Its state now.
        now: CardState,
    },
    /// The proposal is unknown, used already, too old, or not this session's.
    NonceVoid,
    /// The session ended meanwhile, or its card is not 正常 any more.
    SessionEnded,
    /// The enterprise has no such card.
    NotFound,
}

/// Acts on several cards under one signature, in one transaction: each card that is
/// still as it was seen is changed, and of each that is not the record says so.
#[derive(Clone, Debug)]
pub struct Acts(pub Vec<ActOrNot>);

/// One of several acts.
#[derive(Clone, Debug)]
pub struct ActOrNot {
    /// The act. Its nonce is the one of all of them, given for no single card.
    pub act: Act,
    /// The event that records that it was not done, because the card changed.
    pub refused: NewEvent,
}

/// What became of several acts. Whatever it is, the nonce is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActsOutcome {
    /// What became of each, in their order.
    Each(Vec<EachOutcome>),
    /// The proposal is unknown, used already, too old, or not this session's.
    NonceVoid,
    /// The session ended meanwhile, or its card is not 正常 any more; nothing is changed.
    SessionEnded,
}

/// What became of one of several acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EachOutcome {
    /// Done and durable.
    Done {
        /// The event's sequence number.
        event: i64,
    },
    /// Somebody else changed the card meanwhile: it is as they left it.
    Conflict {
        /// Its state now.
        now: CardState,
    },
}
