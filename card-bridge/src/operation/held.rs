//! The cards that one page holds on to: a card whose PIN the page verified, or
//! on which a server's program runs, keeps its connection between operations.
//! Without one the system would power it down and the card would forget.

use std::collections::HashMap;

use card_protocol::{CardError, ChipId};

use super::{Piv, stop::Stop};
use crate::reader::{CardConnection, Parting, in_transaction};

/// The connections of one page, by reader.
#[derive(Default)]
pub struct HeldCards(HashMap<String, Held>);

struct Held {
    connection: Box<dyn CardConnection>,
    state: CardState,
}

/// What this page knows of a card since it was last reset.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CardState {
    /// This page verified the PIN. What other pages or programs verified does
    /// not count.
    pub is_verified: bool,
    /// The operation of the server whose program ran last.
    pub operation: Option<String>,
    /// The chip id that was read for it: in one connection without a reset it
    /// is the same card all along.
    pub chip: Option<ChipId>,
}

impl HeldCards {
    /// Runs `work` on the card in `reader`, in one transaction. `connect` is
    /// called unless the card is held already. Blocks.
    ///
    /// # Errors
    /// Those of `connect`, of the reader and of `work`.
    pub fn run<T>(
        &mut self,
        reader: &str,
        stop: &Stop,
        connect: impl Fn() -> Result<Box<dyn CardConnection>, CardError>,
        work: impl FnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let mut held = self.0.remove(reader);
        let mut work = Some(work);
        loop {
            let is_fresh = held.is_none();
            let Held {
                mut connection,
                mut state,
            } = match held.take() {
                Some(held) => held,
                None => Held {
                    connection: connect()?,
                    state: CardState::default(),
                },
            };
            let outcome = in_transaction(&mut *connection, |card| {
                stop.begin()?;
                if card.was_reset() {
                    state = CardState::default();
                }
                let work = work.take().ok_or(CardError::ReaderError)?;
                work(&mut Piv::new(card, stop), &mut state)
            });
            match outcome {
                // That card is gone; there may be another one by now.
                Err(CardError::CardRemoved) if !is_fresh => {
                    connection.disconnect(Parting::Leave);
                }
                Err(error) => {
                    connection.disconnect(Parting::Leave);
                    return Err(error);
                }
                Ok(result) => {
                    let is_lost = matches!(
                        result,
                        Err(CardError::CardRemoved | CardError::NoReader | CardError::ReaderError)
                    );
                    if state == CardState::default() || is_lost {
                        connection.disconnect(parting(&state));
                    } else {
                        let held = Held { connection, state };
                        self.0.insert(reader.to_owned(), held);
                    }
                    return result;
                }
            }
        }
    }

    /// Whether the PIN of the card in `reader` was verified by this page. Only
    /// the card itself knows whether it still is.
    #[must_use]
    pub fn is_verified(&self, reader: &str) -> bool {
        self.0
            .get(reader)
            .is_some_and(|held| held.state.is_verified)
    }

    /// Whether any card is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lets go of all cards. Those whose PIN this page verified are reset, so
    /// that nobody after it can use them. Blocks.
    pub fn release(&mut self) {
        for (_reader, held) in self.0.drain() {
            let parting = parting(&held.state);
            held.connection.disconnect(parting);
        }
    }
}

impl Drop for HeldCards {
    fn drop(&mut self) {
        self.release();
    }
}

const fn parting(state: &CardState) -> Parting {
    if state.is_verified {
        Parting::Reset
    } else {
        Parting::Leave
    }
}
