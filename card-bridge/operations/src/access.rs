//! A card as operations see it, within a transaction of theirs, and how they are stopped.

use async_trait::async_trait;
use card_protocol::{CardError, StatusWord};

/// A card within a transaction.
#[async_trait(?Send)]
pub trait CardAccess {
    /// Sends one APDU and gives the response APDU.
    ///
    /// # Errors
    /// [`CardError::CardRemoved`], [`CardError::ReaderError`].
    async fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError>;

    /// Whether the card speaks T=0, where a command with data has no Le.
    fn is_t0(&self) -> bool {
        false
    }

    /// Whether card and reader carry extended lengths.
    fn carries_extended(&self) -> bool {
        false
    }

    /// Lets the reader ask for the PIN on its own pad and verify it (PC/SC
    /// part 10, `FEATURE_VERIFY_PIN_DIRECT`).
    ///
    /// # Errors
    /// [`CardError::Cancelled`] when nobody typed a PIN or somebody pressed
    /// cancel, [`CardError::ReaderError`] when the reader has no pad.
    async fn verify_on_pin_pad(&mut self) -> Result<StatusWord, CardError> {
        Err(CardError::ReaderError)
    }
}

/// Whether an operation is to go on, and how far it is.
pub trait Progress {
    /// Before each APDU.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if it was stopped.
    fn check(&self) -> Result<(), CardError>;

    /// The operation is about to change the card by several commands, which
    /// must not be torn apart.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if it was stopped before.
    fn commit(&self) -> Result<(), CardError>;

    /// A command goes to the card, or its answer came.
    fn exchanged(&self);

    /// A command with a PIN goes to the card, or it was answered.
    fn carries_pin(&self, now: bool);
}
