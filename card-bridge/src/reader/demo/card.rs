//! A software card in a virtual reader, and connections to it. As with
//! `pcscd`, connections share the card, a transaction has it to itself, and
//! the card loses its power when the last connection ends.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use card_protocol::{CardError, atr};
use virtual_card::VirtualCard;

use crate::reader::{CardAccess, CardConnection, Disposition};

/// A software card on its own, without a reader: powered as long as it lives.
/// This is how `enroll` is used in process.
#[derive(Debug)]
pub struct SoftwareCard {
    card: VirtualCard,
    is_extended: bool,
}

impl SoftwareCard {
    /// Powers `card`.
    ///
    /// # Errors
    /// [`CardError::ReaderError`] if it does not answer to reset.
    pub fn new(card: VirtualCard) -> Result<Self, CardError> {
        let atr = card.power_on().map_err(|error| mute(&error))?;
        Ok(Self {
            card,
            is_extended: atr::carries_extended(&atr),
        })
    }

    /// Resets the card: what was verified or authenticated is forgotten.
    ///
    /// # Errors
    /// [`CardError::ReaderError`] if it does not answer to reset.
    pub fn reset(&self) -> Result<(), CardError> {
        self.card.reset().map(drop).map_err(|error| mute(&error))
    }

    /// Takes the card's power and gives it back.
    #[must_use]
    pub fn into_inner(self) -> VirtualCard {
        if let Err(error) = self.card.power_off() {
            mute(&error);
        }
        self.card
    }
}

impl CardAccess for SoftwareCard {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.card.transmit(apdu).map_err(|error| mute(&error))
    }

    fn carries_extended(&self) -> bool {
        self.is_extended
    }

    fn was_reset(&self) -> bool {
        false
    }
}

/// One insertion of a card.
pub(super) struct Inserted {
    /// Its key on the shelf.
    pub(super) key: String,
    atr: Vec<u8>,
    /// `None` once it is pulled; its file is free then.
    card: RwLock<Option<VirtualCard>>,
    /// Held during a transaction.
    transaction: Mutex<()>,
    /// How often the card lost its state.
    resets: AtomicU64,
    connections: Mutex<Connections>,
}

/// Who is connected to a card.
#[derive(Default)]
struct Connections {
    count: usize,
    /// There is one, and no other is let in.
    is_alone: bool,
}

impl Inserted {
    pub(super) fn open(key: &str, file: &Path) -> Result<Self, CardError> {
        let card = VirtualCard::open(file).map_err(|error| match error {
            virtual_card::CardError::InUse(_) => CardError::CardInUse,
            other => mute(&other),
        })?;
        let atr = card.power_on().map_err(|error| mute(&error))?;
        Ok(Self {
            key: key.to_owned(),
            atr,
            card: RwLock::new(Some(card)),
            transaction: Mutex::default(),
            resets: AtomicU64::new(0),
            connections: Mutex::default(),
        })
    }

    pub(super) fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Waits for the APDU in progress, not for the operation.
    pub(super) fn pull(&self) {
        let card = self
            .card
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(card);
    }

    pub(super) fn connect(this: &Arc<Self>) -> Result<Connection, CardError> {
        let mut connections = this.connections();
        if connections.is_alone {
            return Err(CardError::CardInUse);
        }
        if connections.count == 0 {
            this.reset()?;
        }
        connections.count += 1;
        Ok(Connection {
            seen_resets: this.resets.load(Ordering::SeqCst),
            inserted: Arc::clone(this),
            is_alone: false,
            resets_at_end: false,
        })
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn with_card<T>(
        &self,
        ask: impl FnOnce(&VirtualCard) -> Result<T, virtual_card::CardError>,
    ) -> Result<T, CardError> {
        let card = self.card.read().unwrap_or_else(PoisonError::into_inner);
        let card = card.as_ref().ok_or(CardError::CardRemoved)?;
        ask(card).map_err(|error| mute(&error))
    }

    fn reset(&self) -> Result<(), CardError> {
        self.resets.fetch_add(1, Ordering::SeqCst);
        self.with_card(VirtualCard::reset).map(drop)
    }
}

/// A connection to an inserted card.
pub(super) struct Connection {
    inserted: Arc<Inserted>,
    seen_resets: u64,
    is_alone: bool,
    resets_at_end: bool,
}

impl CardConnection for Connection {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        let inserted = Arc::clone(&self.inserted);
        let turn = inserted
            .transaction
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inserted.with_card(|_card| Ok(()))?;
        let resets = inserted.resets.load(Ordering::SeqCst);
        let was_reset = resets != self.seen_resets;
        self.seen_resets = resets;
        work(&mut Access {
            inserted: &inserted,
            was_reset,
        });
        drop(turn);
        Ok(())
    }

    fn take_alone(&mut self) -> Result<(), CardError> {
        let mut connections = self.inserted.connections();
        if !self.is_alone && connections.count > 1 {
            return Err(CardError::CardInUse);
        }
        self.inserted.with_card(|_card| Ok(()))?;
        connections.is_alone = true;
        self.is_alone = true;
        Ok(())
    }

    fn reset_at_end(&mut self) {
        self.resets_at_end = true;
    }

    fn reset(&mut self) -> Result<(), CardError> {
        self.inserted.reset()?;
        self.share();
        self.resets_at_end = false;
        Ok(())
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) {
        self.resets_at_end |= disposition == Disposition::Reset;
    }
}

impl Connection {
    fn share(&mut self) {
        if std::mem::take(&mut self.is_alone) {
            self.inserted.connections().is_alone = false;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.resets_at_end
            && let Err(error) = self.inserted.reset()
        {
            tracing::debug!(%error, "resetting a card that is gone");
        }
        self.share();
        let mut connections = self.inserted.connections();
        connections.count = connections.count.saturating_sub(1);
        if connections.count == 0
            && let Err(error) = self.inserted.with_card(VirtualCard::power_off)
        {
            tracing::debug!(%error, "powering off a card that is gone");
        }
    }
}

struct Access<'a> {
    inserted: &'a Inserted,
    was_reset: bool,
}

impl CardAccess for Access<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.inserted.with_card(|card| card.transmit(apdu))
    }

    fn carries_extended(&self) -> bool {
        atr::carries_extended(&self.inserted.atr)
    }

    fn was_reset(&self) -> bool {
        self.was_reset
    }
}

fn mute(error: &virtual_card::CardError) -> CardError {
    tracing::error!(%error, "software card");
    CardError::ReaderError
}
