//! What others hold to record with.

use std::time::Duration;

use ::metrics::Histogram;

use super::Metrics;

/// What SQLite's writer records of its batches; nothing where metrics are off.
#[derive(Clone)]
pub(crate) struct BatchMetrics {
    pub(super) writes: Histogram,
    pub(super) duration: Histogram,
}

impl Default for BatchMetrics {
    fn default() -> Self {
        Self {
            writes: Histogram::noop(),
            duration: Histogram::noop(),
        }
    }
}

impl BatchMetrics {
    /// A batch of so many writes took so long.
    pub(crate) fn record(&self, writes: usize, took: Duration) {
        let writes = u32::try_from(writes).unwrap_or(u32::MAX);
        self.writes.record(writes);
        self.duration.record(took);
    }
}

/// A request that is being answered.
pub(crate) struct InFlight<'a>(pub(super) &'a Metrics);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.landed();
    }
}
