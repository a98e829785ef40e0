//! How far the machine's clock is believed. A clock can be wrong when the machine
//! starts, be set by hand, be put right by the network's time, or be stopped with the
//! whole machine; none of that may give life to what has ended, or end for good what is
//! under way.
//!
//! - What is said here never falls behind the newest time that is known: that of this
//!   process, of the newest checkpoint, and of when the server was last sure.
//! - Where the clock leaves the time that has passed by more than a minute, it is in
//!   [`Doubt`]. If it fell behind, time goes on from what was known. If it ran ahead, it
//!   is believed (most often it was put right), but it becomes no floor: when it comes
//!   back, nothing stays ahead.
//! - While there is a doubt, what can't be undone is not done. It ends when the clock
//!   comes back to the time that has passed, or when a person says that it is right.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::Clock;

/// Clocks are corrected by less than this all the time.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Longer than this no server stands still without somebody knowing.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How far a confirmation may be from the clock that it is about: it is read seconds
/// after it was written.
const CONFIRMATION_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// Why the machine's clock is not believed without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is so far ahead of the time that has passed.
    Ahead(SignedDuration),
    /// It is so far behind the newest time that is known.
    Behind(SignedDuration),
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (by, than) = match *self {
            Self::Ahead(by) => (by, "ahead of the time that has passed"),
            Self::Behind(by) => (by, "behind the newest time that is known"),
        };
        write!(
            formatter,
            "the machine's clock is {} {than}: put it right, or say that it is with \
             `server clock confirm`",
            InWords(by)
        )
    }
}

/// A time as people say it: so many days, hours, minutes and seconds.
struct InWords(SignedDuration);

impl fmt::Display for InWords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.as_hours() / 24, self.0.as_secs() % (24 * 3600));
        if days > 0 {
            write!(formatter, "{days} d ")?;
        }
        write!(
            formatter,
            "{} h {} min {} s",
            rest / 3600,
            rest / 60 % 60,
            rest % 60
        )
    }
}

/// What is known of the time when a server starts.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// The newest time of all: no time falls behind it.
    pub newest: Timestamp,
    /// When a server was last sure of its clock: a clock far ahead of it is in doubt,
    /// whatever was signed under it meanwhile.
    pub sure: Timestamp,
    /// Whether a doubt had not ended when a server was heard of last.
    pub was_in_doubt: bool,
    /// What a person said last.
    pub confirmed: Option<Timestamp>,
}

impl Beginning {
    /// From one time alone.
    #[must_use]
    pub const fn at(newest: Timestamp) -> Self {
        Self {
            newest,
            sure: newest,
            was_in_doubt: false,
            confirmed: None,
        }
    }
}

/// A clock and what is known of the time besides.
#[derive(Debug)]
pub struct ClockWatch {
    clock: Arc<dyn Clock>,
    known: Mutex<Option<Known>>,
    /// What a person said last, as far as it was heard: it is heard once.
    heard: Mutex<Option<Timestamp>>,
}

/// What was known of the time when the clock was last believed.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// The time then.
    time: Timestamp,
    /// Since when it counts, as [`Clock::elapsed`] says.
    at: Duration,
    /// The newest time that was given, other than one ahead of the time that passed.
    given: Timestamp,
    doubt: Option<Doubt>,
}

impl ClockWatch {
    /// Watches this clock, which is believed as it is now unless [`Self::start`] says
    /// what is known.
    #[must_use]
    pub const fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            known: Mutex::new(None),
            heard: Mutex::new(None),
        }
    }

    /// Begins from what is known.
    pub fn start(&self, beginning: Beginning) {
        self.hear(beginning.confirmed);
        let wall = self.clock.now();
        let pause = wall.duration_since(beginning.sure);
        // A server that was stopped for a while comes back later than it went; one that
        // was in doubt when it was stopped comes back in doubt.
        let longest = if beginning.was_in_doubt {
            TOLERANCE
        } else {
            LONGEST_PAUSE
        };
        let time = if wall < beginning.newest {
            beginning.newest
        } else if pause <= longest {
            wall
        } else {
            beginning.sure
        };
        *self.known() = Some(Known::believed(time, self.clock.elapsed()));
        self.now();
    }

    /// What a person said up to now is no answer to a doubt that comes later.
    pub fn hear(&self, confirmed: Option<Timestamp>) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = confirmed;
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.look().0
    }

    /// How long it is since some moment of the process, whatever the clock shows: for
    /// whoever waits for something.
    pub fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// The time, if it is believed without a person.
    pub(crate) fn sure(&self) -> Option<Timestamp> {
        let (time, doubt) = self.look();
        doubt.is_none().then_some(time)
    }

    /// Why the clock is not believed without a person, if so.
    pub fn doubt(&self) -> Option<Doubt> {
        self.look().1
    }

    /// A person said at `confirmed` that the clock is right. False when that is not the
    /// time that this machine shows, or was heard before.
    pub fn confirm(&self, confirmed: Timestamp) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.replace(confirmed) == Some(confirmed) {
            return false;
        }
        let wall = self.clock.now();
        if wall.duration_since(confirmed).abs() > CONFIRMATION_LIFE {
            return false;
        }
        let mut known = self.known();
        if known.is_some_and(|known| known.doubt.is_some()) {
            tracing::warn!(time = %wall, "a person confirmed the machine's clock");
        }
        *known = Some(Known::believed(wall, self.clock.elapsed()));
        true
    }

    fn look(&self) -> (Timestamp, Option<Doubt>) {
        let (wall, at) = (self.clock.now(), self.clock.elapsed());
        let mut slot = self.known();
        let known = slot.get_or_insert(Known::believed(wall, at));
        let passed = SignedDuration::try_from(at.saturating_sub(known.at));
        let expected = known
            .time
            .saturating_add(passed.unwrap_or(SignedDuration::MAX));
        let expected = expected.unwrap_or(Timestamp::MAX);
        let by = wall.duration_since(expected);
        if by.abs() <= TOLERANCE {
            if known.doubt.is_some() {
                tracing::warn!(time = %wall, "the machine's clock is back where it should be");
            }
            // A clock that is corrected by seconds stands still until it is as far again.
            *known = Known::believed(wall.max(known.given), at);
            return (known.time, None);
        }
        let (doubt, time) = if by > SignedDuration::ZERO {
            (Doubt::Ahead(by), wall)
        } else {
            known.given = known.given.max(expected);
            (Doubt::Behind(by.abs()), known.given)
        };
        let is_new = known.doubt.is_none_or(|before| before.differs(doubt));
        if is_new {
            tracing::error!(clock = %wall, %expected, "{doubt}");
            known.doubt = Some(doubt);
        }
        (time, Some(doubt))
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The clock is believed: it is `time` now.
    const fn believed(time: Timestamp, at: Duration) -> Self {
        Self {
            time,
            at,
            given: time,
            doubt: None,
        }
    }
}

impl Doubt {
    /// Whether it is another one, and worth saying again.
    fn differs(self, other: Self) -> bool {
        match (self, other) {
            (Self::Ahead(one), Self::Ahead(other)) | (Self::Behind(one), Self::Behind(other)) => {
                (one - other).abs() > TOLERANCE
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests;
