//! Cards of pages that went away. A page that is reloaded, or goes from one
//! address of its origin to the next, is back in a moment, shows the ticket that
//! the page before it in that tab was given, and finds its card still verified.
//! Without the ticket nobody gets it; when nobody comes, it is reset.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use card_protocol::hex;
use sha2::{Digest as _, Sha256};

use crate::{operation::held::HeldCards, origin::Origin};

/// How long a card waits for its page to come back.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// The cards of one page, shared with the thread that works on one of them.
pub type SharedCards = Arc<Mutex<HeldCards>>;

/// With this a tab's next page shows that it is that. Kept as a digest, which is
/// what is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ticket([u8; 32]);

impl Ticket {
    /// A new one, and its text for the page.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn random() -> Result<(Self, String), getrandom::Error> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let text = hex::encode(&random);
        Ok((Self::of(&text), text))
    }

    /// What a page shows.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

/// A page's cards that wait.
struct Waiting {
    ticket: Ticket,
    origin: Origin,
    cards: SharedCards,
}

/// All cards that wait for their pages.
#[derive(Default)]
pub(crate) struct Parked(Mutex<Vec<Waiting>>);

impl Parked {
    /// Leaves the cards of a page of `origin` here, for who has the ticket.
    pub(crate) fn leave(&self, ticket: Ticket, origin: Origin, cards: SharedCards) {
        self.list().push(Waiting {
            ticket,
            origin,
            cards,
        });
    }

    /// The cards that the page with this ticket left, for a page of its origin.
    pub(crate) fn pick_up(&self, ticket: Ticket, origin: &Origin) -> Option<SharedCards> {
        let mut list = self.list();
        let is_it = |waiting: &Waiting| waiting.ticket == ticket && waiting.origin == *origin;
        let position = list.iter().position(is_it)?;
        Some(list.remove(position).cards)
    }

    /// Takes out what was left with this ticket, unless it was picked up.
    pub(crate) fn take(&self, ticket: Ticket) -> Option<SharedCards> {
        let mut list = self.list();
        let position = list.iter().position(|waiting| waiting.ticket == ticket)?;
        Some(list.remove(position).cards)
    }

    /// Lets go of all of them.
    pub(crate) fn release(&self) {
        self.list().clear();
    }

    fn list(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
