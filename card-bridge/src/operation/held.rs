//! The cards that one page holds on to: a card whose PIN the page verified, or
//! on which a server's program runs, keeps its connection between operations.
//! Without one the system would power it down and the card would forget. What is
//! verified has an end: some minutes without use, and some more with it.

use std::{collections::HashMap, time::Duration};

use card_protocol::{CardError, ChipId, sealing::ExchangeKey};

use super::{Piv, cancel::CancelToken};
use crate::{
    clock::Moment,
    reader::{CardConnection, in_transaction},
};

/// The connections of one page, by reader.
#[derive(Default)]
pub struct HeldCards {
    cards: HashMap<String, Held>,
    /// The number of the page that they serve.
    page: Option<u64>,
}

struct Held {
    connection: Box<dyn CardConnection>,
    state: CardState,
    /// `None` while no PIN is verified.
    verified: Option<Verified>,
}

/// Since when a PIN is verified.
#[derive(Clone, Copy, Debug)]
struct Verified {
    since: Moment,
    used: Moment,
}

/// How long a verified card stays so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// After its last use.
    pub idle: Duration,
    /// After its PIN was typed, however much it is used.
    pub absolute: Duration,
}

impl Limits {
    /// Whether it is over. A clock that is set back does not make it longer.
    fn are_over(&self, verified: &Verified, now: Moment) -> bool {
        verified.used.time_until(now) >= self.idle
            || verified.since.time_until(now) >= self.absolute
    }
}

/// What an operation does with the card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Need {
    /// It reads what is public, and is asked for again by itself: nothing else of the
    /// page's waits for it.
    Look,
    /// It reads, runs a program, or uses what is verified.
    Turn,
    /// A PIN is verified: no other program may be connected from here on.
    Pin,
}

/// One operation's turn.
pub struct Turn<'a> {
    /// How it is stopped.
    pub stop: &'a CancelToken,
    /// What it does.
    pub need: Need,
    /// When it is.
    pub now: Moment,
    /// How long a card stays verified.
    pub limits: Limits,
    /// Waits a moment and says whether it is tried again, where the card could not
    /// be had: nothing was done yet.
    pub again: &'a dyn Fn(CardError) -> bool,
}

/// What this page knows of a card since it was last reset.
#[derive(Debug, Default)]
pub struct CardState {
    /// This page verified the PIN. What other pages or programs verified does
    /// not count.
    pub is_verified: bool,
    /// It did so in this very operation: what ends after some time begins anew.
    pub was_proven: bool,
    /// This page had a PIN sent, whatever came of it.
    pub had_pin: bool,
    /// The operation of the server whose program ran last.
    pub operation: Option<String>,
    /// The chip id that was read for it: in one connection without a reset it
    /// is the same card all along.
    pub chip: Option<ChipId>,
    /// The bridge's key of this exchange, to which the server seals its
    /// programs. It ends with the connection, with a reset and with the page.
    pub exchange: Option<ExchangeKey>,
}

impl CardState {
    /// The card took the right PIN just now.
    pub fn pin_was_right(&mut self) {
        self.is_verified = true;
        self.was_proven = true;
    }

    /// Whether there is anything to keep the connection for.
    fn is_worth_keeping(&self) -> bool {
        self.is_verified
            || self.operation.is_some()
            || self.chip.is_some()
            || self.exchange.is_some()
    }
}

impl Held {
    fn new(connection: Box<dyn CardConnection>) -> Self {
        Self {
            connection,
            state: CardState::default(),
            verified: None,
        }
    }

    fn expired(&self, now: Moment, limits: Limits) -> bool {
        self.verified
            .is_some_and(|verified| limits.are_over(&verified, now))
    }

    /// Notes that it was used, and since when it is verified: a PIN that was never sent,
    /// or was wrong, makes that no longer.
    fn note(&mut self, turn: &Turn<'_>) {
        let was_proven = std::mem::take(&mut self.state.was_proven);
        let since = match self.verified {
            Some(verified) if !was_proven => verified.since,
            _ => turn.now,
        };
        self.verified = self.state.is_verified.then_some(Verified {
            since,
            used: turn.now,
        });
    }

    /// Gets the connection ready for what is to be done.
    fn prepare(&mut self, need: Need) -> Result<(), CardError> {
        match need {
            Need::Look | Need::Turn => Ok(()),
            Need::Pin => self.connection.take_alone(),
        }
    }
}

