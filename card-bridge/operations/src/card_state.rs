//! What is known of a card since it was last reset.

use card_protocol::{ChipId, sealing::ExchangeKey};

/// What this page knows of a card since it was last reset.
#[derive(Debug, Default)]
pub struct CardState {
    /// This page verified the PIN. What other pages or programs verified does
    /// not count.
    pub is_verified: bool,
    /// It did so in this very operation: what ends after some time begins anew.
    pub was_proven: bool,
    /// This page had a PIN sent, whatever came of it.
    pub had_pin: bool,
    /// The operation of the server whose program ran last.
    pub operation: Option<String>,
    /// The chip id that was read for it: in one connection without a reset it
    /// is the same card all along.
    pub chip: Option<ChipId>,
    /// The key of this exchange, to which the server seals its
    /// programs. It ends with the connection, with a reset and with the page.
    pub exchange: Option<ExchangeKey>,
}

impl CardState {
    /// The card took the right PIN just now.
    pub fn pin_was_right(&mut self) {
        self.is_verified = true;
        self.was_proven = true;
    }

    /// Whether the card is not for the next one as it is: it got a PIN, or a program in
    /// which a server authenticated itself.
    #[must_use]
    pub const fn has_to_end(&self) -> bool {
        self.had_pin || self.operation.is_some()
    }

    /// Whether there is anything to keep the connection for.
    #[must_use]
    pub fn is_worth_keeping(&self) -> bool {
        self.is_verified
            || self.operation.is_some()
            || self.chip.is_some()
            || self.exchange.is_some()
    }
}
