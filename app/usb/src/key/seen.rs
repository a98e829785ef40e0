//! What is in a reader, by its own word.
//!
//! An insertion is what a person does, and the last try of a PIN waits for one: so it counts
//! only where the reader said that there was no card, or that it changed. A card that lost
//! its power, is mute or was reset is still the same insertion.

use card_protocol::{
    bridge::Slot,
    ccid::{Presence, SessionError},
    hex,
};

use crate::{port::PortError, reader::ReaderError};

/// What is in the reader.
pub(super) struct Seen {
    pub(super) slot: Slot,
    /// Whether there is a card that has yet to be powered.
    pub(super) wants_power: bool,
    /// How often the card may have become another one.
    pub(super) changes: u64,
    /// Which insertion the card is.
    insertion: u64,
    /// The reader said that there is no card, or has yet to say that there is one.
    is_out: bool,
}

impl Seen {
    pub(super) const fn new() -> Self {
        Self {
            slot: Slot::Empty,
            wants_power: false,
            changes: 0,
            insertion: 0,
            is_out: true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slot == Slot::Empty && !self.wants_power
    }

    /// Takes note of what the reader says by itself; `next` counts an insertion. Whether
    /// that is news.
    pub(super) fn take(&mut self, presence: Presence, next: impl FnOnce() -> u64) -> bool {
        match presence {
            Presence::Absent if !self.is_out || !self.is_empty() => {
                self.slot = Slot::Empty;
                self.wants_power = false;
                self.is_out = true;
            }
            Presence::Present { is_new } if is_new || self.is_out => {
                self.wants_power = true;
                self.insertion = next();
                self.is_out = false;
            }
            Presence::Present { .. } if self.is_empty() => self.wants_power = true,
            Presence::HardwareError => {
                self.slot = Slot::Mute;
                self.wants_power = true;
            }
            Presence::Absent | Presence::Present { .. } | Presence::Elsewhere => return false,
        }
        self.changes += 1;
        true
    }

    /// The card has no power. Whether that is news: it may be another one by now.
    pub(super) fn lost_power(&mut self) -> bool {
        let is_news = matches!(self.slot, Slot::Card { .. }) && !self.wants_power;
        if is_news {
            self.changes += 1;
            self.wants_power = true;
        }
        is_news
    }

    /// Takes note of what came of powering the card.
    pub(super) fn activated(
        &mut self,
        outcome: &Result<Vec<u8>, ReaderError>,
        next: impl FnOnce() -> u64,
    ) {
        self.wants_power = false;
        self.slot = match outcome {
            Ok(atr) => {
                if self.is_out {
                    self.insertion = next();
                    self.is_out = false;
                }
                Slot::Card {
                    insertion: self.insertion,
                    atr: hex::encode(atr),
                }
            }
            Err(ReaderError::Session(SessionError::CardAbsent | SessionError::CardRemoved)) => {
                self.is_out = true;
                Slot::Empty
            }
            Err(ReaderError::Port(PortError::Gone)) => Slot::Empty,
            Err(error) => {
                tracing::info!(%error, "a card in a USB reader has no power");
                Slot::Mute
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use card_protocol::{
        bridge::Slot,
        ccid::{Presence, SessionError},
    };

    use super::Seen;
    use crate::{port::PortError, reader::ReaderError};

    const HERE: Presence = Presence::Present { is_new: false };
    const NEW: Presence = Presence::Present { is_new: true };

    /// The number of the insertion, once the card was powered.
    fn insertion(seen: &mut Seen, count: &Cell<u64>) -> u64 {
        seen.activated(&Ok(vec![0x3B, 0]), || next(count));
        match seen.slot {
            Slot::Card { insertion, .. } => insertion,
            Slot::Empty | Slot::Mute => 0,
        }
    }

    fn next(count: &Cell<u64>) -> u64 {
        count.set(count.get() + 1);
        count.get()
    }

    #[test]
    fn an_insertion_counts_only_by_the_reader_s_own_word() {
        let (mut seen, count) = (Seen::new(), Cell::new(0));
        assert!(seen.take(HERE, || next(&count)));
        assert_eq!(insertion(&mut seen, &count), 1);
        assert!(!seen.take(HERE, || next(&count)));
        // Mute, without power, or the device was gone for a moment.
        assert!(seen.lost_power());
        assert!(!seen.lost_power(), "said once");
        assert_eq!(insertion(&mut seen, &count), 1);
        for error in [
            ReaderError::Session(SessionError::CardMute),
            ReaderError::Port(PortError::Gone),
            ReaderError::Lost,
        ] {
            seen.activated(&Err(error), || next(&count));
            seen.take(HERE, || next(&count));
            assert_eq!(insertion(&mut seen, &count), 1, "{error}");
        }
        assert!(seen.take(Presence::HardwareError, || next(&count)));
        assert_eq!(insertion(&mut seen, &count), 1);
        // The reader says that it was out, in each of its ways.
        assert!(seen.take(NEW, || next(&count)));
        assert_eq!(insertion(&mut seen, &count), 2);
        assert!(seen.take(Presence::Absent, || next(&count)));
        assert!(!seen.take(Presence::Absent, || next(&count)), "said once");
        assert!(seen.take(HERE, || next(&count)));
        assert_eq!(insertion(&mut seen, &count), 3);
        let absent = Err(ReaderError::Session(SessionError::CardAbsent));
        seen.activated(&absent, || next(&count));
        assert_eq!(insertion(&mut seen, &count), 4);
    }
}
