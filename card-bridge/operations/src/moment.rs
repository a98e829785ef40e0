//! A moment by two clocks. Nothing here reads either: whoever has them says when it is.

use std::time::Duration;

use jiff::Timestamp;

/// A moment from which time is counted, by two clocks: the one that nobody sets,
/// which may stand still while the machine sleeps, and the one on the wall,
/// which anybody may set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// By the clock that nobody sets: since whoever reads it began.
    pub steady: Duration,
    /// By the one on the wall.
    pub wall: Timestamp,
}

impl Moment {
    /// Seconds until a later moment, a begun one counted whole: as many as the
    /// clock says that counted more. So neither sleep nor a clock that is set
    /// back makes anything live longer.
    #[must_use]
    pub fn seconds_until(self, later: Self) -> i64 {
        let steady = later.steady.saturating_sub(self.steady);
        let begun = u64::from(steady.subsec_nanos() > 0);
        let steady = i64::try_from(steady.as_secs() + begun).unwrap_or(i64::MAX);
        let wall = later.wall.duration_since(self.wall).as_secs();
        steady.max(wall)
    }

    /// The time until a later moment, in the same way.
    #[must_use]
    pub fn time_until(self, later: Self) -> Duration {
        let steady = later.steady.saturating_sub(self.steady);
        let wall = later.wall.duration_since(self.wall);
        // A clock that was set back says nothing.
        let wall = Duration::try_from(wall).unwrap_or_default();
        steady.max(wall)
    }

    /// The moment so many seconds after `self` by each of the two clocks, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn after(self, steady: u64, wall: i64) -> Self {
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
            steady: Duration::from_secs(9),
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
