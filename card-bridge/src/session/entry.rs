//! How a page comes in: it says hello, brings a grant, and only then finds what
//! the page before it in its tab left. And how it lets go, for which it needs
//! neither.

use std::{sync::Arc, time::Duration};

use card_operations::moment::Moment;
use card_protocol::{
    CardError,
    acquaintance::{Acquaintance, Challenge, PROOF},
    bridge::{
        Empty, Granted, Hello, OLDEST_PROTOCOL, PRODUCT, PROTOCOL_VERSION, PROTOCOL_WITH_PROOF,
        Welcome, spoken,
    },
    grant::SignedGrant,
};
use serde_json::Value;
use tokio::time::Instant;

use super::{Session, letting_go, value};
use crate::hub::{GRACE, Ticket};

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
    pub(super) async fn present(
        &mut self,
        grant: &SignedGrant,
        now: Moment,
    ) -> Result<Granted, CardError> {
        let page = Arc::clone(&self.page);
        let server = page.allowed.server();
        let opened = server.key.open(grant).await;
        let mut granted = self.grants.present(opened, server, now)?;
        self.slot.granted();
        // Not before: who has no grant of this origin's server is no page of it. And not
        // for a login's, which the server gives to anybody: who found a way to here as
        // this user would be known as the bridge from then on, at whichever port.
        let is_logged_in = self.grants.current(now)?.session().is_some();
        if self.spoken >= PROTOCOL_WITH_PROOF && is_logged_in {
            granted.acquaintance = self.acquaintance();
        }
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

    /// Says which versions this bridge is of, and proves itself over the page's
    /// challenge. A page that is older than what it serves is told so; one that wants
    /// more than the bridge speaks finds out by itself.
    ///
    /// The ticket of the page before it in its tab is kept until there is a grant.
    pub(super) fn hello(&mut self, hello: &Hello) -> Result<Value, CardError> {
        let Some(spoken) = spoken(hello.protocol) else {
            tracing::warn!(
                page = hello.protocol,
                oldest = OLDEST_PROTOCOL,
                "the page speaks a version of the protocol that is not served any more"
            );
            return Err(CardError::PageTooOld);
        };
        if hello.protocol != PROTOCOL_VERSION {
            tracing::info!(
                page = hello.protocol,
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
            self.spoken = spoken;
            self.shown = hello.resume.as_deref().map(Ticket::of);
            self.wants_grant = Some(Instant::now() + FIRST_GRANT);
        }
        // A page of version 3 takes no field that it does not know.
        let has_proof = self.spoken >= PROTOCOL_WITH_PROOF;
        let held = has_proof.then(|| self.entrance.held.to_vec());
        let welcome = Welcome {
            product: PRODUCT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL_VERSION,
            oldest: has_proof.then_some(OLDEST_PROTOCOL),
            pin_entry: self.page.pin.entry(),
            resume: text,
            confirm: self.page.confirmation.mode(),
            held: held.unwrap_or_default(),
            proof: None,
        };
        let mut welcome = value(&welcome)?;
        if let (true, Some(challenge)) = (has_proof, &hello.challenge) {
            self.prove(challenge, &mut welcome);
        }
        Ok(welcome)
    }

    /// Puts the proof into the welcome.
    fn prove(&self, challenge: &Challenge, welcome: &mut Value) {
        let (Some(acquaintance), Some(said)) = (self.acquaintance(), welcome.as_object_mut())
        else {
            return;
        };
        let proof = acquaintance.prove(challenge, self.entrance.port, said);
        said.insert(PROOF.to_owned(), proof.into());
    }

    /// By which the pages of this origin know the bridge again.
    fn acquaintance(&self) -> Option<Acquaintance> {
        let key = self.hub.key.as_ref()?;
        Some(key.acquaintance(&self.page.allowed.origin))
    }
}
