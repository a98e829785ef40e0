//! A key that is plugged in: its reader, what is in that, and what this page knows of the
//! card since it was last reset.

mod held;
mod insertions;
mod seen;
mod watch;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use card_protocol::{
    CardError,
    bridge::{self, Slot},
    ccid::{IccStatus, Presence},
};
use futures_channel::oneshot;
use futures_util::lock::{Mutex, MutexGuard};

use self::seen::Seen;
pub(crate) use self::{held::Held, insertions::Insertions};
use crate::{cancel::CancelToken, port::UsbPort, reader::UsbReader};

/// A key.
pub(crate) struct Key {
    /// Its name, which no other key has.
    pub(crate) name: String,
    pub(crate) port: Rc<dyn UsbPort>,
    pub(crate) reader: UsbReader,
    /// Whose turn it is with the card.
    pub(crate) held: Mutex<Held>,
    seen: RefCell<Seen>,
    insertions: Rc<Insertions>,
    /// How often all cards were let go of.
    releases: Rc<Cell<u64>>,
    running: RefCell<Option<Rc<CancelToken>>>,
    /// Ends the watch, when it is dropped.
    plugged: RefCell<Option<oneshot::Sender<()>>>,
    unplugged: RefCell<Option<oneshot::Receiver<()>>>,
}

/// That an operation runs on a key; it ends with this.
pub(crate) struct Running<'a> {
    key: &'a Key,
    pub(crate) stop: Rc<CancelToken>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.key.running.borrow_mut() = None;
    }
}

impl Key {
    /// A key whose reader was just opened.
    pub(crate) fn new(
        name: String,
        port: Rc<dyn UsbPort>,
        reader: UsbReader,
        insertions: Rc<Insertions>,
        releases: Rc<Cell<u64>>,
    ) -> Self {
        let (plugged, unplugged) = oneshot::channel();
        Self {
            name,
            port,
            reader,
            held: Mutex::new(Held::new(releases.get())),
            seen: RefCell::new(Seen::new()),
            insertions,
            releases,
            running: RefCell::default(),
            plugged: RefCell::new(Some(plugged)),
            unplugged: RefCell::new(Some(unplugged)),
        }
    }

    /// As the bridge's messages have it.
    pub(crate) fn described(&self) -> bridge::Reader {
        bridge::Reader {
            name: self.name.clone(),
            slot: self.seen.borrow().slot.clone(),
            is_virtual: false,
            has_pin_pad: false,
        }
    }

    /// Which insertion the card is, while there is one.
    pub(crate) fn insertion(&self) -> Option<u64> {
        match self.seen.borrow().slot {
            Slot::Card { insertion, .. } => Some(insertion),
            Slot::Empty | Slot::Mute => None,
        }
    }

