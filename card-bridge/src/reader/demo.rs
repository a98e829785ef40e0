//! Two virtual readers for the software cards of the demo and the tests, in
//! this process. Inserting, pulling, powering and sharing follow what `pcscd`
//! does with a real card.

mod card;
mod shelf;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use card_protocol::{
    CardError,
    bridge::{Reader, Readers, Slot, VirtualCard, VirtualCards},
    hex,
};
use tokio::sync::watch;

pub use self::card::SoftwareCard;
use self::{card::Inserted, shelf::Shelf};
use super::{CardConnection, ReaderBackend};

/// The virtual readers' names.
pub const READERS: [&str; 2] = ["演示读卡器 1", "演示读卡器 2"];

/// The virtual readers, and the folder of the cards that go into them.
pub struct SoftwareReaders {
    shelf: Shelf,
    slots: Mutex<[Option<Arc<Inserted>>; READERS.len()]>,
    readers: watch::Sender<Readers>,
}

impl SoftwareReaders {
    /// Empty readers for the cards that `cards.json` in `folder` lists: an
    /// array of `{"key", "label", "file"}`. It is read anew each time.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        let readers = READERS.map(|name| Reader {
            name: name.to_owned(),
            slot: Slot::Empty,
            is_virtual: true,
            has_pin_pad: false,
        });
        Self {
            shelf: Shelf::new(folder),
            slots: Mutex::default(),
            readers: watch::Sender::new(Readers {
                service: true,
                refused: false,
                readers: readers.into(),
            }),
        }
    }

    /// All cards, and where they are.
    ///
    /// # Errors
    /// [`CardError::ReaderError`] if the list can't be read.
    pub fn cards(&self) -> Result<VirtualCards, CardError> {
        let slots = self.slots();
        let cards = self.shelf.cards()?.into_iter().map(|card| {
            let is_in = |slot: &Option<Arc<Inserted>>| {
                slot.as_ref()
                    .is_some_and(|inserted| inserted.key == card.key)
            };
            let reader = slots.iter().zip(READERS).find(|(slot, _)| is_in(slot));
            VirtualCard {
                reader: reader.map(|(_, name)| name.to_owned()),
                key: card.key,
                label: card.label,
            }
        });
        Ok(VirtualCards {
            cards: cards.collect(),
        })
    }

    /// Inserts a card. Blocks until it has answered to reset.
    ///
    /// # Errors
    /// [`CardError::NoReader`], [`CardError::NoCard`] for an unknown key,
    /// [`CardError::CardInUse`] when the reader is not empty or the card is in
    /// another one, [`CardError::ReaderError`] for a damaged card.
    pub fn insert(&self, reader: &str, key: &str) -> Result<(), CardError> {
        let position = position(reader)?;
        let mut slots = self.slots();
        let slot = slots.get_mut(position).ok_or(CardError::NoReader)?;
        if slot.is_some() {
            return Err(CardError::CardInUse);
        }
        let inserted = Inserted::open(key, &self.shelf.file(key)?)?;
        let atr = hex::encode(inserted.atr());
        *slot = Some(Arc::new(inserted));
        self.readers.send_modify(|readers| {
            if let Some(reader) = readers.readers.get_mut(position) {
                reader.slot = Slot::Card {
                    insertion: self.shelf.next_insertion(),
                    atr,
                };
            }
        });
        Ok(())
    }

    /// Pulls the card, also from an operation in progress. An empty reader
    /// stays empty.
    ///
    /// # Errors
    /// [`CardError::NoReader`].
    pub fn remove(&self, reader: &str) -> Result<(), CardError> {
        let position = position(reader)?;
        let pulled = self.slots().get_mut(position).and_then(Option::take);
        if let Some(inserted) = pulled {
            inserted.pull();
        }
        self.readers.send_modify(|readers| {
            if let Some(reader) = readers.readers.get_mut(position) {
                reader.slot = Slot::Empty;
            }
        });
        Ok(())
    }

    fn slots(&self) -> MutexGuard<'_, [Option<Arc<Inserted>>; READERS.len()]> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReaderBackend for SoftwareReaders {
    fn readers(&self) -> watch::Receiver<Readers> {
        self.readers.subscribe()
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError> {
        let position = position(reader)?;
        let slots = self.slots();
        let inserted = slots.get(position).and_then(Option::as_ref);
        let inserted = inserted.ok_or(CardError::NoCard)?;
        Ok(Box::new(Inserted::connect(inserted)?))
    }

    fn software_cards(&self) -> Option<&SoftwareReaders> {
        Some(self)
    }
}

fn position(reader: &str) -> Result<usize, CardError> {
    READERS
        .iter()
        .position(|name| *name == reader)
        .ok_or(CardError::NoReader)
}
