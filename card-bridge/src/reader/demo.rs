//! Virtual readers for the software cards of the demo and the tests, in
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
use super::{CardConnection, ReaderBackend, is_offered};

/// The virtual readers' names.
pub const READERS: [&str; 2] = ["演示读卡器 1", "演示读卡器 2"];

/// The virtual readers, and the folder of the cards that go into them.
pub struct SoftwareReaders {
    shelf: Shelf,
    places: Mutex<Vec<Place>>,
    readers: watch::Sender<Readers>,
}

/// A virtual reader.
struct Place {
    name: &'static str,
    /// The card in it, which makes [`slot`](Self::slot) a [`Slot::Card`].
    inserted: Option<Arc<Inserted>>,
    slot: Slot,
    /// Whether it is plugged in.
    is_offered: bool,
}

impl Place {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            inserted: None,
            slot: Slot::Empty,
            is_offered: true,
        }
    }

    fn pull(&mut self) {
        self.slot = Slot::Empty;
        if let Some(inserted) = self.inserted.take() {
            inserted.pull();
        }
    }
}

impl SoftwareReaders {
    /// Empty readers for the cards that `cards.json` in `folder` lists: an
    /// array of `{"key", "label", "file"}`. It is read anew each time. Only
    /// readers whose name contains a word of `only` exist; all without words.
    #[must_use]
    pub fn new(folder: PathBuf, only: &[String]) -> Self {
        let names = READERS.into_iter().filter(|name| is_offered(only, name));
        let places: Vec<_> = names.map(Place::new).collect();
        Self {
            shelf: Shelf::new(folder),
            readers: watch::Sender::new(shown(&places)),
            places: Mutex::new(places),
        }
    }

    /// All cards, and where they are.
    ///
    /// # Errors
    /// [`CardError::ReaderError`] if the list can't be read.
    pub fn cards(&self) -> Result<VirtualCards, CardError> {
        let places = self.places();
        let cards = self.shelf.cards()?.into_iter().map(|card| {
            let is_in = |place: &&Place| {
                let inserted = place.inserted.as_ref();
                inserted.is_some_and(|inserted| inserted.key == card.key)
            };
            VirtualCard {
                reader: places.iter().find(is_in).map(|place| place.name.to_owned()),
                key: card.key,
                label: card.label,
            }
        });
        Ok(VirtualCards {
            cards: cards.collect(),
            readers: places.len(),
        })
    }

    /// Inserts a card. Blocks until it has answered to reset.
    ///
    /// # Errors
    /// [`CardError::NoReader`], [`CardError::NoCard`] for an unknown key,
    /// [`CardError::CardInUse`] when the reader is not empty or the card is in
    /// another one, [`CardError::ReaderError`] for a damaged card.
    pub fn insert(&self, reader: &str, key: &str) -> Result<(), CardError> {
        let mut places = self.places();
        let place = find(&mut places, reader)?;
        if place.inserted.is_some() {
            return Err(CardError::CardInUse);
        }
        let inserted = Inserted::open(key, &self.shelf.file(key)?)?;
        place.slot = Slot::Card {
            insertion: self.shelf.next_insertion(),
            atr: hex::encode(inserted.atr()),
        };
        place.inserted = Some(Arc::new(inserted));
        self.show(&places);
        Ok(())
    }

    /// Pulls the card, also from an operation in progress. An empty reader
    /// stays empty.
    ///
    /// # Errors
    /// [`CardError::NoReader`].
    pub fn remove(&self, reader: &str) -> Result<(), CardError> {
        let mut places = self.places();
        find(&mut places, reader)?.pull();
        self.show(&places);
        Ok(())
    }

    /// Unplugs all readers but the first `count`, with the cards in them, and
    /// plugs in those that were unplugged.
    ///
    /// # Errors
    /// [`CardError::NoReader`] if there are fewer, or for none.
    pub fn plug(&self, count: usize) -> Result<(), CardError> {
        let mut places = self.places();
        if count == 0 || count > places.len() {
            return Err(CardError::NoReader);
        }
        for (position, place) in places.iter_mut().enumerate() {
            place.is_offered = position < count;
            if !place.is_offered {
                place.pull();
            }
        }
        self.show(&places);
        Ok(())
    }

    /// Tells what is there, while nobody changes it.
    fn show(&self, places: &MutexGuard<'_, Vec<Place>>) {
        self.readers.send_replace(shown(places));
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReaderBackend for SoftwareReaders {
    fn readers(&self) -> watch::Receiver<Readers> {
        self.readers.subscribe()
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError> {
        let mut places = self.places();
        let inserted = find(&mut places, reader)?.inserted.as_ref();
        let inserted = inserted.ok_or(CardError::NoCard)?;
        Ok(Box::new(Inserted::connect(inserted)?))
    }

    fn software_cards(&self) -> Option<&SoftwareReaders> {
        Some(self)
    }
}

/// The readers that are plugged in, for the pages.
fn shown(places: &[Place]) -> Readers {
    let offered = places.iter().filter(|place| place.is_offered);
    let readers = offered.map(|place| Reader {
        name: place.name.to_owned(),
        slot: place.slot.clone(),
        is_virtual: true,
        has_pin_pad: false,
    });
    Readers {
        service: true,
        refused: false,
        readers: readers.collect(),
    }
}

fn find<'a>(places: &'a mut [Place], reader: &str) -> Result<&'a mut Place, CardError> {
    places
        .iter_mut()
        .find(|place| place.is_offered && place.name == reader)
        .ok_or(CardError::NoReader)
}
