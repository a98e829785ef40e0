//! Real readers, through the system's smart-card service (PC/SC: `pcscd`). A
//! thread watches it; every connection has a context of its own, so that one
//! that blocks does not hold up another.

mod connection;
mod error;
mod features;
mod pin_pad;
mod place;
mod watcher;

use std::{ffi::CString, sync::Arc};

use ::pcsc::{Context, Scope};
use card_protocol::{CardError, bridge::Readers};
use tokio::sync::watch;

use self::{connection::PcscConnection, watcher::Watcher};
use super::{CardConnection, ReaderBackend};

/// The readers of the system's smart-card service.
pub struct PcscReaders {
    readers: watch::Receiver<Readers>,
    watcher: Arc<Watcher>,
}

impl PcscReaders {
    /// Begins to watch. The service may be missing, die and come back: the
    /// readers say so. With `look_for_pin_pads`, each new reader is asked
    /// whether it has one. Only readers whose name contains a word of `only`
    /// are offered, unless it is empty.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(look_for_pin_pads: bool, only: Vec<String>) -> std::io::Result<Self> {
        let (sender, readers) = watch::channel(Readers::default());
        let watcher = Arc::new(Watcher::new(look_for_pin_pads, only));
        let running = Arc::clone(&watcher);
        std::thread::Builder::new()
            .name("pcsc-watcher".to_owned())
            .spawn(move || running.run(&sender))?;
        Ok(Self { readers, watcher })
    }
}

impl ReaderBackend for PcscReaders {
    fn readers(&self) -> watch::Receiver<Readers> {
        self.readers.clone()
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError> {
        if !self.watcher.offers(reader) {
            return Err(CardError::NoReader);
        }
        let name = CString::new(reader).map_err(|_nul| CardError::NoReader)?;
        let context = Context::establish(Scope::System).map_err(error::connecting)?;
        Ok(Box::new(PcscConnection::open(context, name)?))
    }
}

impl Drop for PcscReaders {
    fn drop(&mut self) {
        self.watcher.stop();
    }
}
