//! How cards are let go of: when the page says so, when they were open for long enough, and
//! when the server grants nothing more.

use std::{pin::pin, time::Duration};

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
        let each = keys.iter().map(|key| self.release_key(key));
        join_all(each).await;
        self.tell();
    }

    async fn release_key(&self, key: &Key) {
        let at_work = pin!(self.clock.sleep(AT_WORK));
        match select(key.held.lock(), at_work).await {
            Either::Left((mut held, _)) => {
                if held.state.has_to_end() || held.is_at_work {
                    key.reset_card(&mut held).await;
                } else {
                    held.forget();
                }
            }
            Either::Right(_) => {
                tracing::warn!("a card is still at work; it is let go of when that ends");
            }
        }
    }

    /// Lets go of what has been open for too long, or is not granted any more. To be called
    /// once a second or so.
    pub async fn sweep(&self) {
        if self.grants.is_over() {
            for key in self.all() {
                if let Some(mut held) = key.held.try_lock()
                    && held.state.has_to_end()
                {
                    key.reset_card(&mut held).await;
                }
            }
        }
        for key in self.all() {
            if let Some(mut held) = key.held.try_lock()
                && held.is_over(self.settings.limits, self.clock.now())
            {
                tracing::info!("a card was verified for long enough");
                key.reset_card(&mut held).await;
            }
        }
    }

    /// Lets go of all cards and gives all devices back: the page goes.
    pub async fn close(&self) {
        for key in self.all() {
            key.stop();
        }
        self.release().await;
        let keys = std::mem::take(&mut *self.keys.borrow_mut());
        for key in keys {
            key.unplug();
            if let Some(_turn) = key.held.try_lock()
                && let Err(error) = key.reader.power_off().await
            {
                tracing::info!(%error, "a card that stays powered");
            }
            key.reader.close().await;
        }
    }
}
