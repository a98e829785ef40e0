//! What the server says, as lines of JSON on stderr, and how often it says the same: a
//! disk that is full is one thing to be told, not one for each request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tracing::{Event, Level, Metadata, Subscriber, callsite::Identifier};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    layer::{Context, Filter, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

/// A warning or an error is said so often in [`PERIOD`]; of the rest it is said how
/// many there were.
const SAID_IN_A_PERIOD: u32 = 10;

/// The time for which they are counted.
const PERIOD: Duration = Duration::from_secs(10);

/// Begins to log. What is returned says from time to time what was left out.
pub(super) fn to_stderr() -> Repeats {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new("info,sqlx=warn"));
    let repeats = Repeats::default();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .json()
        .with_filter(repeats.clone());
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .init();
    repeats
}

/// How often each place of the program complained.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats(Arc<Mutex<HashMap<Identifier, Complaints>>>);

/// What one place of the program complained of in this period.
#[derive(Clone, Copy, Debug)]
struct Complaints {
    metadata: &'static Metadata<'static>,
    since: Instant,
    said: u32,
    left_out: u64,
}

impl Repeats {
    /// Says every now and then what was left out, for as long as it is polled.
    pub(super) async fn say(self) {
        let mut timer = tokio::time::interval(PERIOD);
        loop {
            timer.tick().await;
            self.say_now();
        }
    }

    /// Says what was left out since it was said last: also at the end of the program.
    pub(super) fn say_now(&self) {
        for (metadata, left_out) in self.take_left_out() {
            tracing::warn!(
                left_out,
                place = metadata.target(),
                line = metadata.line(),
                "more of the same was left out"
            );
        }
    }

    /// Whether this is to be said at `now`.
    fn is_said(&self, metadata: &'static Metadata<'static>, now: Instant) -> bool {
        let mut places = self.places();
        let place = places.entry(metadata.callsite()).or_insert(Complaints {
            metadata,
            since: now,
            said: 0,
            left_out: 0,
        });
        if now.saturating_duration_since(place.since) >= PERIOD {
            (place.since, place.said) = (now, 0);
        }
        if place.said < SAID_IN_A_PERIOD {
            place.said += 1;
            return true;
        }
        place.left_out += 1;
        false
    }

    fn take_left_out(&self) -> Vec<(&'static Metadata<'static>, u64)> {
        let mut places = self.places();
        let counted = places.values_mut().filter(|place| place.left_out > 0);
        counted
            .map(|place| (place.metadata, std::mem::take(&mut place.left_out)))
            .collect()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Identifier, Complaints>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Filter<S> for Repeats {
    fn enabled(&self, _metadata: &Metadata<'_>, _context: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _context: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        *metadata.level() > Level::WARN || self.is_said(metadata, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    #[derive(Clone, Default)]
    struct Said(Arc<Mutex<Vec<u8>>>);

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_same_complaint_is_said_ten_times_and_then_counted() {
        let (said, repeats) = (Said::default(), Repeats::default());
        let writer = said.clone();
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_filter(repeats.clone());
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..1000 {
                tracing::error!(number, "the disk is full");
                tracing::info!(number, "request");
            }
            tracing::error!("another one");
        });
        let text = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches("the disk is full").count(), 10);
        assert_eq!(text.matches("request").count(), 1000);
        assert_eq!(text.matches("another one").count(), 1);
        let left_out = repeats.take_left_out();
        assert_eq!(left_out.len(), 1);
        assert!(left_out.iter().all(|(_, count)| *count == 990));
        assert!(repeats.take_left_out().is_empty());
    }

    #[test]
    fn after_a_while_it_is_said_again() {
        let repeats = Repeats::default();
        let lines = tracing_subscriber::fmt::layer().with_writer(io::sink);
        let subscriber = tracing_subscriber::registry().with(lines);
        let metadata = tracing::subscriber::with_default(subscriber, || {
            tracing::error_span!("place").metadata().unwrap()
        });
        let now = Instant::now();
        let said = |at: Duration| {
            (0..20)
                .filter(|_| repeats.is_said(metadata, now + at))
                .count()
        };
        assert_eq!(said(Duration::ZERO), 10);
        assert_eq!(said(PERIOD / 2), 0);
        assert_eq!(said(PERIOD), 10);
    }
}
