//! The page of a connection: who it is, and how its person is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use card_operations::lifetime::Limits;

use crate::{
    config::{Allowed, Config},
    confirm::Confirmation,
    hub::Hub,
    pin_entry::PinDialog,
    pin_gate::PinGate,
};

/// Who the page is, and how its PINs are typed.
pub(crate) struct Page {
    /// Which one it is of all that this bridge had.
    pub(crate) number: u64,
    pub(crate) allowed: Allowed,
    pub(crate) pin: PinGate,
    /// How many wrong PINs its origin may have tried in an hour.
    pub(crate) wrong_pins_per_hour: usize,
    /// How long a card stays verified.
    pub(crate) limits: Limits,
    pub(crate) confirmation: Confirmation,
    /// See [`Self::confirmed`].
    confirmed: Mutex<Option<[u8; 32]>>,
}

impl Page {
    /// A new page of an allowed origin, as the settings are now.
    pub(super) async fn new(hub: &Hub, config: &Config, allowed: Allowed) -> Self {
        let dialog = PinDialog::new(config.pin_entry, config.pinentry.clone());
        Self {
            number: hub.next_page(),
            confirmation: Confirmation::resolve(config, hub.surroundings()).await,
            confirmed: Mutex::default(),
            pin: PinGate::new(dialog, allowed.origin.clone()),
            wrong_pins_per_hour: config
                .wrong_pins_per_hour
                .get()
                .try_into()
                .unwrap_or(usize::MAX),
            limits: config.limits(),
            allowed,
        }
    }

    /// The proposal that was confirmed in the window and not signed yet: a wrong
    /// PIN is no reason to ask again.
    pub(crate) fn confirmed(&self) -> MutexGuard<'_, Option<[u8; 32]>> {
        self.confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
