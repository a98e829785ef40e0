//! Beijing time, in which people read dates and count days.

use jiff::{Timestamp, ToSpan as _, tz::Offset};

/// Eight hours ahead of UTC, all through the year since 1992.
pub const BEIJING: Offset = Offset::constant(8);

/// The calendar days from one time to another: 0 within a day, 1 until any time
/// of the next one.
#[must_use]
pub fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    let day = |time| BEIJING.to_datetime(time).date();
    day(from).duration_until(day(to)).as_hours() / 24
}

/// The end of the day, so many days after a time: 0 is the end of its own day. The time
/// itself where no calendar goes so far.
#[must_use]
pub fn end_of_day_in(days: i64, from: Timestamp) -> Timestamp {
    let day = BEIJING.to_datetime(from).date();
    day.checked_add((days + 1).days())
        .and_then(|day| BEIJING.to_timestamp(day.at(0, 0, 0, 0)))
        .unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_change_at_midnight_in_beijing() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (from, to, expected) in [
            ("2026-11-22T16:00:00+08:00", "2026-11-22T16:00:00+08:00", 0),
            ("2026-11-22T00:00:00+08:00", "2026-11-22T23:59:59+08:00", 0),
            ("2026-11-22T23:59:59+08:00", "2026-11-23T00:00:00+08:00", 1),
            ("2026-11-22T00:00:00+08:00", "2026-11-23T23:59:59+08:00", 1),
            ("2026-12-31T12:00:00+08:00", "2027-01-01T00:00:00+08:00", 1),
            ("2028-02-28T12:00:00+08:00", "2028-03-01T12:00:00+08:00", 2),
            ("2026-11-23T00:00:00+08:00", "2026-11-22T23:59:59+08:00", -1),
        ] {
            assert_eq!(days_between(at(from), at(to)), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_in_beijing() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (from, days, expected) in [
            ("2026-11-22T00:00:00+08:00", 0, "2026-11-23T00:00:00+08:00"),
            ("2026-11-22T23:59:59+08:00", 0, "2026-11-23T00:00:00+08:00"),
            ("2026-12-25T12:00:00+08:00", 7, "2027-01-02T00:00:00+08:00"),
        ] {
            let end = end_of_day_in(days, at(from));
            assert_eq!(end, at(expected), "{from} {days}");
            // What ends before is counted as that many days at most.
            let last = end - jiff::SignedDuration::from_secs(1);
            assert_eq!(days_between(at(from), last), days);
        }
        assert_eq!(end_of_day_in(7, Timestamp::MAX), Timestamp::MAX);
    }
}
