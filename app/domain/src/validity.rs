//! The validity of a certificate and what follows from it. It is always
//! computed from the confirmed certificate; no column holds a date of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::beijing::days_between;

/// From when to when a certificate is good (RFC 5280 §4.1.2.5), both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Validity {
    /// The first second of validity.
    #[serde(with = "crate::micros")]
    pub not_before: Timestamp,
    /// The last second of validity.
    #[serde(with = "crate::micros")]
    pub not_after: Timestamp,
}

/// What a validity means now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// The validity has not begun.
    NotYetValid,
    /// Good, and for longer than the warning window.
    Good,
    /// Good, and ends within the warning window.
    Expiring {
        /// Calendar days that are left, see [`Validity::days_left`].
        days_left: i64,
    },
    /// The validity is over.
    Expired,
}

impl Validity {
    /// What this validity means at `now`, with a warning `window` before its end.
    #[must_use]
    pub fn status(&self, now: Timestamp, window: SignedDuration) -> CertificateStatus {
        if now < self.not_before {
            return CertificateStatus::NotYetValid;
        }
        if now > self.not_after {
            return CertificateStatus::Expired;
        }
        if self.not_after.duration_since(now) <= window {
            CertificateStatus::Expiring {
                days_left: self.days_left(now),
            }
        } else {
            CertificateStatus::Good
        }
    }

    /// Calendar days in Beijing until the day on which it ends: 0 is today.
    /// The end is shown as a date beside it, so people count dates, not hours.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        days_between(now, self.not_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS_PER_DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn both_ends_are_included() {
        let validity = Validity {
            not_before: at(100),
            not_after: at(1_000_000),
        };
        let window = SignedDuration::from_secs(2 * SECONDS_PER_DAY);
        let status = |now| validity.status(at(now), window);
        assert_eq!(status(99), CertificateStatus::NotYetValid);
        assert_eq!(status(100), CertificateStatus::Good);
        assert_eq!(
            status(1_000_000 - 2 * SECONDS_PER_DAY - 1),
            CertificateStatus::Good
        );
        assert_eq!(
            status(1_000_000 - 2 * SECONDS_PER_DAY),
            CertificateStatus::Expiring { days_left: 2 }
        );
        assert_eq!(
            status(1_000_000),
            CertificateStatus::Expiring { days_left: 0 }
        );
        assert_eq!(status(1_000_001), CertificateStatus::Expired);
    }

    #[test]
    fn days_are_counted_as_a_calendar_does() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = SignedDuration::from_hours(24 * 90);
        let days = |now: &str, end: &str| {
            let validity = Validity {
                not_before: Timestamp::UNIX_EPOCH,
                not_after: time(end),
            };
            match validity.status(time(now), window) {
                CertificateStatus::Expiring { days_left } => days_left,
                other => panic!("{now} {end}: {other:?}"),
            }
        };
        for (now, end, expected) in [
            // 27 days and 23 hours: the date is 28 days away.
            ("2026-11-22T09:00:00+08:00", "2026-12-20T08:00:00+08:00", 28),
            // A minute that ends tomorrow is not today's.
            ("2026-11-22T23:59:00+08:00", "2026-11-23T00:00:00+08:00", 1),
            // The last day, from its first second to its last.
            ("2026-11-22T00:00:00+08:00", "2026-11-22T23:59:59+08:00", 0),
            ("2026-11-22T23:59:59+08:00", "2026-11-22T23:59:59+08:00", 0),
            // In UTC this is the day before.
            ("2026-11-22T07:00:00+08:00", "2026-11-22T09:00:00+08:00", 0),
            // The window's first second.
            ("2026-11-22T12:00:00+08:00", "2027-02-20T12:00:00+08:00", 90),
        ] {
            assert_eq!(days(now, end), expected, "{now} {end}");
        }
    }
}
