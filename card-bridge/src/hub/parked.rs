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
pub type SharedCards = Arc<HeldCards>;

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

/// The tickets that lead to the cards of a page that went away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tickets {
    /// The page's own.
    pub(crate) own: Ticket,
    /// The one by which it got them, if it is not certain that it ever heard that it
    /// got them: then its tab shows that one once more.
    pub(crate) before: Option<Ticket>,
}

/// A page's cards that wait.
struct Waiting {
    tickets: Tickets,
    origin: Origin,
    cards: SharedCards,
}

/// All cards that wait for their pages.
#[derive(Default)]
pub(crate) struct Parked(Mutex<Vec<Waiting>>);

impl Parked {
    /// Leaves the cards of a page of `origin` here, for who has one of the tickets.
    pub(crate) fn leave(&self, tickets: Tickets, origin: Origin, cards: SharedCards) {
        self.list().push(Waiting {
            tickets,
            origin,
            cards,
        });
    }

    /// The cards that the page with this ticket left, for a page of its origin.
    pub(crate) fn pick_up(&self, ticket: Ticket, origin: &Origin) -> Option<SharedCards> {
        let mut list = self.list();
        let is_it = |waiting: &Waiting| {
            let Tickets { own, before } = waiting.tickets;
            (own == ticket || before == Some(ticket)) && waiting.origin == *origin
        };
        let position = list.iter().position(is_it)?;
        Some(list.remove(position).cards)
    }

    /// Takes out what the page with this ticket of its own left, unless it was picked up.
    pub(crate) fn take(&self, own: Ticket) -> Option<SharedCards> {
        let mut list = self.list();
        let position = list.iter().position(|waiting| waiting.tickets.own == own)?;
        Some(list.remove(position).cards)
    }

    fn list(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
