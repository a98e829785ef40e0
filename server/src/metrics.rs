//! What the server counts and times, for Prometheus; `docs/metrics.md` says
//! what each figure means and what to do about it.
//!
//! [`list`] is every metric, its description and the one function that records
//! it; `labels` are the closed sets of label values; `handles` are what others
//! hold to record with. It knows nothing of what it counts: `scrape`, above it, reads
//! what is measured only when somebody asks, and answers on an address of its own.

mod handles;
mod labels;
pub mod list;
mod store;

use std::sync::Arc;

use ::metrics::with_local_recorder;
use jiff::Timestamp;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

pub(crate) use handles::{BatchMetrics, InFlight};
pub(crate) use labels::{
    By, Limit, LogFailure, LoginOutcome, OperationOutcome, Rated, RequestMethod,
};
pub(crate) use store::Sample;
pub use store::StoreLoad;

/// The metrics of one service, or none where nobody asked for them.
///
/// The recorder belongs to its service, not to the process: the tests run
/// hundreds of servers in one process, and none may see the figures of
/// another. The macros of the crate `metrics` reach it for the length of one
/// record, which never waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(Option<Arc<PrometheusRecorder>>);

impl Metrics {
    /// Records nothing, at no cost.
    #[must_use]
    pub(crate) fn off() -> Self {
        Self::default()
    }

    /// Records from now on, `started_at`, which is the start of the process as
    /// far as these figures go.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when a histogram had no buckets, which none has.
    pub(crate) fn on(started_at: Timestamp) -> Result<Self, BuildError> {
        let mut builder = PrometheusBuilder::new();
        for (name, buckets) in list::BUCKETS {
            let metric = Matcher::Full(String::from(name));
            builder = builder.set_buckets_for_metric(metric, buckets)?;
        }
        let metrics = Self(Some(Arc::new(builder.build_recorder())));
        metrics.record(|| list::begin(started_at));
        Ok(metrics)
    }

    /// Whether anything is recorded.
    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Has the macros of `metrics` record here.
    fn record(&self, record: impl FnOnce()) {
        if let Some(recorder) = &self.0 {
            with_local_recorder(recorder.as_ref(), record);
        }
    }

    /// All of it as Prometheus's text (version 0.0.4).
    pub(crate) fn render(&self) -> String {
        self.0
            .as_ref()
            .map(|recorder| recorder.handle().render())
            .unwrap_or_default()
    }

    /// Puts samples into their buckets: until then each takes room of its own,
    /// so this has to happen also when nobody scrapes.
    pub(crate) fn upkeep(&self) {
        if let Some(recorder) = &self.0 {
            recorder.handle().run_upkeep();
        }
    }
}
