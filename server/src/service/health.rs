//! Whether the service does its work: for whoever sends it requests, and for whoever
//! looks after it.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::Service;
use crate::{audit::waiting, storage::StoreError};

/// A row is written so often at most, however often it is asked.
const WRITE_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// Events get their places within a second: after this something is wrong.
const MAX_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// Why the service does not do its work.
#[derive(Debug, Error)]
pub(crate) enum Unhealthy {
    /// The store can't be read or written.
    #[error("the store can't be read or written: {0}")]
    Store(#[from] StoreError),
    /// The log does not go on: what is done is not protected against deletion.
    #[error("events wait for their place in the log since {since}")]
    EventsWait {
        /// When the first of them happened.
        since: Timestamp,
    },
}

impl Service {
    /// Whether pages can be served.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub(crate) async fn is_ready(&self) -> Result<(), StoreError> {
        self.store.probe_read().await
    }

    /// Whether acts can be done, and are protected.
    ///
    /// # Errors
    ///
    /// [`Unhealthy`]
    pub(crate) async fn is_healthy(&self) -> Result<(), Unhealthy> {
        let now = self.clock.now();
        self.store.probe_read().await?;
        let mut written = self.written.lock().await;
        if written.is_none_or(|at| now.duration_since(at).abs() >= WRITE_EVERY) {
            *written = None;
            self.store.probe_write(now).await?;
            *written = Some(now);
        }
        drop(written);
        let waiting = waiting::look(&self.store, 1).await?;
        match waiting.oldest {
            Some(since) if now.duration_since(since) > MAX_WAIT => {
                Err(Unhealthy::EventsWait { since })
            }
            _ => Ok(()),
        }
    }
}