    /// Begins an operation.
    ///
    /// # Errors
    /// [`CardError::Busy`] while another one runs.
    pub(crate) fn begin(&self) -> Result<Running<'_>, CardError> {
        let mut running = self.running.borrow_mut();
        if running.is_some() {
            return Err(CardError::Busy);
        }
        let stop = Rc::new(CancelToken::default());
        *running = Some(Rc::clone(&stop));
        drop(running);
        Ok(Running { key: self, stop })
    }

    /// Stops the operation that runs, if one does.
    pub(crate) fn stop(&self) {
        if let Some(stop) = &*self.running.borrow() {
            stop.stop();
        }
    }

    /// The key was pulled, or is given back: its watch ends, and its reader takes no other
    /// command.
    pub(crate) fn unplug(&self) {
        self.reader.end();
        drop(self.plugged.borrow_mut().take());
    }

    /// Waits for the turn with the card. What was let go of since the turn before ends
    /// first.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().await;
        self.catch_up(&mut held).await;
        held
    }

    /// Lets go of the card, if all were let go of since `held` was opened: whoever did that
    /// may not have had the turn, or not the device.
    pub(crate) async fn catch_up(&self, held: &mut Held) {
        let releases = self.releases.get();
        let before = std::mem::replace(&mut held.releases, releases);
        if before == releases && !held.owes_reset {
            return;
        }
        if held.has_to_end() {
            self.reset_card(held).await;
        } else {
            held.forget();
        }
    }

    /// Takes note of what the reader says by itself. Whether that is news.
    pub(crate) fn see(&self, presence: Presence) -> bool {
        let next = || self.insertions.next(&self.name);
        self.seen.borrow_mut().take(presence, next)
    }

    /// Sees to it that the card has power and that `held` is about it.
    ///
    /// # Errors
    /// [`CardError::NoCard`], [`CardError::CardMute`] and those of the reader.
    pub(crate) async fn make_ready(&self, held: &mut Held) -> Result<(), CardError> {
        if std::mem::take(&mut held.is_at_work) {
            self.reader.lose();
        }
        let changes = self.seen.borrow().changes;
        if held.changes != changes {
            held.forget();
            held.changes = changes;
        }
        if self.reader.is_lost() {
            held.forget();
            self.reader.recover().await?;
        } else if self.reader.atr().is_some() {
            return Ok(());
        } else if self.seen.borrow().is_empty() {
            return Err(CardError::NoCard);
        }
        held.forget();
        let outcome = self.reader.power_on().await;
        held.owes_reset &= self.reader.is_lost();
        let next = || self.insertions.next(&self.name);
        self.seen.borrow_mut().activated(&outcome, next);
        outcome.map(drop).map_err(CardError::from)
    }

    /// Ends what was opened on the card: it is without power for a moment, and forgets.
    /// What another page, or another program, left open ends as well.
    pub(crate) async fn reset_card(&self, held: &mut Held) {
        held.owes_reset = held.has_to_end();
        held.forget();
        if !self.reader.is_lost() {
            match self.reader.power_off().await {
                Ok(()) => held.owes_reset = false,
                Err(error) => {
                    tracing::warn!(%error, "a card's power was not to be taken");
                    self.reader.lose();
                }
            }
        }
        self.power(held).await;
    }

    /// Powers the card, if there is one.
    async fn power(&self, held: &mut Held) {
        if let Err(error) = self.make_ready(held).await {
            tracing::info!(%error, "a card in a USB reader has no power");
        }
    }

    /// Puts everything in order after an operation that ended with `error`, if with one.
    pub(crate) async fn conclude(&self, held: &mut Held, error: Option<CardError>) {
        held.is_at_work = false;
        // Whatever the card is in the midst of.
        let is_unsure = self.reader.take_given_up()
            || matches!(error, Some(CardError::CardMute | CardError::ReaderError));
        let was_absent = self.reader.take_absent();
        match error {
            Some(CardError::CardRemoved | CardError::NoCard) => {
                // By the reader's word, or the browser's: unless the reader says it again when
                // it is asked, the card is powered anew.
                held.owes_reset = held.has_to_end();
                held.forget();
                // It is out, even if another one, or the same, is in by now.
                if was_absent {
                    self.see(Presence::Absent);
                }
                if !self.reader.is_lost() {
                    self.look().await;
                    self.settle(held).await;
                    held.owes_reset &= !self.seen.borrow().is_empty();
                }
            }
            _ if self.reader.is_lost() || is_unsure => self.reset_card(held).await,
            _ => {}
        }
        self.catch_up(held).await;
    }

    /// Asks the reader what is in it. Whether that is news.
    pub(crate) async fn look(&self) -> bool {
        match self.reader.status().await {
            Ok(IccStatus::Absent) => self.see(Presence::Absent),
            Ok(IccStatus::Active) => self.see(Presence::Present { is_new: false }),
            // A bad contact, or a hand that was too quick for the question.
            Ok(IccStatus::Inactive) => {
                self.see(Presence::Present { is_new: false }) || self.seen.borrow_mut().lost_power()
            }
            Err(error) => {
                tracing::info!(%error, "a USB reader does not say what is in it");
                false
            }
        }
    }

    /// Powers the card that came. Whether there was one.
    async fn settle(&self, held: &mut Held) -> bool {
        let wants_power = self.seen.borrow().wants_power;
        if wants_power {
            self.power(held).await;
        }
        wants_power
    }
}
