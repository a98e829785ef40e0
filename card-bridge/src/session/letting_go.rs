//! How the cards of a page are let go of: when it says so, when they were verified for
//! long enough, and when it is gone and its tab does not come back.

use std::sync::{Arc, MutexGuard};

use card_protocol::{CardError, bridge::Empty};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{Session, page::Page, perform::lock, value};
use crate::{
    clock::Moment,
    hub::{GRACE, Hub, SharedCards, Tickets},
    operation::held::HeldCards,
    origin::Origin,
};

impl Session {
    /// Stops what is under way, and lets go of the cards.
    pub(super) async fn leave(self) {
        // The tab's next page needs it while the cards still wait for that.
        drop(self.slot);
        let running = self.running.map(|running| {
            running.stop.stop();
            running.task
        });
        let tickets = self.ticket.map(|own| Tickets {
            own,
            before: self.redeemed,
        });
        let origin = self.page.allowed.origin.clone();
        tracing::info!(%origin, "the page is gone");
        park(&self.hub, tickets, origin, self.cards, running).await;
    }
}

/// Lets go of all cards of the page, now.
pub(super) async fn release(cards: SharedCards) -> Result<Value, CardError> {
    let released = tokio::task::spawn_blocking(move || lock(&cards).release());
    released.await.map_err(|error| {
        tracing::error!(%error, "letting go of a page's cards");
        CardError::ReaderError
    })?;
    value(&Empty {})
}

/// Lets go of the page's cards that have been verified for too long.
pub(super) async fn expire(hub: &Arc<Hub>, page: &Page, cards: &SharedCards) {
    let (now, limits) = (Moment::now(&hub.clock), page.limits);
    let has_expired = |cards: MutexGuard<'_, HeldCards>| cards.has_expired(now, limits);
    if !cards.try_lock().is_ok_and(has_expired) {
        return;
    }
    tracing::info!(origin = %page.allowed.origin, "a card was verified for long enough");
    let cards = Arc::clone(cards);
    let expired = tokio::task::spawn_blocking(move || lock(&cards).expire(now, limits));
    if let Err(error) = expired.await {
        tracing::error!(%error, "letting go of a page's cards");
    }
}

/// Keeps the cards of a page that went away for a moment, for who has its ticket,
/// then lets go of them. They can be picked up while what is `running` still ends: its
/// successor is here before a slow card is.
async fn park(
    hub: &Arc<Hub>,
    tickets: Option<Tickets>,
    origin: Origin,
    cards: SharedCards,
    running: Option<JoinHandle<Result<Value, CardError>>>,
) {
    let is_empty = cards.try_lock().is_ok_and(|cards| cards.is_empty());
    if let Some(tickets) = tickets
        && !is_empty
        && !hub.is_closing()
    {
        hub.parked.leave(tickets, origin, Arc::clone(&cards));
        ended(running).await;
        tokio::select! {
            () = tokio::time::sleep(GRACE) => {}
            () = hub.closing() => {}
        }
        if hub.parked.take(tickets.own).is_none() {
            return;
        }
    } else {
        ended(running).await;
    }
    let released = tokio::task::spawn_blocking(move || lock(&cards).release());
    if let Err(error) = released.await {
        tracing::error!(%error, "letting go of the cards");
    }
}

/// Waits until nothing is under way any more. A thread that still waits for the card goes
/// away by itself.
async fn ended(running: Option<JoinHandle<Result<Value, CardError>>>) {
    if let Some(task) = running {
        drop(task.await);
    }
}
