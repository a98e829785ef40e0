//! How the cards of a page are let go of: when it says so, when they were verified for
//! long enough, and when it is gone and its tab does not come back. Each card by itself: one
//! that owes an answer, or is in another program's transaction, holds no other one up.

use std::{sync::Arc, time::Duration};

use card_protocol::CardError;
use serde_json::Value;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{Session, page::Page};
use crate::{
    clock,
    hub::{GRACE, Hub, SharedCards, Tickets},
    operation::held::LetGo,
    origin::Origin,
};

/// How long is waited for a card that is at work, until it is said that all are let go of:
/// this one is as soon as it answers.
const AT_WORK: Duration = Duration::from_secs(3);

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
        // What was being let go of is.
        let mut releasing = self.releasing;
        releasing.detach_all();
        park(&self.hub, tickets, origin, self.cards, running).await;
    }
}

/// Lets go of all cards that there are now; of those that are at work, at their end. What
/// is given back waits until that is so.
pub(super) fn release(cards: &SharedCards) -> impl Future<Output = ()> + use<> {
    let cards = Arc::clone(cards);
    let let_go = cards.release();
    async move {
        let all = async {
            let mut ending = end(let_go);
            while ending.join_next().await.is_some() {}
            cards.at_rest().await;
        };
        if timeout(AT_WORK, all).await.is_err() {
            tracing::warn!("a card is still at work; it is let go of when that ends");
        }
    }
}

/// Lets go of the page's cards that have been verified for too long.
pub(super) fn expire(hub: &Arc<Hub>, page: &Page, cards: &SharedCards) {
    let expired = cards.expire(clock::moment(&hub.clock), page.limits);
    if !expired.is_empty() {
        tracing::info!(origin = %page.allowed.origin, "a card was verified for long enough");
        end(expired).detach_all();
    }
}

/// Ends each connection in a thread of its own: it may have to wait.
fn end(cards: Vec<LetGo>) -> JoinSet<()> {
    let mut ending = JoinSet::new();
    for card in cards {
        ending.spawn_blocking(move || drop(card));
    }
    ending
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
    if let Some(tickets) = tickets
        && !cards.is_empty()
        && !hub.is_closing()
    {
        hub.parked.leave(tickets, origin, Arc::clone(&cards));
        tokio::select! {
            () = tokio::time::sleep(GRACE) => {}
            () = hub.closing() => {}
        }
        if hub.parked.take(tickets.own).is_none() {
            return;
        }
    }
    // What still runs was stopped, and has its card to itself until it ends.
    drop(running);
    release(&cards).await;
}
