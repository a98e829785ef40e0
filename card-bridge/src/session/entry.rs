//! How a page comes in: it says hello, brings a grant, and only then finds what
//! the page before it in its tab left. And how it lets go, for which it needs
//! neither.

use std::{sync::Arc, time::Duration};

use card_protocol::{
    CardError,
    bridge::{Granted, PRODUCT, PROTOCOL_VERSION, Welcome},
    grant::SignedGrant,
};
use tokio::time::Instant;

use super::{Goodbye, Running, Session, perform};
use crate::{clock::Moment, hub::Ticket};

/// It has to have a grant so long after it said hello.
const FIRST_GRANT: Duration = Duration::from_secs(30);

impl Session {
    /// Lets go of the cards. That takes no grant: nothing is told, and what was
    /// verified ends. What the page before it left is not picked up any more.
    pub(super) async fn release(&mut self, id: u64) -> Result<(), Goodbye> {
        if self.running.is_some() {
            return self.answer((id, Err(CardError::Busy))).await;
        }
        self.shown = None;
        let task = tokio::spawn(perform::release(Arc::clone(&self.cards)));
        let stop = Arc::default();
        self.running = Some(Running { id, stop, task });
        Ok(())
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
        let origin = &self.page.allowed.origin;
        if let Some(shown) = self.shown.take()
            && let Some(cards) = self.hub.parked.pick_up(shown, origin)
        {
            self.cards = cards;
        }
        Ok(granted)
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