impl Drop for Held {
    /// However it ends: a card that got a PIN, or a program in which a server
    /// authenticated itself, is not for the next one as it is.
    fn drop(&mut self) {
        if self.state.had_pin || self.state.operation.is_some() {
            self.connection.reset_at_end();
        }
    }
}

impl HeldCards {
    /// From here on the cards serve the page with this number. What was sealed
    /// for another one is not opened for it.
    pub fn serve(&mut self, page: u64) {
        if self.page.replace(page) != Some(page) {
            for held in self.cards.values_mut() {
                held.state.exchange = None;
            }
        }
    }

    /// Runs `work` on the card in `reader`, in one transaction. `connect` is
    /// called unless the card is held already. Blocks.
    ///
    /// # Errors
    /// Those of `connect`, of the reader and of `work`;
    /// [`CardError::CardInUse`] if a PIN is to be verified while another program
    /// is connected to the card, and [`Turn::again`] waited for it long enough.
    pub fn run<T>(
        &mut self,
        reader: &str,
        turn: &Turn<'_>,
        connect: impl Fn() -> Result<Box<dyn CardConnection>, CardError>,
        work: impl FnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let mut work = Some(work);
        let mut may_retry = true;
        loop {
            let held = self
                .cards
                .remove(reader)
                .filter(|held| !held.expired(turn.now, turn.limits));
            let connected = held.map_or_else(|| connect().map(Held::new), Ok);
            let mut held = match connected {
                Ok(held) => held,
                Err(error) if (turn.again)(error) => continue,
                Err(error) => return Err(error),
            };
            let begun = held.prepare(turn.need).and_then(|()| {
                let Held {
                    connection, state, ..
                } = &mut held;
                in_transaction(&mut **connection, |card| {
                    turn.stop.begin()?;
                    if card.was_reset() {
                        *state = CardState::default();
                    }
                    let work = work.take().ok_or(CardError::ReaderError)?;
                    work(&mut Piv::new(card, turn.stop), state)
                })
            });
            let result = match begun {
                // That card is gone, or the service was started anew; there may
                // be another one by now. Nothing was done yet.
                Err(CardError::CardRemoved | CardError::NoReader) if may_retry => {
                    may_retry = false;
                    continue;
                }
                Err(error) => {
                    // While it is waited for, others shall get at the card.
                    drop(held);
                    if work.is_some() && (turn.again)(error) {
                        continue;
                    }
                    return Err(error);
                }
                Ok(result) => result,
            };
            held.note(turn);
            let is_lost = matches!(
                result,
                Err(CardError::CardRemoved | CardError::NoReader | CardError::ReaderError)
            );
            if !is_lost && held.state.is_worth_keeping() {
                self.cards.insert(reader.to_owned(), held);
            }
            return result;
        }
    }

    /// Whether the PIN of the card in `reader` was verified by this page. Only
    /// the card itself knows whether it still is.
    #[must_use]
    pub fn is_verified(&self, reader: &str) -> bool {
        self.cards
            .get(reader)
            .is_some_and(|held| held.state.is_verified)
    }

    /// Whether any card is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// Whether a card has been verified for too long.
    #[must_use]
    pub fn has_expired(&self, now: Moment, limits: Limits) -> bool {
        self.cards.values().any(|held| held.expired(now, limits))
    }

    /// Lets go of the cards that have been verified for too long. Blocks.
    pub fn expire(&mut self, now: Moment, limits: Limits) {
        self.cards
            .retain(|_reader, held| !held.expired(now, limits));
    }

    /// Lets go of all cards. Those that a PIN was for, or on which a program
    /// ran, are reset by their connections' end, so that nobody after it can use
    /// them. Blocks.
    pub fn release(&mut self) {
        self.cards.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Limits, Verified};
    use crate::clock::{self, Moment};

    #[test]
    fn what_is_verified_ends_unused_and_ends_used() {
        let limits = Limits {
            idle: Duration::from_mins(1),
            absolute: Duration::from_mins(10),
        };
        let begin = Moment::now(&clock::system());
        let are_over = |used: Moment, now: Moment| {
            let verified = Verified { since: begin, used };
            limits.are_over(&verified, now)
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
