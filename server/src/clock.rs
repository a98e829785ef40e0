//! The one clock. Everything else takes the time as a parameter, so that what
//! happens at a given time can be shown by a test or made by the demo maker.
//! What a clock says is believed as far as [`watch`] does.

pub mod watch;

use std::{
    fmt::Debug,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// Clocks of two servers may be so far apart. What was made later than that from now was
/// made under a clock that ran ahead, and its end is as far off: it is over.
const APART: SignedDuration = SignedDuration::from_mins(5);

/// Whether `made` is a time that is still to come.
#[must_use]
pub(crate) fn is_to_come(made: Timestamp, now: Timestamp) -> bool {
    made.duration_since(now) > APART
}

/// What tells the time.
pub trait Clock: Debug + Send + Sync {
    /// The time now, in whole microseconds: as exact as both databases keep it.
    fn now(&self) -> Timestamp;

    /// How long it is since some moment that stays the same for the process: nobody
    /// can set it, so it tells a clock that was set from time that passed.
    fn elapsed(&self) -> Duration;
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

    fn elapsed(&self) -> Duration {
        // Unlike `Instant` on Linux it goes on while the machine sleeps: a machine that
        // slept has a right clock.
        #[cfg(target_os = "linux")]
        let id = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let id = ClockId::Monotonic;
        let time = clock_gettime(id);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
        Duration::new(seconds, nanoseconds)
    }
}

/// A clock that stands still until it is set: for tests and the demo maker.
#[derive(Debug)]
pub struct FixedClock(Mutex<Hands>);

#[derive(Clone, Copy, Debug)]
struct Hands {
    shown: Timestamp,
    elapsed: Duration,
}

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Hands {
            shown: now,
            elapsed: Duration::ZERO,
        }))
    }

    /// Lets time pass until `now`. One that is earlier is shown all the same, and no
    /// time has passed.
    pub fn set(&self, now: Timestamp) {
        let mut hands = self.hands();
        let passed = now.duration_since(hands.shown);
        hands.elapsed += Duration::try_from(passed).unwrap_or_default();
        hands.shown = now;
    }

    /// Lets time pass; it stops at the end of time.
    pub fn advance(&self, duration: SignedDuration) {
        let now = self.hands().shown;
        self.set(now.saturating_add(duration).unwrap_or(Timestamp::MAX));
    }

    /// Sets it forward or back without any time passing: as somebody does who sets the
    /// clock of a machine.
    pub fn jump(&self, by: SignedDuration) {
        let mut hands = self.hands();
        hands.shown = hands.shown.saturating_add(by).unwrap_or(Timestamp::MAX);
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        to_microsecond(self.hands().shown)
    }

    fn elapsed(&self) -> Duration {
        self.hands().elapsed
    }
}

fn to_microsecond(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}
