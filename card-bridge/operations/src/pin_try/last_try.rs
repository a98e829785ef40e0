//! The last try of a card's PIN. Where PINs are typed in the page there is no
//! window of the bridge that could ask, and a field or a box of the page proves
//! nothing; what no page can do is to pull the card and insert it again. So the
//! last try is refused once, and taken from the same origin for the same card if
//! that was inserted anew soon after (ADR 34).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sha2::{Digest as _, Sha256};

use crate::moment::Moment;

/// How long after the refusal the card may be inserted and the PIN be typed.
const SOON: Duration = Duration::from_mins(2);

/// What is done about a last try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LastTry {
    /// It is refused; the person is asked outside of the page.
    Ask,
    /// A person said so outside of the page, or types on the reader itself.
    Confirmed,
    /// It is taken after the card was inserted anew.
    AfterInsertion,
}

/// The last tries that were refused, by reader.
#[derive(Debug, Default)]
pub struct LastTries(Mutex<HashMap<String, Refused>>);

#[derive(Debug)]
struct Refused {
    origin: String,
    card: [u8; 32],
    insertion: u64,
    at: Moment,
}

impl LastTries {
    /// From here on no insertion follows a refusal from before.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last try of this card (its certificate) may be used now;
    /// notes that it was refused if not.
    pub fn allow(
        &self,
        reader: &str,
        insertion: Option<u64>,
        origin: &str,
        certificate: &[u8],
        now: Moment,
    ) -> bool {
        let Some(insertion) = insertion else {
            return false;
        };
        let card: [u8; 32] = Sha256::digest(certificate).into();
        let mut all = self.lock();
        let before = all.remove(reader);
        let same = before.filter(|before| before.origin == origin && before.card == card);
        let at = match same {
            Some(before) if before.insertion < insertion => {
                if before.at.time_until(now) < SOON {
                    return true;
                }
                now
            }
            // A page that keeps asking does not keep its refusal young.
            Some(before) if before.insertion == insertion => before.at,
            _ => now,
        };
        let refused = Refused {
            origin: origin.to_owned(),
            card,
            insertion,
            at,
        };
        all.insert(reader.to_owned(), refused);
        false
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::LastTries;
    use crate::moment::Moment;

    const BEGIN: Moment = Moment {
        steady: Duration::ZERO,
        wall: jiff::Timestamp::UNIX_EPOCH,
    };

    /// Insertion, origin, certificate, seconds; and whether it is allowed.
    type Call = (Option<u64>, &'static str, &'static [u8], u32, bool);

    fn run(calls: &[Call]) {
        run_by(calls, |begin, seconds| begin.after(seconds.into(), 0));
        run_by(calls, |begin, seconds| begin.after(0, seconds.into()));
        // A clock that is set back holds nothing open.
        run_by(calls, |begin, seconds| {
            begin.after(seconds.into(), -i64::from(seconds))
        });
    }

    fn run_by(calls: &[Call], at: impl Fn(Moment, u32) -> Moment) {
        let refused = LastTries::default();
        for &(insertion, origin, certificate, seconds, allowed) in calls {
            let now = at(BEGIN, seconds);
            let outcome = refused.allow("R", insertion, origin, certificate, now);
            assert_eq!(outcome, allowed, "{insertion:?} {seconds}");
        }
    }

    const HERE: &str = "https://a.example";

    #[test]
    fn the_same_card_inserted_anew_is_a_confirmation_once() {
        run(&[
            (Some(1), HERE, b"c", 0, false),
            (Some(1), HERE, b"c", 1, false),
            (Some(2), HERE, b"c", 9, true),
            (Some(2), HERE, b"c", 10, false),
            (Some(3), HERE, b"c", 11, true),
        ]);
    }

    #[test]
    fn a_service_that_was_started_anew_confirms_nothing() {
        let refused = LastTries::default();
        let allow = |insertion| refused.allow("R", Some(insertion), HERE, b"c", BEGIN);
        assert!(!allow(1));
        refused.forget();
        assert!(!allow(2));
        assert!(allow(3), "a person inserted it after that");
    }

    #[test]
    fn nothing_else_is() {
        // Another card, another origin, no card by the system's word.
        run(&[
            (Some(1), HERE, b"c", 0, false),
            (Some(2), HERE, b"d", 1, false),
        ]);
        run(&[
            (Some(1), HERE, b"c", 0, false),
            (Some(2), "https://b.example", b"c", 1, false),
            (Some(2), HERE, b"c", 2, false),
        ]);
        run(&[
            (Some(1), HERE, b"c", 0, false),
            (None, HERE, b"c", 1, false),
        ]);
        // Too late; and a page that asks again and again does not hold it open.
        run(&[
            (Some(1), HERE, b"c", 0, false),
            (Some(1), HERE, b"c", 119, false),
            (Some(2), HERE, b"c", 120, false),
            (Some(3), HERE, b"c", 121, true),
        ]);
    }
}
