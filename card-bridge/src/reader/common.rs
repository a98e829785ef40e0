//! One connection to each card for all pages of the bridge. A card that one page
//! verified is taken from every other *program* ([`CardConnection::take_alone`]);
//! another page of this bridge still gets its turn on the same connection, and is
//! told when that one was reset under it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use card_protocol::{CardError, StatusWord};

use super::{CardAccess, CardConnection, Disposition, Sharing};

/// The connections that pages hold now, by reader.
#[derive(Default)]
pub(crate) struct Connections(Mutex<HashMap<String, Weak<Common>>>);

/// A connection that several pages may hold.
struct Common(Mutex<Inner>);

struct Inner {
    /// `None` once the card is gone.
    connection: Option<Box<dyn CardConnection>>,
    /// How often the card was reset, by us or by others.
    resets: u64,
}

impl Connections {
    /// Joins the connection that is there, or has `open` make one. Blocks.
    ///
    /// # Errors
    /// Those of `open`.
    pub(crate) fn connect(
        &self,
        reader: &str,
        open: impl FnOnce() -> Result<Box<dyn CardConnection>, CardError>,
    ) -> Result<Box<dyn CardConnection>, CardError> {
        if let Some(common) = self.live(reader) {
            return Ok(Box::new(Handle::new(common)));
        }
        // Outside of the lock, since a card may take its time to answer. Two
        // operations on one reader don't meet here: they take turns.
        let common = Arc::new(Common(Mutex::new(Inner {
            connection: Some(open()?),
            resets: 0,
        })));
        let mut open = self.lock();
        open.retain(|_reader, common| common.strong_count() > 0);
        open.insert(reader.to_owned(), Arc::downgrade(&common));
        drop(open);
        Ok(Box::new(Handle::new(common)))
    }

    fn live(&self, reader: &str) -> Option<Arc<Common>> {
        let common = self.lock().get(reader).and_then(Weak::upgrade)?;
        let is_live = common.lock().connection.is_some();
        is_live.then_some(common)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Common>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A connection whose card is gone is nobody's to join.
    fn note(&mut self, outcome: Result<(), CardError>) -> Result<(), CardError> {
        if matches!(outcome, Err(CardError::CardRemoved | CardError::NoReader)) {
            self.connection = None;
        }
        outcome
    }
}

impl Common {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One page's hold of the connection.
struct Handle {
    common: Arc<Common>,
    seen_resets: u64,
    resets_at_end: bool,
}

impl Handle {
    fn new(common: Arc<Common>) -> Self {
        let seen_resets = common.lock().resets;
        Self {
            common,
            seen_resets,
            resets_at_end: false,
        }
    }

    /// Another page that lets go of the card meanwhile waits: no PIN goes to a card that it
    /// shared again.
    fn run(
        &mut self,
        sharing: Sharing,
        work: &mut dyn FnMut(&mut dyn CardAccess),
    ) -> Result<(), CardError> {
        let mut inner = self.common.lock();
        let Inner { connection, resets } = &mut *inner;
        let connected = connection.as_mut().ok_or(CardError::CardRemoved)?;
        let mut noted = |card: &mut dyn CardAccess| {
            *resets += u64::from(card.was_reset());
            let was_reset = *resets != self.seen_resets;
            self.seen_resets = *resets;
            work(&mut Access { card, was_reset });
        };
        let outcome = match sharing {
            Sharing::Shared => connected.transaction(&mut noted),
            Sharing::Alone => connected.transaction_alone(&mut noted),
        };
        inner.note(outcome)
    }
}

impl CardConnection for Handle {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        self.run(Sharing::Shared, work)
    }

    fn transaction_alone(
        &mut self,
        work: &mut dyn FnMut(&mut dyn CardAccess),
    ) -> Result<(), CardError> {
        self.run(Sharing::Alone, work)
    }

    fn take_alone(&mut self) -> Result<(), CardError> {
        let mut inner = self.common.lock();
        let connection = inner.connection.as_mut().ok_or(CardError::CardRemoved)?;
        let outcome = connection.take_alone();
        inner.note(outcome)
    }

    fn reset_at_end(&mut self) {
        self.resets_at_end = true;
        if let Some(connection) = &mut self.common.lock().connection {
            connection.reset_at_end();
        }
    }

    fn reset(&mut self) -> Result<(), CardError> {
        let mut inner = self.common.lock();
        let connection = inner.connection.as_mut().ok_or(CardError::CardRemoved)?;
        let outcome = connection.reset();
        inner.note(outcome)?;
        inner.resets += 1;
        self.resets_at_end = false;
        Ok(())
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) {
        self.resets_at_end |= disposition == Disposition::Reset;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut inner = self.common.lock();
        if Arc::strong_count(&self.common) == 1 {
            let disposition = if self.resets_at_end {
                Disposition::Reset
            } else {
                Disposition::Leave
            };
            if let Some(connection) = inner.connection.take() {
                connection.disconnect(disposition);
            }
        } else if self.resets_at_end
            && let Some(connection) = &mut inner.connection
        {
            match connection.reset() {
                Ok(()) => inner.resets += 1,
                Err(error) => {
                    // Whoever else holds it connects anew, and that ends this one.
                    tracing::debug!(%error, "resetting a card that is gone");
                    inner.connection = None;
                }
            }
        }
    }
}

/// The card, with the resets of all pages.
struct Access<'a> {
    card: &'a mut dyn CardAccess,
    was_reset: bool,
}

impl CardAccess for Access<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.card.transmit(apdu)
    }

    fn is_t0(&self) -> bool {
        self.card.is_t0()
    }

    fn carries_extended(&self) -> bool {
        self.card.carries_extended()
    }

    fn was_reset(&self) -> bool {
        self.was_reset
    }

    fn verify_on_pin_pad(&mut self) -> Result<StatusWord, CardError> {
        self.card.verify_on_pin_pad()
    }
}
