//! The cards that one page holds on to: a card whose PIN the page verified, or
//! on which a server's program runs, keeps its connection between operations.
//! Without one the system would power it down and the card would forget.

use std::collections::HashMap;

use card_protocol::{CardError, ChipId, sealing::ExchangeKey};

use super::{Piv, cancel::CancelToken};
use crate::reader::{CardConnection, Disposition, in_transaction};

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
}

/// What this page knows of a card since it was last reset.
#[derive(Debug, Default)]
pub struct CardState {
    /// This page verified the PIN. What other pages or programs verified does
    /// not count.
    pub is_verified: bool,
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
    /// Whether there is anything to keep the connection for.
    fn is_worth_keeping(&self) -> bool {
        self.is_verified
            || self.operation.is_some()
            || self.chip.is_some()
            || self.exchange.is_some()
    }

    /// What has to become of the card when nobody holds it any more: a verified
    /// PIN, or a server that authenticated itself in a program, is not for the
    /// next program of this machine.
    const fn disposition(&self) -> Disposition {
        if self.is_verified || self.operation.is_some() {
            Disposition::Reset
        } else {
            Disposition::Leave
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
    /// Those of `connect`, of the reader and of `work`.
    pub fn run<T>(
        &mut self,
        reader: &str,
        stop: &CancelToken,
        connect: impl Fn() -> Result<Box<dyn CardConnection>, CardError>,
        work: impl FnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let mut held = self.cards.remove(reader);
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
                    connection.disconnect(Disposition::Leave);
                }
                Err(error) => {
                    connection.disconnect(state.disposition());
                    return Err(error);
                }
                Ok(result) => {
                    let is_lost = matches!(
                        result,
                        Err(CardError::CardRemoved | CardError::NoReader | CardError::ReaderError)
                    );
                    if is_lost || !state.is_worth_keeping() {
                        connection.disconnect(state.disposition());
                    } else {
                        let held = Held { connection, state };
                        self.cards.insert(reader.to_owned(), held);
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
        self.cards
            .get(reader)
            .is_some_and(|held| held.state.is_verified)
    }

    /// Whether any card is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// Lets go of all cards. Those whose PIN this page verified, or on which a
    /// program ran, are reset, so that nobody after it can use them. Blocks.
    pub fn release(&mut self) {
        for (_reader, held) in self.cards.drain() {
            let disposition = held.state.disposition();
            held.connection.disconnect(disposition);
        }
    }
}

impl Drop for HeldCards {
    fn drop(&mut self) {
        self.release();
    }
}
