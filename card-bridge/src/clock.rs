//! The bridge's one clock. Everything else takes the time, or this, as a
//! parameter.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

/// What tells the time. Whether a program is still good depends on it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of the machine.
#[must_use]
pub fn system() -> Clock {
    Arc::new(now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// A moment from which time is counted, by two clocks: the one that nobody sets,
/// which may stand still while the machine sleeps, and the one on the wall,
/// which anybody may set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// By the clock that nobody sets.
    pub(crate) steady: Instant,
    wall: Timestamp,
}

impl Moment {
    /// This one.
    #[must_use]
    pub fn now(clock: &Clock) -> Self {
        Self {
            steady: Instant::now(),
            wall: clock(),
        }
    }

    /// Seconds until a later moment, a begun one counted whole: as many as the
    /// clock says that counted more. So neither sleep nor a clock that is set
    /// back makes anything live longer.
    #[must_use]
    pub fn seconds_until(self, later: Self) -> i64 {
        let steady = later.steady.saturating_duration_since(self.steady);
        let begun = u64::from(steady.subsec_nanos() > 0);
        let steady = i64::try_from(steady.as_secs() + begun).unwrap_or(i64::MAX);
        let wall = later.wall.duration_since(self.wall).as_secs();
        steady.max(wall)
    }

    /// The time until a later moment, in the same way.
    #[must_use]
    pub fn time_until(self, later: Self) -> Duration {
        let steady = later.steady.saturating_duration_since(self.steady);
        let wall = later.wall.duration_since(self.wall);
        // A clock that was set back says nothing.
        let wall = Duration::try_from(wall).unwrap_or_default();
        steady.max(wall)
    }
}

#[cfg(test)]
impl Moment {
    /// The moment so many seconds after `self` by each of the two clocks.
    pub(crate) fn after(self, steady: u64, wall: i64) -> Self {
        Self {
            steady: self.steady + Duration::from_secs(steady),
            wall: self.wall + jiff::SignedDuration::from_secs(wall),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_that_counted_more_is_believed() {
        let wall = |second| Timestamp::from_second(second).unwrap();
        let begin = Moment {
            steady: Instant::now(),
            wall: wall(1_000),
        };
        for (steady, second, seconds) in [
            (0, 1_000, 0),
            (1, 1_000, 1),
            (2_001, 1_000, 3),
            (2_000, 1_060, 60),
            (60_000, 1, 60),
        ] {
            let later = Moment {
                steady: begin.steady + Duration::from_millis(steady),
                wall: wall(second),
            };
            assert_eq!(begin.seconds_until(later), seconds, "{steady} ms");
        }
        for (steady, wall, seconds) in [(1, 60, 60), (60, 1, 60), (60, -60, 60), (0, -60, 0)] {
            let later = begin.after(steady, wall);
            assert_eq!(begin.time_until(later), Duration::from_secs(seconds));
        }
    }
}
