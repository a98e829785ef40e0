//! Whether the service does its work: for whoever sends it requests, and for whoever
//! looks after it.

use std::time::Duration;

use thiserror::Error;

use super::Service;
use crate::{audit::waiting, clock::watch::Doubt, storage::StoreError};

/// A row is written so often at most, however often it is asked.
const WRITE_EVERY: Duration = Duration::from_secs(10);

/// Events get their places within a second: after this something is wrong.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Why the service does not do its work.
#[derive(Debug, Error)]
pub(crate) enum Unhealthy {
    /// The store can't be read or written.
    #[error("the store can't be read or written: {0}")]
    Store(#[from] StoreError),
    /// The log does not go on: what is done is not protected against deletion.
    #[error("an event waits for its place in the log for {waited:?}")]
    EventsWait {
        /// For how long it is seen to.
        waited: Duration,
    },
    /// The machine's clock is not believed: nothing is cleared away or archived.
    #[error("{0}")]
    Clock(Doubt),
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
        // Not by the clock: whoever sets it makes nothing wait.
        let now = self.clock.elapsed();
        self.store.probe_read().await?;
        let mut seen = self.seen.lock().await;
        if seen
            .written
            .is_none_or(|at| now.saturating_sub(at) >= WRITE_EVERY)
        {
            seen.written = None;
            self.store.probe_write(self.clock.now()).await?;
            seen.written = Some(now);
        }
        // By when it was first seen here: it may be of an earlier time, and clocks differ.
        let waiting = waiting::look(&self.store, 1).await?.first;
        let since = match (waiting, seen.waiting) {
            (Some(event), Some((same, since))) if event == same => since,
            (Some(event), _) => {
                seen.waiting = Some((event, now));
                now
            }
            (None, _) => {
                seen.waiting = None;
                now
            }
        };
        let waited = now.saturating_sub(since);
        if waited >= MAX_WAIT {
            return Err(Unhealthy::EventsWait { waited });
        }
        self.clock
            .doubt()
            .map_or(Ok(()), |doubt| Err(Unhealthy::Clock(doubt)))
    }
}

/// What was seen when somebody asked last, at which moments of the process.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// When a row could be written.
    written: Option<Duration>,
    /// The first event that waited for its place, and since when it was seen to.
    waiting: Option<(i64, Duration)>,
}
