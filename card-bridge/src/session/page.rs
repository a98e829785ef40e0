//! The page of a connection: who it is, and how its person is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    config::{Allowed, Config},
    confirm::Confirmation,
    hub::Hub,
    pin_entry::PinDialog,
};

/// Who the page is, and how its PINs are typed.
pub(crate) struct Page {
    /// Which one it is of all that this bridge had.
    pub(crate) number: u64,
    pub(crate) allowed: Allowed,
    pub(crate) pin: PinDialog,
    pub(crate) confirmation: Confirmation,
    /// See [`Self::confirmed`].
    confirmed: Mutex<Option<[u8; 32]>>,
}

impl Page {
    /// A new page of an allowed origin, as the settings are now.
    pub(super) async fn new(hub: &Hub, config: Config, allowed: Allowed) -> Self {
        Self {
            number: hub.next_page(),
            confirmation: Confirmation::resolve(&config, hub.surroundings()).await,
            confirmed: Mutex::default(),
            pin: PinDialog::new(config.pin_entry, config.pinentry),
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
