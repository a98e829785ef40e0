//! The list of all metrics: name, kind, description, and the one function that
//! records each, so that no other place spells a name. What is not written down
//! in `docs/metrics.md` fails a test.

use std::time::Duration;

use ::metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use card_domain::{Action, OperationState};
use jiff::Timestamp;

use super::{
    Metrics,
    handles::{BatchMetrics, InFlight},
    labels::{By, Limit, LogFailure, LoginOutcome, OperationOutcome, Rated, RequestMethod},
    store::{Sample, StoreLoad},
};

const REQUESTS: &str = "ic_card_http_requests_total";
const REQUEST_DURATION: &str = "ic_card_http_request_duration_seconds";
const IN_FLIGHT: &str = "ic_card_http_requests_in_flight";
const LIMIT_HITS: &str = "ic_card_limit_hits_total";
const LOGINS: &str = "ic_card_logins_total";
const OPERATIONS_OPEN: &str = "ic_card_operations_open";
const OPERATIONS_OLDEST: &str = "ic_card_operations_oldest_age_seconds";
const OPERATIONS_UNSETTLED: &str = "ic_card_operations_unsettled";
const OPERATION_OUTCOMES: &str = "ic_card_operation_outcomes_total";
const LOG_WAITING: &str = "ic_card_sequencer_waiting_events";
const LOG_OLDEST: &str = "ic_card_sequencer_oldest_waiting_seconds";
const LOG_EVENTS: &str = "ic_card_sequencer_events_total";
const LOG_FAILURES: &str = "ic_card_sequencer_failures_total";
const UNEXPLAINED: &str = "ic_card_unexplained_cards_total";
const ISSUER_ENDS: &str = "ic_card_issuer_end_timestamp_seconds";
const STORE_UP: &str = "ic_card_store_up";
const CONNECTIONS: &str = "ic_card_store_connections";
const CONNECTIONS_MAX: &str = "ic_card_store_connections_max";
const QUEUE: &str = "ic_card_sqlite_queue_length";
const BATCH_WRITES: &str = "ic_card_sqlite_batch_writes";
const BATCH_DURATION: &str = "ic_card_sqlite_batch_duration_seconds";
const BUILD: &str = "ic_card_build_info";
/// The one name that is not ours: Prometheus's own for this.
const STARTED: &str = "process_start_time_seconds";

/// Upper bounds of times in seconds: from a read that finds its page in memory
/// to the time limit of a request.
const TIMES: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// Upper bounds of batches in writes; 1024 is the most.
const BATCHES: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

