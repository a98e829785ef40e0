//! The cards that one page holds on to: a card whose PIN the page verified, or
//! on which a server's program runs, keeps its connection between operations.
//! Without one the system would power it down and the card would forget. What a PIN or a
//! program opened has an end: some minutes without use, and some more with it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use card_operations::{
    card_state::CardState,
    lifetime::{Limits, Opened},
    moment::Moment,
    piv_card::Piv,
    ready::ready,
};
use card_protocol::CardError;
use tokio::sync::watch;

use super::{Blocking, cancel::CancelToken};
use crate::reader::{CardConnection, Sharing, in_transaction};

/// The connections of one page, by reader. What is done with one of them holds none of
/// the others up: an operation takes its card out for as long as it lasts, and what is
/// let go of meanwhile ends with it.
#[derive(Default)]
pub struct HeldCards {
    state: Mutex<Cards>,
    /// How many operations have a card out.
    out: watch::Sender<usize>,
}

#[derive(Default)]
struct Cards {
    held: HashMap<String, Held>,
    /// The number of the page that they serve.
    page: Option<u64>,
    /// How often all of them were let go of.
    releases: u64,
}

/// A card that was let go of. It is reset, if it has to be, when this is dropped, which
/// blocks for as long as the card is at work for another page.
pub struct LetGo(#[expect(dead_code, reason = "its end is what counts")] Held);

struct Held {
    connection: Box<dyn CardConnection>,
    state: CardState,
    /// `None` while there is nothing that has to end.
    opened: Option<Opened>,
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

impl Need {
    const fn sharing(self) -> Sharing {
        match self {
            Self::Look | Self::Turn => Sharing::Shared,
            Self::Pin => Sharing::Alone,
        }
    }
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
    /// How often all cards had been let go of when it was called for
    /// ([`HeldCards::releases`]): what a person, or a program, takes its time for is not
    /// kept by who let go meanwhile.
    pub releases: u64,
    /// Waits a moment and says whether it is tried again, where the card could not
    /// be had: nothing was done yet.
    pub again: &'a dyn Fn(Missed) -> bool,
}

/// A card that could not be had.
#[derive(Clone, Copy, Debug)]
pub struct Missed {
    /// Why.
    pub error: CardError,
    /// A connection that was there ended with the smart-card service.
    pub service_ended: bool,
}

impl Held {
    fn new(connection: Box<dyn CardConnection>) -> Self {
        Self {
            connection,
            state: CardState::default(),
            opened: None,
        }
    }

    fn expired(&self, now: Moment, limits: Limits) -> bool {
        self.opened
            .is_some_and(|opened| limits.are_over(&opened, now))
    }

    /// Notes that it was used, and since when it is open. A look is no use: pages look by
    /// themselves, with nobody there.
    fn note(&mut self, turn: &Turn<'_>) {
        if turn.need == Need::Look {
            return;
        }
        self.opened = Opened::used(self.opened, &mut self.state, turn.now);
    }
}

impl Drop for Held {
    /// However it ends.
    fn drop(&mut self) {
        if self.state.has_to_end() {
            self.connection.reset_at_end();
        }
    }
}

/// A card that an operation has out. It goes back with [`Self::back`], or is let go of.
struct Out<'a> {
    cards: &'a HeldCards,
    reader: &'a str,
    held: Option<Held>,
    page: Option<u64>,
    releases: u64,
}

impl Out<'_> {
    /// The card is not there any more, or not for this page.
    fn let_go(&mut self) {
        self.held = None;
    }

    /// Puts the card back, unless all were let go of meanwhile.
    fn back(mut self) {
        let mut cards = self.cards.lock();
        if cards.releases != self.releases {
            return;
        }
        if let Some(mut held) = self.held.take() {
            if cards.page != self.page {
                held.state.exchange = None;
            }
            cards.held.insert(self.reader.to_owned(), held);
        }
    }
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        // Reset before anybody hears that it is over.
        self.let_go();
        self.cards.out.send_modify(|out| *out -= 1);
    }
}

impl HeldCards {
    /// From here on the cards serve the page with this number. What was sealed
    /// for another one is not opened for it.
    pub fn serve(&self, page: u64) {
        let mut cards = self.lock();
        if cards.page.replace(page) != Some(page) {
            for held in cards.held.values_mut() {
                held.state.exchange = None;
            }
        }
    }

