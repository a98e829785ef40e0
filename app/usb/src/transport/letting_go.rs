//! How cards are let go of: when the page says so, when they were open for long enough, and
//! when the server grants nothing more.

use std::{pin::pin, rc::Rc, time::Duration};

use futures_util::future::{Either, join_all, select};

use super::UsbTransport;
use crate::key::Key;

/// How long is waited for a card that is at work: it is let go of when that ends.
const AT_WORK: Duration = Duration::from_secs(3);

impl UsbTransport {
    /// Lets go of all cards: those that a PIN was for, or on which a program ran, are reset.
    pub(super) async fn release(&self) {
        self.releases.set(self.releases.get() + 1);
        let keys = self.all();
        join_all(keys.iter().map(|key| self.release_key(key))).await;
        self.tell();
    }

    async fn release_key(&self, key: &Key) {
        let at_work = pin!(self.clock.sleep(AT_WORK));
        match select(key.held.lock(), at_work).await {
            Either::Left((mut held, _)) => key.catch_up(&mut held).await,
            Either::Right(_) => {
                tracing::warn!("a card is still at work; it is let go of when that ends");
            }
        }
    }

    /// Lets go of what has been open for too long, is not granted any more, or was to be let
    /// go of while it was at work. To be called once a second or so; no card waits for
    /// another one's reader.
    pub async fn sweep(&self) {
        let is_over = self.grants.is_over();
        let keys = self.all();
        join_all(keys.iter().map(|key| self.sweep_key(key, is_over))).await;
    }

    async fn sweep_key(&self, key: &Rc<Key>, is_over: bool) {
        // Whoever has the card sees to it at its own end.
        let Some(mut held) = key.held.try_lock() else {
            return;
        };
        let before = key.described();
        key.catch_up(&mut held).await;
        let is_old = held.is_over(self.settings.limits, self.clock.now());
        if is_old || held.is_at_work || (is_over && held.has_to_end()) {
            tracing::info!("a card was verified for long enough");
            key.reset_card(&mut held).await;
        }
        if key.described() != before {
            self.tell();
        }
    }

    /// Lets go of all cards and gives all devices back: the page goes, and takes no other
    /// one. A card that is at rest is without power before anything is waited for: the
    /// page may not live longer than that.
    pub async fn close(&self) {
        self.is_closed.set(true);
        self.releases.set(self.releases.get() + 1);
        let keys = std::mem::take(&mut *self.keys.borrow_mut());
        for key in &keys {
            key.stop();
        }
        join_all(keys.iter().map(|key| self.give_back(key))).await;
    }

    async fn give_back(&self, key: &Key) {
        let at_work = pin!(self.clock.sleep(AT_WORK));
        let is_off = match select(key.held.lock(), at_work).await {
            Either::Left((mut held, _)) => {
                held.forget();
                let is_off = key.reader.power_off().await.is_ok();
                // Whoever waits for the card has no turn any more.
                key.reader.end();
                is_off
            }
            Either::Right(_) => false,
        };
        if is_off {
            key.reader.close().await;
        } else {
            key.reader.abandon().await;
        }
        key.unplug();
    }
}
