//! What decides about a card, explained by an event, or not.

use event_log::{CardFacts, signer::SignatureFault};
use thiserror::Error;
use uuid::Uuid;

/// A card's row that is what its newest event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The number of the event that the row agrees with.
    pub event: i64,
    /// What decides about the card, as the event has it.
    pub facts: CardFacts,
}

/// Why a card's row is not believed: somebody changed it, or its events, past the
/// server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unexplained {
    /// There is no such card.
    #[error("the card is not there")]
    NoCard,
    /// No event says what decides about the card.
    #[error("no event says what decides about the card")]
    NoEvent,
    /// The row names another event than the newest one of the card.
    #[error("the row names another event than the card's newest, {newest}")]
    NotNewest {
        /// The newest event that says what decides about the card.
        newest: i64,
    },
    /// The event is an act of the legal person and has no signature.
    #[error("event {event} needs the legal person's signature and has none")]
    Unsigned {
        /// The number of the event that should explain the row.
        event: i64,
    },
    /// The row differs from the event.
    #[error("its {column} is not what event {event} says")]
    Differs {
        /// The column that differs from the event.
        column: &'static str,
        /// The number of the event that should explain the row.
        event: i64,
    },
    /// An event on the way to the newest one changes what its act does not change.
    #[error("event {event} does not follow from those before it: its {column}")]
    DoesNotFollow {
        /// The number of the event.
        event: i64,
        /// What does not fit.
        column: &'static str,
    },
    /// An event on the way to the newest one is an act that the legal person did not
    /// sign.
    #[error("event {event} was not signed by the legal person: {fault}")]
    Forged {
        /// The number of the event.
        event: i64,
        /// What is wrong with its signature.
        fault: SignatureFault,
    },
    /// This server saw a newer event of the card, which is not there any more.
    #[error("event {seen} of the card was seen, and is gone: its newest is {newest}")]
    GoneBack {
        /// The newest event that says what decides about the card.
        newest: i64,
        /// The newest one that was seen.
        seen: i64,
    },
    /// What is to be done to the card was signed, and is over by what the log says.
    #[error("operation {operation} is over by what the log says")]
    Over {
        /// The operation of the journal.
        operation: Uuid,
    },
    /// No event began what is to be done to the card, or one of another operation did
    /// under its signature.
    #[error("operation {operation} is not the one that was begun under its signature")]
    NotBegun {
        /// The operation of the journal.
        operation: Uuid,
    },
    /// What is to be done to the card was not signed by the legal person.
    #[error("operation {operation} was not signed for this card: {fault}")]
    NotSigned {
        /// The operation of the journal.
        operation: Uuid,
        /// What is wrong with what stands in its batch.
        fault: SignatureFault,
    },
}
