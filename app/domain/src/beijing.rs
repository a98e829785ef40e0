//! Beijing time, in which people read dates and count days.

use jiff::{Timestamp, tz::Offset};

/// Eight hours ahead of UTC, all through the year since 1992.
pub const BEIJING: Offset = Offset::constant(8);

/// The calendar days from one time to another: 0 within a day, 1 until any time
/// of the next one.
#[must_use]
pub fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    let day = |time| BEIJING.to_datetime(time).date();
    day(from).duration_until(day(to)).as_hours() / 24
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
}