/// The histograms with the upper bounds of their buckets.
pub(super) const BUCKETS: [(&str, &[f64]); 3] = [
    (REQUEST_DURATION, TIMES),
    (BATCH_DURATION, TIMES),
    (BATCH_WRITES, BATCHES),
];

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from 0 at the start.
    Counter,
    /// What is just now.
    Gauge,
    /// Values counted by size.
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Every metric: its kind, name, unit and description.
#[rustfmt::skip]
pub const ALL: [(Kind, &str, Unit, &str); 23] = [
    (Counter, REQUESTS, Unit::Count, "Requests by matched route, method and status"),
    (Histogram, REQUEST_DURATION, Unit::Seconds, "Time until the answer begins, by matched route and method"),
    (Gauge, IN_FLIGHT, Unit::Count, "Requests that are being answered"),
    (Counter, LIMIT_HITS, Unit::Count, "Requests and connections that a limit refused or gave up"),
    (Counter, LOGINS, Unit::Count, "Logins by outcome"),
    (Gauge, OPERATIONS_OPEN, Unit::Count, "Open operations on cards by state, counted up to 10000"),
    (Gauge, OPERATIONS_OLDEST, Unit::Seconds, "Age of the oldest open operation by state, 0 without one"),
    (Gauge, OPERATIONS_UNSETTLED, Unit::Count, "Abandoned operations whose card may have been written and was not seen since, counted up to 10000"),
    (Counter, OPERATION_OUTCOMES, Unit::Count, "What became of operations on cards, by act, by whom and outcome"),
    (Gauge, LOG_WAITING, Unit::Count, "Events that wait for their place in the log, counted up to 10000"),
    (Gauge, LOG_OLDEST, Unit::Seconds, "How long the oldest of them waits, 0 without one"),
    (Counter, LOG_EVENTS, Unit::Count, "Events that this instance gave their places"),
    (Counter, LOG_FAILURES, Unit::Count, "Runs of the sequencer that failed, by reason"),
    (Counter, UNEXPLAINED, Unit::Count, "Requests refused because a card's row is not what the log says"),
    (Gauge, ISSUER_ENDS, Unit::Seconds, "When the CA of this installation ends, in seconds since 1970"),
    (Gauge, STORE_UP, Unit::Count, "Whether the store answered this scrape in time"),
    (Gauge, CONNECTIONS, Unit::Count, "Open connections to the database by state, of SQLite those that read"),
    (Gauge, CONNECTIONS_MAX, Unit::Count, "The most connections that there may be"),
    (Gauge, QUEUE, Unit::Count, "Writes that wait for the writer of SQLite"),
    (Histogram, BATCH_WRITES, Unit::Count, "Writes in one transaction of the writer of SQLite"),
    (Histogram, BATCH_DURATION, Unit::Seconds, "Time of one transaction of the writer of SQLite, its sync included"),
    (Gauge, BUILD, Unit::Count, "Always 1, with the version as label"),
    (Gauge, STARTED, Unit::Seconds, "When the server started, in seconds since 1970"),
];

/// Describes all, and begins each counter whose labels are known at 0: a rate
/// needs the value before the first event.
pub(super) fn begin(started_at: Timestamp) {
    for (kind, name, unit, text) in ALL {
        match kind {
            Counter => describe_counter!(name, unit, text),
            Gauge => describe_gauge!(name, unit, text),
            Histogram => describe_histogram!(name, unit, text),
        }
    }
    gauge!(STARTED).set(started_at.as_duration().as_secs_f64());
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(IN_FLIGHT).set(0.0);
    counter!(LOG_EVENTS).increment(0);
    counter!(UNEXPLAINED).increment(0);
    let rates = Rated::ALL.iter().map(|rated| rated.name());
    for limit in rates.chain(Limit::ALL.iter().map(|limit| limit.name())) {
        counter!(LIMIT_HITS, "limit" => limit).increment(0);
    }
    for outcome in LoginOutcome::ALL {
        counter!(LOGINS, "outcome" => outcome.name()).increment(0);
    }
    for reason in LogFailure::ALL {
        counter!(LOG_FAILURES, "reason" => reason.name()).increment(0);
    }
    for action in [Action::Renew, Action::Unlock] {
        for by in By::ALL {
            for outcome in OperationOutcome::ALL {
                operation(action, *by, *outcome, 0);
            }
        }
    }
}

fn operation(action: Action, by: By, outcome: OperationOutcome, count: u64) {
    let (act, by, outcome) = (action.name(), by.name(), outcome.name());
    counter!(OPERATION_OUTCOMES, "act" => act, "by" => by, "outcome" => outcome).increment(count);
}

impl Metrics {
    /// A request was answered, or nobody waited for the answer any more. `route`
    /// is the matched one, never the path that a client sent.
    pub(crate) fn answered(
        &self,
        route: Option<&str>,
        method: RequestMethod,
        status: Option<axum::http::StatusCode>,
        took: Duration,
    ) {
        self.record(|| {
            let route = route.unwrap_or("unmatched").to_owned();
            let status = status.as_ref().map_or("aborted", |status| status.as_str());
            let method = method.name();
            counter!(REQUESTS, "route" => route.clone(), "method" => method,
                "status" => status.to_owned())
            .increment(1);
            histogram!(REQUEST_DURATION, "route" => route, "method" => method).record(took);
        });
    }

