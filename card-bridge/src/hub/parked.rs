//! Cards of pages that went away. A page that is reloaded, or goes from one
//! address of its origin to the next, is back in a moment and finds its card
//! still verified; otherwise the card is reset.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::operation::held::HeldCards;

/// How long a card waits for its page to come back.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// The cards of one page, shared with the thread that works on one of them.
pub type SharedCards = Arc<Mutex<HeldCards>>;

/// All cards that wait for their pages.
#[derive(Default)]
pub(crate) struct Parked(Mutex<Vec<(String, SharedCards)>>);

impl Parked {
    /// Leaves the cards of a page of `origin` here.
    pub(crate) fn leave(&self, origin: &str, cards: SharedCards) {
        self.list().push((origin.to_owned(), cards));
    }

    /// The cards that a page of `origin` left last.
    pub(crate) fn pick_up(&self, origin: &str) -> Option<SharedCards> {
        let mut list = self.list();
        let position = list.iter().rposition(|(owner, _)| owner == origin)?;
        Some(list.remove(position).1)
    }

    /// Takes out these very cards, unless they were picked up.
    pub(crate) fn take(&self, cards: &SharedCards) -> Option<SharedCards> {
        let mut list = self.list();
        let is_same = |(_, parked): &(_, SharedCards)| Arc::ptr_eq(parked, cards);
        let position = list.iter().position(is_same)?;
        Some(list.remove(position).1)
    }

    /// Lets go of all of them.
    pub(crate) fn release(&self) {
        self.list().clear();
    }

    fn list(&self) -> MutexGuard<'_, Vec<(String, SharedCards)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
