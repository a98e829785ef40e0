//! The validity of a certificate and what follows from it. It is always
//! computed from the confirmed certificate; no column holds a date of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

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
        /// Whole days that are left.
        days_left: i64,
    },
    /// The validity is over.
    Expired,
}

const SECONDS_PER_DAY: i64 = 86_400;

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
        let left = self.not_after.duration_since(now);
        if left <= window {
            CertificateStatus::Expiring {
                days_left: left.as_secs() / SECONDS_PER_DAY,
            }
        } else {
            CertificateStatus::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
