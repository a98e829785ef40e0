//! What a PIN or a program opened has an end: some minutes without use, and some more with
//! it.

use std::time::Duration;

use crate::{card_state::CardState, moment::Moment};

/// Since when a card is open.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// Since when.
    pub since: Moment,
    /// Its last use.
    pub used: Moment,
}

impl Opened {
    /// What becomes of `before` with a use of the card now: a PIN that was never sent, or
    /// was wrong, makes it no longer. `None` while there is nothing that has to end.
    #[must_use]
    pub fn used(before: Option<Self>, state: &mut CardState, now: Moment) -> Option<Self> {
        let was_proven = std::mem::take(&mut state.was_proven);
        let since = match before {
            Some(opened) if !was_proven => opened.since,
            _ => now,
        };
        state.has_to_end().then_some(Self { since, used: now })
    }
}

/// How long a card stays open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// After its last use.
    pub idle: Duration,
    /// After its PIN was typed, however much it is used.
    pub absolute: Duration,
}

impl Default for Limits {
    /// What holds where nobody has set anything else.
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(5),
            absolute: Duration::from_mins(30),
        }
    }
}

impl Limits {
    /// Whether it is over. A clock that is set back does not make it longer.
    #[must_use]
    pub fn are_over(&self, opened: &Opened, now: Moment) -> bool {
        opened.used.time_until(now) >= self.idle || opened.since.time_until(now) >= self.absolute
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Limits, Opened};
    use crate::moment::Moment;

    #[test]
    fn what_is_verified_ends_unused_and_ends_used() {
        let limits = Limits {
            idle: Duration::from_mins(1),
            absolute: Duration::from_mins(10),
        };
        let begin = Moment {
            steady: Duration::from_secs(9_999),
            wall: jiff::Timestamp::UNIX_EPOCH,
        };
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