    /// Runs `work` on the card in `reader`, in one transaction. `connect` is
    /// called unless the card is held already. Blocks; what else is held can be let go
    /// of meanwhile. One operation at a time for each reader.
    ///
    /// # Errors
    /// Those of `connect`, of the reader and of `work`;
    /// [`CardError::CardInUse`] if a PIN is to be verified while another program
    /// is connected to the card, and [`Turn::again`] waited for it long enough.
    pub fn run<T>(
        &self,
        reader: &str,
        turn: &Turn<'_>,
        connect: impl Fn() -> Result<Box<dyn CardConnection>, CardError>,
        work: impl AsyncFnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let mut out = self.take_out(reader, turn);
        let mut work = Some(work);
        let (mut may_retry, mut service_ended) = (true, false);
        let missed = |error, service_ended| {
            (turn.again)(Missed {
                error,
                service_ended,
            })
        };
        loop {
            let connected = match out.held.take() {
                Some(held) => Ok(held),
                None => connect().map(Held::new),
            };
            let held = match connected {
                Ok(held) => out.held.insert(held),
                Err(error) if missed(error, service_ended) => continue,
                Err(error) => return Err(error),
            };
            let Held {
                connection, state, ..
            } = &mut *held;
            let begun = in_transaction(&mut **connection, turn.need.sharing(), |card| {
                // The card says so once, whatever becomes of the operation.
                if card.was_reset() {
                    *state = CardState::default();
                }
                turn.stop.begin()?;
                let work = work.take().ok_or(CardError::ReaderError)?;
                let mut card = Blocking(card);
                ready(work(&mut Piv::new(&mut card, turn.stop), state))
            });
            let result = match begun {
                // That card is gone, or the service was started anew; there may
                // be another one by now. Nothing was done yet.
                Err(error @ (CardError::CardRemoved | CardError::NoReader)) if may_retry => {
                    may_retry = false;
                    service_ended = error == CardError::NoReader;
                    out.let_go();
                    continue;
                }
                Err(error) => {
                    // While it is waited for, others shall get at the card.
                    out.let_go();
                    if work.is_some() && missed(error, service_ended) {
                        continue;
                    }
                    return Err(error);
                }
                Ok(result) => result,
            };
            held.note(turn);
            let is_mute = turn.stop.is_given_up() || matches!(result, Err(CardError::CardMute));
            if is_mute || matches!(result, Err(CardError::ReaderError)) {
                // Whatever it is in the middle of.
                held.connection.reset_at_end();
            }
            let is_lost = matches!(
                result,
                Err(CardError::CardRemoved | CardError::NoReader | CardError::ReaderError)
            );
            if !is_lost && !is_mute && held.state.is_worth_keeping() {
                out.back();
            }
            return result;
        }
    }

    fn take_out<'a>(&'a self, reader: &'a str, turn: &Turn<'_>) -> Out<'a> {
        self.out.send_modify(|out| *out += 1);
        let mut cards = self.lock();
        let held = cards.held.remove(reader);
        let mut out = Out {
            cards: self,
            reader,
            held: None,
            page: cards.page,
            releases: turn.releases,
        };
        drop(cards);
        out.held = held.filter(|held| !held.expired(turn.now, turn.limits));
        out
    }

    /// How often all cards were let go of so far.
    #[must_use]
    pub fn releases(&self) -> u64 {
        self.lock().releases
    }

    /// Whether the PIN of the card in `reader` was verified by this page. Only
    /// the card itself knows whether it still is.
    #[must_use]
    pub fn is_verified(&self, reader: &str) -> bool {
        let cards = self.lock();
        let held = cards.held.get(reader);
        held.is_some_and(|held| held.state.is_verified)
    }

    /// Whether no card is held, and none is at work.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self.out.borrow() == 0 && self.lock().held.is_empty()
    }

    /// The cards that have been verified for too long, to be let go of: each for
    /// itself.
    #[must_use]
    pub fn expire(&self, now: Moment, limits: Limits) -> Vec<LetGo> {
        let mut cards = self.lock();
        let expired = cards
            .held
            .extract_if(|_reader, held| held.expired(now, limits));
        expired.map(|(_reader, held)| LetGo(held)).collect()
    }

    /// Lets go of all cards: each of the given ones when it is dropped, each that is at
    /// work as soon as that ends. Those that a PIN was for, or on which a program
    /// ran, are reset by their connections' end, so that nobody after it can use
    /// them.
    #[must_use]
    pub fn release(&self) -> Vec<LetGo> {
        let mut cards = self.lock();
        cards.releases += 1;
        cards
            .held
            .drain()
            .map(|(_reader, held)| LetGo(held))
            .collect()
    }

    /// Waits until no card is at work.
    pub async fn at_rest(&self) {
        let mut out = self.out.subscribe();
        // The sender is a part of this.
        drop(out.wait_for(|out| *out == 0).await);
    }

    fn lock(&self) -> MutexGuard<'_, Cards> {
        // Whoever panics has its card out.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
