//! What this page knows of the card in a key since that was last reset.

use card_operations::{
    card_state::CardState,
    lifetime::{Limits, Opened},
    moment::Moment,
};

/// What is known of the card.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) state: CardState,
    /// `None` while there is nothing that has to end.
    opened: Option<Opened>,
    /// Of which card it is known (`Seen::changes`).
    pub(super) changes: u64,
    /// How often all cards had been let go of when this was opened: with another number it
    /// is over, whoever finds that.
    pub(crate) releases: u64,
    /// The card was to be reset, and the device could not be had for it: it is tried again.
    pub(super) owes_reset: bool,
    /// An operation has the card. Where this is found, it went away in the midst of it.
    pub(crate) is_at_work: bool,
}

impl Held {
    /// Of a card of which nothing is known, since all were let go of so often.
    pub(super) fn new(releases: u64) -> Self {
        Self {
            releases,
            ..Self::default()
        }
    }

    /// The card was reset, or is another one.
    pub(crate) fn forget(&mut self) {
        self.state = CardState::default();
        self.opened = None;
    }

    /// Whether the card is not for whoever comes next.
    pub(crate) const fn has_to_end(&self) -> bool {
        self.is_at_work || self.owes_reset || self.state.has_to_end()
    }

    /// Whether what was opened has been so for too long.
    pub(crate) fn is_over(&self, limits: Limits, now: Moment) -> bool {
        self.opened
            .is_some_and(|opened| limits.are_over(&opened, now))
    }

    /// Notes that the card was used, and since when it is open.
    pub(crate) fn note(&mut self, now: Moment) {
        self.opened = Opened::used(self.opened, &mut self.state, now);
    }
}
