//! What is asked of the store when somebody scrapes, rather than recorded as it
//! happens: how far the log is, and what is open in the journal. Each is a read
//! by an index and counts up to a limit, so a scrape costs the same whatever
//! the tables hold.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use crate::{
    audit::waiting,
    metrics::Sample,
    service::Service,
    storage::{JournalCounts, StoreError},
};

/// The most that is counted of anything.
const MAX_COUNTED: u32 = 10_000;

/// A store that takes longer counts as down. Prometheus itself gives up after
/// ten seconds.
pub(super) const SAMPLE_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes a sample and notes it.
pub(super) async fn take(service: &Service) {
    let metrics = &service.metrics;
    match timeout(SAMPLE_TIMEOUT, read(service)).await {
        Ok(Ok(sample)) => metrics.sampled(Some(&sample)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "metrics: the store does not answer");
            metrics.sampled(None);
        }
        Err(_elapsed) => {
            tracing::warn!("metrics: the store does not answer in time");
            metrics.sampled(None);
        }
    }
    metrics.load(service.store.load());
}

async fn read(service: &Service) -> Result<Sample, StoreError> {
    let store = service.store.as_ref();
    let waiting = waiting::look(store, MAX_COUNTED).await?;
    let JournalCounts { open, unsettled } = store.count_journal(MAX_COUNTED).await?;
    let now = service.clock.now();
    Ok(Sample {
        waiting: f64::from(waiting.count),
        oldest_waiting: waiting.oldest.map_or(0.0, |at| seconds(at, now)),
        unsettled: f64::from(unsettled),
        open: open
            .into_iter()
            .map(|open| {
                let age = seconds(open.oldest, now);
                (open.state.name(), (f64::from(open.count), age))
            })
            .collect(),
    })
}

/// From one time to another; never negative, whatever the clocks of two
/// instances say.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}
