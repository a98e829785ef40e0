//! As much of the calendar as a page of a month takes.

/// A month of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Month {
    pub(super) year: i32,
    /// 1 to 12.
    pub(super) month: u32,
}

/// The first and the last year that are offered.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

impl Month {
    /// Year, month and day of `2026-11-30`.
    pub(super) fn parse(day: &str) -> Option<(Self, u32)> {
        let mut parts = day.split('-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        let this = Self { year, month };
        let is_one = (1..=12).contains(&month) && (1..=this.days()).contains(&day);
        (is_one && parts.next().is_none()).then_some((this, day))
    }

    /// A day of it, as a field of the browser has it.
    pub(super) fn day(self, day: u32) -> String {
        format!("{:04}-{:02}-{day:02}", self.year, self.month)
    }

    /// So many months on, or back; within the years that are offered.
    pub(super) fn moved(self, by: i32) -> Self {
        let months = self.year * 12 + i32::try_from(self.month).unwrap_or(1) - 1 + by;
        let year = months.div_euclid(12);
        let month = u32::try_from(months.rem_euclid(12)).unwrap_or(0) + 1;
        if YEARS.contains(&year) {
            Self { year, month }
        } else {
            self
        }
    }

    pub(super) const fn days(self) -> u32 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.is_in_leap_year() => 29,
            2 => 28,
            _ => 31,
        }
    }

    const fn is_in_leap_year(self) -> bool {
        self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
    }

    /// How many days of the week are before its first: none when that is a Monday.
    pub(super) fn before(self) -> usize {
        // Days since Monday, 2000-01-03, counted from the month's first.
        let first = Self {
            year: 2000,
            month: 1,
        };
        let mut days = -2;
        let mut month = first;
        while month != self {
            let is_later = (self.year, self.month) > (month.year, month.month);
            let next = month.stepped(is_later);
            let passed = if is_later { month } else { next };
            let passed = i64::from(passed.days());
            days += if is_later { passed } else { -passed };
            month = next;
        }
        usize::try_from(i64::rem_euclid(days, 7)).unwrap_or(0)
    }

    const fn stepped(self, on: bool) -> Self {
        match (self.month, on) {
            (12, true) => Self {
                year: self.year + 1,
                month: 1,
            },
            (1, false) => Self {
                year: self.year - 1,
                month: 12,
            },
            (month, true) => Self {
                year: self.year,
                month: month + 1,
            },
            (month, false) => Self {
                year: self.year,
                month: month - 1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date};

    use super::*;

    /// By somebody else's calendar.
    #[test]
    fn every_month_that_is_offered_begins_and_ends_right() {
        for year in YEARS {
            for month in 1..=12_i8 {
                let this = Month {
                    year,
                    month: month.unsigned_abs().into(),
                };
                let first = date(i16::try_from(year).unwrap(), month, 1);
                assert_eq!(this.days(), u32::from(first.days_in_month().unsigned_abs()));
                let before = first.weekday().since(Weekday::Monday);
                assert_eq!(
                    this.before(),
                    usize::from(before.unsigned_abs()),
                    "{this:?}"
                );
                assert_eq!(this.day(1), first.to_string());
            }
        }
    }

    #[test]
    fn months_follow_each_other_and_end_with_the_years() {
        let month = |year, month| Month { year, month };
        assert_eq!(month(2026, 12).moved(1), month(2027, 1));
        assert_eq!(month(2026, 1).moved(-1), month(2025, 12));
        assert_eq!(month(2026, 5).moved(-12), month(2025, 5));
        assert_eq!(month(2000, 1).moved(-1), month(2000, 1));
        assert_eq!(month(2099, 12).moved(12), month(2099, 12));
    }

    #[test]
    fn only_a_day_is_read() {
        let day = |text| Month::parse(text).map(|(month, day)| month.day(day));
        for good in ["2026-11-30", "2024-02-29"] {
            assert_eq!(day(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "2026-11",
            "2026-02-29",
            "2026-13-01",
            "2026-11-31",
            "2026-11-3x",
            "1-1-1-1",
        ] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }
}
