//! How a key's comings and goings are noticed while it is plugged in.

use std::{pin::pin, time::Duration};

use card_protocol::ccid::Watch;
use futures_util::future::select;

use super::Key;
use crate::platform::Clock;

/// How long is waited after a transfer that failed; and how many may fail one after the
/// other before the reader is asked instead.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
const MAX_FAILURES: u32 = 8;
/// How often a reader is asked that has no interrupt endpoint, or a broken one.
const POLL: Duration = Duration::from_millis(500);

impl Key {
    /// Watches until the key is pulled, which is the browser's to say; calls `changed`
    /// whenever there is something to tell.
    pub(crate) async fn watch(&self, clock: &dyn Clock, changed: &dyn Fn()) {
        let Some(unplugged) = self.unplugged.borrow_mut().take() else {
            return;
        };
        let watching = pin!(async {
            self.watch_notices(clock, changed).await;
            self.watch_by_asking(clock, changed).await;
        });
        // (The first one has no end.)
        let _its_end = select(watching, unplugged).await;
    }

    /// Ends where there is no such endpoint, or a broken one.
    async fn watch_notices(&self, clock: &dyn Clock, changed: &dyn Fn()) {
        let Watch::Interrupt(endpoint) = self.reader.watch() else {
            return;
        };
        let mut failures = 0;
        while failures <= MAX_FAILURES {
            match self.reader.notice(endpoint).await {
                Ok(bytes) => {
                    failures = 0;
                    let news = self.reader.noticed(&bytes);
                    if news.is_some_and(|presence| self.see(presence)) {
                        changed();
                        let mut held = self.turn().await;
                        if self.settle(&mut held).await {
                            changed();
                        }
                    }
                }
                Err(error) => {
                    tracing::info!(%error, "a USB reader's interrupt endpoint");
                    // A device that is lost, or with another tab, says nothing of itself.
                    failures += u32::from(!self.reader.is_lost());
                    clock.sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn watch_by_asking(&self, clock: &dyn Clock, changed: &dyn Fn()) {
        loop {
            clock.sleep(POLL).await;
            // Whoever has the card hears of it by its own answers.
            let Some(mut held) = self.held.try_lock() else {
                continue;
            };
            if self.reader.is_lost() {
                continue;
            }
            if self.look().await {
                changed();
                if self.settle(&mut held).await {
                    changed();
                }
            }
            // It may have been let go of while the reader thought about it.
            self.catch_up(&mut held).await;
        }
    }
}
