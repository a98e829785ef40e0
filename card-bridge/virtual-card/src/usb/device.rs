//! A key in process: one transfer after the other, the card's work in between.

use std::time::Duration;

use super::{
    chip::run,
    options::Options,
    reader::{Reader, Stall},
};
use crate::VirtualCard;

/// A CCID device with a card in it. Nothing in it waits: a card that is
/// [slow](Options::slow) asks for time as often as it would have, at once.
pub struct Device {
    reader: Reader,
    card: VirtualCard,
}

impl Device {
    /// A key with this card.
    #[must_use]
    pub fn new(card: VirtualCard, options: Options) -> Self {
        Self {
            reader: Reader::new(options),
            card,
        }
    }

    /// A control transfer: what an IN request is answered with, nothing for an OUT one.
    ///
    /// # Errors
    /// [`Stall`], when the device does not know the request.
    pub fn control(&mut self, setup: [u8; 8]) -> Result<Vec<u8>, Stall> {
        self.reader.control(setup)
    }

    /// A transfer to the bulk-out endpoint.
    ///
    /// # Errors
    /// [`Stall`], before the device is configured or while the endpoint is halted.
    pub fn bulk_out(&mut self, bytes: &[u8]) -> Result<(), Stall> {
        self.reader.bulk_out(bytes)?;
        self.work();
        Ok(())
    }

    /// The next message of the bulk-in endpoint, if there is one.
    pub fn bulk_in(&mut self) -> Option<Vec<u8>> {
        self.reader.bulk_in(usize::MAX)
    }

    /// The next message of the interrupt-in endpoint, if there is one.
    pub fn interrupt_in(&mut self) -> Option<Vec<u8>> {
        self.reader.interrupt_in()
    }

    /// Takes the card out of the key, as out of a reader, or puts it back.
    pub fn set_card_present(&mut self, is_present: bool) {
        self.reader.set_present(is_present);
        self.work();
    }

    fn work(&mut self) {
        let Options { slow, patience, .. } = *self.reader.options();
        while let Some(job) = self.reader.take_job() {
            let outcome = run(&self.card, &job);
            let mut waited = patience;
            while waited <= slow && patience > Duration::ZERO && self.reader.slot().is_waiting() {
                self.reader.slot().is_slow();
                waited += patience;
            }
            self.reader.finished(outcome);
        }
    }
}
