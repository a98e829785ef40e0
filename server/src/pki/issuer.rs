//! How long the CA can still issue: it refuses ten years before its end, which is long
//! after whoever set it up has left, so it has to be said in time.

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

use super::{CertificateAuthority, PkiError};

/// An operation that begins now may be under way for so long
/// (`operations.abandon_hours`, at most 720, and a day): it begins only if its
/// certificate can be issued all that time. 延期 with a new key has given the old one up
/// by then.
const LONGEST_OPERATION: SignedDuration = SignedDuration::from_hours(31 * 24);

/// It is said so many years before that the CA will not issue any more.
const WARN_YEARS: i64 = 2;

/// What the CA's own end means now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerState {
    /// It issues, and will for years.
    Good,
    /// It issues, for less than two years.
    EndsSoon,
    /// It ends within ten years: 延期 and 制卡 are refused.
    IssuesNoMore,
    /// It is over, or has not begun: logins and acts under it are refused, too.
    NotValid,
}

impl CertificateAuthority {
    /// What the CA's own end means at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> IssuerState {
        let validity = self.validity();
        if now < validity.not_before || now.as_second() > validity.not_after.as_second() {
            IssuerState::NotValid
        } else if self.can_begin(now).is_err() {
            IssuerState::IssuesNoMore
        } else if later(now, WARN_YEARS).is_none_or(|then| self.can_begin(then).is_err()) {
            IssuerState::EndsSoon
        } else {
            IssuerState::Good
        }
    }

    /// Whether what ends with a new certificate of ten years can begin now.
    ///
    /// # Errors
    ///
    /// As [`Self::ten_years_from`].
    pub fn can_begin(&self, now: Timestamp) -> Result<(), PkiError> {
        self.ten_years_from(now)?;
        let done = now.checked_add(LONGEST_OPERATION);
        self.ten_years_from(done.map_err(|_range| PkiError::Time)?)?;
        Ok(())
    }
}

fn later(time: Timestamp, years: i64) -> Option<Timestamp> {
    let later = time.to_zoned(TimeZone::UTC).checked_add(years.years());
    later.ok().map(|later| later.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_before_it_is_refused_and_refused_before_it_is_over() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let authority = CertificateAuthority::create("x", at("2026-11-22T05:06:07Z")).unwrap();
        for (now, state) in [
            ("2026-11-22T05:01:06Z", IssuerState::NotValid),
            ("2026-11-22T05:01:07Z", IssuerState::Good),
            ("2044-10-22T05:06:07Z", IssuerState::Good),
            ("2044-10-22T05:06:08Z", IssuerState::EndsSoon),
            ("2046-10-22T05:06:07Z", IssuerState::EndsSoon),
            // 31 days before the certificate would be longer than the CA.
            ("2046-10-22T05:06:08Z", IssuerState::IssuesNoMore),
            ("2056-11-22T05:06:07Z", IssuerState::IssuesNoMore),
            ("2056-11-22T05:06:08Z", IssuerState::NotValid),
        ] {
            assert_eq!(authority.state(at(now)), state, "{now}");
        }
        // What was begun in time is finished.
        assert!(authority.ten_years_from(at("2046-11-22T05:06:07Z")).is_ok());
        assert!(matches!(
            authority.ten_years_from(at("2046-11-22T05:06:08Z")),
            Err(PkiError::OutlivesIssuer { .. })
        ));
    }
}
