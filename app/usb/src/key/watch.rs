//! How a key's comings and goings are noticed while it is plugged in.

use std::{pin::pin, time::Duration};

use card_protocol::ccid::Watch;
use futures_util::future::{Either, select};

use super::Key;
use crate::{platform::Clock, port::PortError};

/// How long is waited after a transfer that failed; and how many may fail one after the
/// other before the reader is asked instead.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
const MAX_FAILURES: u32 = 8;
/// How often a reader is asked that has no interrupt endpoint, or a broken one.
const POLL: Duration = Duration::from_millis(500);

impl Key {
    /// Watches until the key is pulled; calls `changed` whenever there is something to tell.
    pub(crate) async fn watch(&self, clock: &dyn Clock, changed: &dyn Fn()) {
        let Some(unplugged) = self.unplugged.borrow_mut().take() else {
            return;
        };
        let watching = pin!(async {
            if self.watch_notices(clock, changed).await != Err(PortError::Gone) {
                self.watch_by_asking(clock, changed).await;
            }
        });
        match select(watching, unplugged).await {
            Either::Left(((), unplugged)) => {
                // The device is gone; the browser's word for it comes soon.
                let _its_end = unplugged.await;
            }
            Either::Right(_) => {}
        }
    }

    /// Ends with an error, or at once where there is no such endpoint.
    async fn watch_notices(&self, clock: &dyn Clock, changed: &dyn Fn()) -> Result<(), PortError> {
        let Watch::Interrupt(endpoint) = self.reader.watch() else {
            return Ok(());
        };
        let mut failures = 0;
        loop {
            match self.reader.notice(endpoint).await {
                Ok(bytes) => {
                    failures = 0;
                    let news = self.reader.noticed(&bytes);
                    if news.is_some_and(|presence| self.see(presence)) {
                        changed();
                        self.settle(changed).await;
                    }
                }
                Err(PortError::Gone) => return Err(PortError::Gone),
                Err(error) if failures < MAX_FAILURES => {
                    tracing::info!(%error, "a USB reader's interrupt endpoint");
                    failures += 1;
                    clock.sleep(AFTER_FAILURE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn watch_by_asking(&self, clock: &dyn Clock, changed: &dyn Fn()) {
        loop {
            clock.sleep(POLL).await;
            let is_news = match self.held.try_lock() {
                Some(_turn) if !self.reader.is_lost() => self.look().await,
                // Whoever has the card hears of it by its own answers.
                _ => false,
            };
            if is_news {
                changed();
                self.settle(changed).await;
            }
        }
    }

    /// Powers the card that came.
    pub(crate) async fn settle(&self, changed: &dyn Fn()) {
        let mut held = self.held.lock().await;
        if self.seen.borrow().wants_power {
            self.power(&mut held).await;
            changed();
        }
    }
}
