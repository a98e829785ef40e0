//! The one clock. Everything else takes the time as a parameter, so that what
//! happens at a given time can be shown by a test or made by the demo maker.

use std::{fmt::Debug, sync::Mutex};

use jiff::{SignedDuration, Timestamp};

/// What tells the time.
pub trait Clock: Debug + Send + Sync {
    /// The time now, in whole microseconds: as exact as both databases keep it.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        to_microsecond(Timestamp::now())
    }
}

/// A clock that stands still until it is set: for tests and the demo maker.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets it to `now`.
    pub fn set(&self, now: Timestamp) {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }

    /// Sets it forward; it stops at the end of time.
    pub fn advance(&self, duration: SignedDuration) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        to_microsecond(
            *self
                .0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

fn to_microsecond(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}