    /// One more request is being answered, until what this gives is dropped.
    pub(crate) fn in_flight(&self) -> InFlight<'_> {
        self.record(|| gauge!(IN_FLIGHT).increment(1.0));
        InFlight(self)
    }

    /// A request that was in flight is so no more.
    pub(super) fn landed(&self) {
        self.record(|| gauge!(IN_FLIGHT).decrement(1.0));
    }

    /// A limit was hit.
    pub(crate) fn limited(&self, limit: Limit) {
        self.record(|| counter!(LIMIT_HITS, "limit" => limit.name()).increment(1));
    }

    /// A client did too many of something in a minute.
    pub(crate) fn rate_limited(&self, rated: Rated) {
        self.record(|| counter!(LIMIT_HITS, "limit" => rated.name()).increment(1));
    }

    /// A login came to its outcome.
    pub(crate) fn login(&self, outcome: LoginOutcome) {
        self.record(|| counter!(LOGINS, "outcome" => outcome.name()).increment(1));
    }

    /// An operation on a card came to an outcome, which is in the journal.
    pub(crate) fn operation(&self, action: Action, by: By, outcome: OperationOutcome) {
        self.record(|| operation(action, by, outcome, 1));
    }

    /// A request was refused: a card's row is not what the log says of it.
    pub(crate) fn unexplained(&self) {
        self.record(|| counter!(UNEXPLAINED).increment(1));
    }

    /// When the CA ends that issues the certificates.
    pub(crate) fn issuer_ends(&self, at: Timestamp) {
        self.record(|| gauge!(ISSUER_ENDS).set(at.as_duration().as_secs_f64()));
    }

    /// The sequencer ran; gave places to so many events, or failed.
    pub(crate) fn sequenced(&self, result: Result<u64, LogFailure>) {
        self.record(|| match result {
            Ok(count) => counter!(LOG_EVENTS).increment(count),
            Err(failure) => counter!(LOG_FAILURES, "reason" => failure.name()).increment(1),
        });
    }

    /// How SQLite's writer records its batches.
    pub(crate) fn batches(&self) -> BatchMetrics {
        let mut batches = BatchMetrics::default();
        self.record(|| {
            batches.writes = histogram!(BATCH_WRITES);
            batches.duration = histogram!(BATCH_DURATION);
        });
        batches
    }

    /// How busy the store's own parts are.
    pub(crate) fn load(&self, load: StoreLoad) {
        self.record(|| {
            gauge!(CONNECTIONS, "state" => "idle").set(load.idle);
            gauge!(CONNECTIONS, "state" => "in_use").set(load.in_use);
            gauge!(CONNECTIONS_MAX).set(load.most);
            if let Some(queue) = load.queue {
                gauge!(QUEUE).set(queue);
            }
        });
    }

    /// What the store said, or that it did not answer: then what it would have
    /// said is not a number, rather than what was true a while ago.
    pub(crate) fn sampled(&self, sample: Option<&Sample>) {
        let or_nan = |value: fn(&Sample) -> f64| sample.map_or(f64::NAN, value);
        self.record(|| {
            gauge!(STORE_UP).set(if sample.is_some() { 1.0 } else { 0.0 });
            gauge!(LOG_WAITING).set(or_nan(|sample| sample.waiting));
            gauge!(LOG_OLDEST).set(or_nan(|sample| sample.oldest_waiting));
            gauge!(OPERATIONS_UNSETTLED).set(or_nan(|sample| sample.unsettled));
            for state in OperationState::ALL
                .into_iter()
                .filter(|state| state.is_open())
            {
                let (count, age) = sample.map_or((f64::NAN, f64::NAN), |all| all.open(state));
                gauge!(OPERATIONS_OPEN, "state" => state.name()).set(count);
                gauge!(OPERATIONS_OLDEST, "state" => state.name()).set(age);
            }
        });
    }
}
