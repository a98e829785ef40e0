//! What a PIN or a program opened has an end: some minutes without use, and some more with
//! it.

use std::time::Duration;

use card_operations::moment::Moment;

/// Since when a card is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) since: Moment,
    pub(super) used: Moment,
}

/// How long a card stays open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// After its last use.
    pub idle: Duration,
    /// After its PIN was typed, however much it is used.
    pub absolute: Duration,
}

impl Limits {
    /// Whether it is over. A clock that is set back does not make it longer.
    pub(super) fn are_over(&self, opened: &Opened, now: Moment) -> bool {
        opened.used.time_until(now) >= self.idle || opened.since.time_until(now) >= self.absolute
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use card_operations::moment::Moment;

    use super::{Limits, Opened};
    use crate::clock;

    #[test]
    fn what_is_verified_ends_unused_and_ends_used() {
        let limits = Limits {
            idle: Duration::from_mins(1),
            absolute: Duration::from_mins(10),
        };
        let begin = clock::moment(&clock::system());
        let are_over = |used: Moment, now: Moment| {
            let opened = Opened { since: begin, used };
            limits.are_over(&opened, now)
        };
        // The machine slept, or somebody set its clock: the other one counts.
        let by_either: [fn(Moment, u32) -> Moment; 3] = [
            |from, seconds| from.after(seconds.into(), 0),
            |from, seconds| from.after(0, seconds.into()),
            |from, seconds| from.after(seconds.into(), -i64::from(seconds)),
        ];
        for at in by_either {
            assert!(!are_over(begin, at(begin, 59)));
            assert!(are_over(begin, at(begin, 60)));
            assert!(!are_over(at(begin, 590), at(begin, 599)));
            assert!(are_over(at(begin, 599), at(begin, 600)));
        }
    }
}
