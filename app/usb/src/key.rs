//! A key that is plugged in: its reader, what is in that, and what this page knows of the
//! card since it was last reset.

mod insertions;
mod watch;

use std::{cell::RefCell, rc::Rc};

use card_operations::{
    card_state::CardState,
    lifetime::{Limits, Opened},
    moment::Moment,
};
use card_protocol::{
    CardError,
    bridge::{self, Slot},
    ccid::{IccStatus, Presence, SessionError},
    hex,
};
use futures_channel::oneshot;
use futures_util::lock::Mutex;

pub(crate) use self::insertions::Insertions;
use crate::{
    cancel::CancelToken,
    port::{PortError, UsbPort},
    reader::{ReaderError, UsbReader},
};

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
    running: RefCell<Option<Rc<CancelToken>>>,
    /// Ends the watch, when it is dropped.
    plugged: RefCell<Option<oneshot::Sender<()>>>,
    unplugged: RefCell<Option<oneshot::Receiver<()>>>,
}

/// What is in the reader, by its own word.
struct Seen {
    slot: Slot,
    /// Whether there is a card that has yet to be powered.
    wants_power: bool,
    /// Which insertion the card is.
    insertion: u64,
    /// How often it may have become another card.
    changes: u64,
}

/// What is known of the card.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) state: CardState,
    /// `None` while there is nothing that has to end.
    opened: Option<Opened>,
    /// Of which card it is known: [`Seen::changes`].
    changes: u64,
    /// An operation has the card. Where this is found, it went away in the midst of it.
    pub(crate) is_at_work: bool,
}

impl Held {
    /// The card was reset, or is another one.
    pub(crate) fn forget(&mut self) {
        self.state = CardState::default();
        self.opened = None;
    }

    /// Whether what was opened has been so for too long.
    pub(crate) fn is_over(&self, limits: Limits, now: Moment) -> bool {
        self.opened
            .is_some_and(|opened| limits.are_over(&opened, now))
    }

    /// Notes that the card was used, and since when it is open.
    pub(crate) fn note(&mut self, now: Moment) {
        self.opened = Opened::used(self.opened, &mut self.state, now);
    }
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
    ) -> Self {
        let (plugged, unplugged) = oneshot::channel();
        Self {
            name,
            port,
            reader,
            held: Mutex::default(),
            seen: RefCell::new(Seen {
                slot: Slot::Empty,
                wants_power: false,
                insertion: 0,
                changes: 0,
            }),
            insertions,
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

    /// The key was pulled: its watch ends.
    pub(crate) fn unplug(&self) {
        drop(self.plugged.borrow_mut().take());
    }

    /// Takes note of what the reader says by itself. Whether that is news.
    pub(crate) fn see(&self, presence: Presence) -> bool {
        let mut seen = self.seen.borrow_mut();
        let has_card = seen.slot != Slot::Empty || seen.wants_power;
        match presence {
            Presence::Absent if has_card => {
                seen.changes += 1;
                seen.slot = Slot::Empty;
                seen.wants_power = false;
            }
            Presence::Present { is_new } if is_new || !has_card => {
                seen.changes += 1;
                seen.wants_power = true;
                seen.insertion = self.insertions.next(&self.name);
            }
            Presence::HardwareError => {
                seen.changes += 1;
                seen.slot = Slot::Mute;
                seen.wants_power = true;
            }
            Presence::Absent | Presence::Present { .. } | Presence::Elsewhere => return false,
        }
        true
    }

    /// Takes note of an answer of the reader about the card that it was asked for.
    fn see_activation(&self, outcome: &Result<Vec<u8>, ReaderError>) {
        let mut seen = self.seen.borrow_mut();
        seen.wants_power = false;
        seen.slot = match outcome {
            Ok(atr) => {
                if seen.insertion == 0 {
                    seen.insertion = self.insertions.next(&self.name);
                }
                Slot::Card {
                    insertion: seen.insertion,
                    atr: hex::encode(atr),
                }
            }
            Err(
                ReaderError::Session(SessionError::CardAbsent | SessionError::CardRemoved)
                | ReaderError::Port(PortError::Gone),
            ) => Slot::Empty,
            Err(error) => {
                tracing::info!(%error, "a card in a USB reader has no power");
                Slot::Mute
            }
        };
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
        } else if self.is_empty() {
            return Err(CardError::NoCard);
        }
        held.forget();
        let outcome = self.reader.power_on().await;
        self.see_activation(&outcome);
        outcome.map(drop).map_err(CardError::from)
    }

    fn is_empty(&self) -> bool {
        let seen = self.seen.borrow();
        seen.slot == Slot::Empty && !seen.wants_power
    }

    /// Ends what was opened on the card: it is without power for a moment, and forgets.
    /// What another page, or another program, left open ends as well.
    pub(crate) async fn reset_card(&self, held: &mut Held) {
        held.forget();
        if !self.reader.is_lost()
            && let Err(error) = self.reader.power_off().await
        {
            tracing::warn!(%error, "a card's power was not to be taken");
            self.reader.lose();
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
    /// `is_released`: its card was let go of meanwhile.
    pub(crate) async fn conclude(
        &self,
        held: &mut Held,
        error: Option<CardError>,
        is_released: bool,
    ) {
        held.is_at_work = false;
        // Whatever the card is in the midst of.
        let is_unsure = self.reader.take_given_up()
            || matches!(error, Some(CardError::CardMute | CardError::ReaderError));
        match error {
            Some(CardError::CardRemoved | CardError::NoCard) => {
                held.forget();
                // It is out, even if another one, or the same, is in by now.
                self.see(Presence::Absent);
                if !self.reader.is_lost() && self.look().await {
                    self.power(held).await;
                }
            }
            _ if self.reader.is_lost() || is_unsure => self.reset_card(held).await,
            _ if is_released && held.state.has_to_end() => self.reset_card(held).await,
            _ if is_released => held.forget(),
            _ => {}
        }
    }

    /// Asks the reader what is in it. Whether that is news.
    pub(crate) async fn look(&self) -> bool {
        let has_power = self.reader.atr().is_some();
        match self.reader.status().await {
            Ok(IccStatus::Absent) => self.see(Presence::Absent),
            Ok(IccStatus::Active) => self.see(Presence::Present { is_new: false }),
            // It lost its power, which only a card does that was pulled.
            Ok(IccStatus::Inactive) => self.see(Presence::Present { is_new: has_power }),
            Err(error) => {
                tracing::info!(%error, "a USB reader does not say what is in it");
                false
            }
        }
    }
}
