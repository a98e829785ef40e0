//! How a page comes in: it says hello, brings a grant, and only then finds what
//! the page before it in its tab left. And how it lets go, for which it needs
//! neither.

use std::time::Duration;

use card_protocol::{
    CardError,
    bridge::{Empty, Granted, PRODUCT, PROTOCOL_VERSION, Welcome},
    grant::SignedGrant,
};
use tokio::time::Instant;

use super::{Session, letting_go, value};
use crate::{
    clock::Moment,
    hub::{GRACE, Ticket},
};

/// It has to have a grant so long after it said hello.
const FIRST_GRANT: Duration = Duration::from_secs(30);

impl Session {
    /// Lets go of the cards. That takes no grant: nothing is told, and what was
    /// verified ends. What the page before it left is not picked up any more.
    ///
    /// Nothing that is under way holds it up: its card is let go of when it ends.
    pub(super) fn release(&mut self, id: u64) {
        self.shown = None;
        let released = letting_go::release(&self.cards);
        self.releasing.spawn(async move {
            released.await;
            (id, value(&Empty {}))
        });
    }

    /// Takes a grant. With its first one a page that comes back finds its cards,
    /// if it showed the ticket of the page that left them: who has not both takes
    /// nobody's.
    pub(super) fn present(
        &mut self,
        grant: &SignedGrant,
        now: Moment,
    ) -> Result<Granted, CardError> {
        let granted = self.grants.present(grant, &self.page.allowed, now)?;
        self.waits_until.get_or_insert(Instant::now() + GRACE);
        self.pick_up();
        Ok(granted)
    }

    /// Finds what the page before it in its tab left, for a page that has a grant and no
    /// card yet. That one's end may be heard of after this one's beginning, but not long:
    /// the copy of a tab shows a ticket whose page stays.
    pub(super) fn pick_up(&mut self) {
        if self.waits_until.is_none_or(|until| Instant::now() > until) {
            self.shown = None;
        }
        let Some(shown) = self.shown else {
            return;
        };
        let origin = &self.page.allowed.origin;
        if self.cards.is_empty()
            && let Some(cards) = self.hub.parked.pick_up(shown, origin)
        {
            self.cards = cards;
            self.redeemed = self.shown.take();
        }
    }

    /// Says which versions this bridge is of. The page decides whether they are
    /// new enough for it: it alone knows what it will ask for, and a bridge that
    /// is newer than the page is not too old.
    ///
    /// The ticket of the page before it in its tab is kept until there is a grant.
    pub(super) fn hello(
        &mut self,
        protocol: u32,
        resume: Option<&str>,
    ) -> Result<Welcome, CardError> {
        if protocol != PROTOCOL_VERSION {
            tracing::warn!(
                page = protocol,
                bridge = PROTOCOL_VERSION,
                "the page speaks another version of the protocol"
            );
        }
        let (ticket, text) = Ticket::random().map_err(|error| {
            tracing::error!(%error, "the system's random generator failed");
            CardError::ReaderError
        })?;
        self.ticket = Some(ticket);
        if self.wants_grant.is_none() {
            self.shown = resume.map(Ticket::of);
            self.wants_grant = Some(Instant::now() + FIRST_GRANT);
        }
        Ok(Welcome {
            product: PRODUCT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL_VERSION,
            pin_entry: self.page.pin.entry(),
            resume: text,
            confirm: self.page.confirmation.mode(),
        })
    }
}
