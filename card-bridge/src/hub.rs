//! What all pages share: the readers, who uses which of them right now, the
//! settings, and the cards of pages that are being reloaded.

mod parked;
mod slots;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use card_operations::pin_try::{Budget, LastTries};
use card_protocol::{CardError, bridge::Readers};
use tokio::{sync::watch, task::JoinSet, time::timeout};

use self::parked::Parked;
pub use self::parked::SharedCards;
pub(crate) use self::{
    parked::{GRACE, Ticket, Tickets},
    slots::{Slot, Slots},
};
use crate::{
    bridge_key::BridgeKey,
    clock::Clock,
    config::{Config, ConfigError, Settings},
    confirm::Surroundings,
    reader::{CardConnection, ReaderBackend, common::Connections},
    replay_guard::ReplayGuard,
};

/// How long a page waits for another page's operation on the same reader.
const TURN: Duration = Duration::from_secs(3);

/// The shared part of a running bridge.
pub struct Hub {
    backends: Vec<Arc<dyn ReaderBackend>>,
    readers: watch::Receiver<Readers>,
    /// The readers in use; whether the card in it owes an answer for too long.
    leases: Mutex<HashMap<String, bool>>,
    /// Told whenever a lease ends.
    freed: watch::Sender<()>,
    settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) replay_guard: ReplayGuard,
    /// By which pages know this bridge again; `None` where it can't be kept.
    pub(crate) key: Option<BridgeKey>,
    /// How many pages there were so far.
    pages: AtomicU64,
    pub(crate) parked: Parked,
    /// How many pages each origin has here.
    pub(crate) slots: Slots,
    /// The wrong PINs of each origin.
    pub(crate) budget: Budget,
    /// The last tries that were refused.
    pub(crate) last_tries: Arc<LastTries>,
    connections: Connections,
    closing: watch::Sender<bool>,
    /// Ended with the hub.
    _merging: JoinSet<()>,
}

impl Hub {
    /// Brings the readers of all `backends` together. The `settings` (of a user's
    /// folder alone, or of the machine, too) are read anew for each page; `replay_guard` knows which
    /// programs ran; by the `key` pages know the bridge again, and without it none does.
    /// Needs a tokio runtime.
    #[must_use]
    pub fn new(
        backends: Vec<Arc<dyn ReaderBackend>>,
        settings: impl Into<Settings>,
        clock: Clock,
        replay_guard: ReplayGuard,
        key: Option<BridgeKey>,
    ) -> Arc<Self> {
        let sources: Vec<_> = backends.iter().map(|backend| backend.readers()).collect();
        let merged = Arc::new(watch::Sender::new(merge(&sources)));
        let readers = merged.subscribe();
        let last_tries = Arc::new(LastTries::default());
        let mut merging = JoinSet::new();
        for mut source in sources.clone() {
            let (sources, merged) = (sources.clone(), Arc::clone(&merged));
            let last_tries = Arc::clone(&last_tries);
            merging.spawn(async move {
                // Whatever changed before is seen in the first round.
                source.mark_changed();
                while source.changed().await.is_ok() {
                    // One that comes back has every card inserted anew, and nobody did that.
                    if !source.borrow_and_update().service {
                        last_tries.forget();
                    }
                    merged.send_if_modified(|readers| {
                        let now = merge(&sources);
                        let changed = *readers != now;
                        *readers = now;
                        changed
                    });
                }
            });
        }
        Arc::new(Self {
            backends,
            readers,
            leases: Mutex::default(),
            freed: watch::Sender::new(()),
            settings: settings.into(),
            clock,
            replay_guard,
            key,
            pages: AtomicU64::default(),
            parked: Parked::default(),
            slots: Slots::default(),
            budget: Budget::default(),
            last_tries,
            connections: Connections::default(),
            closing: watch::Sender::new(false),
            _merging: merging,
        })
    }

    /// A number that no other page of this bridge has.
    pub(crate) fn next_page(&self) -> u64 {
        self.pages.fetch_add(1, Ordering::Relaxed)
    }

    /// All readers now, and each change of them.
    #[must_use]
    pub fn readers(&self) -> watch::Receiver<Readers> {
        self.readers.clone()
    }

    /// Whether the machine's smart-card service is there.
    pub(crate) fn has_service(&self) -> bool {
        self.readers.borrow().service
    }

    /// The settings as they are now.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn config(&self) -> Result<Config, ConfigError> {
        self.settings.read()
    }

    /// Ends all sessions; their cards are let go of.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Waits until the bridge ends.
    pub(crate) async fn closing(&self) {
        let mut closing = self.closing.subscribe();
        // The sender is a part of the hub.
        drop(closing.wait_for(|closing| *closing).await);
    }

    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Connects to the card in `reader`. Blocks.
    pub(crate) fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError> {
        let backend = self.backend(reader)?;
        self.connections.connect(reader, || backend.connect(reader))
    }

    /// Which insertion the card in `reader` is, by the system's word.
    pub(crate) fn insertion(&self, reader: &str) -> Option<u64> {
        let readers = self.readers.borrow();
        let mut readers = readers.readers.iter();
        match readers.find(|known| known.name == reader)?.slot {
            card_protocol::bridge::Slot::Card { insertion, .. } => Some(insertion),
            card_protocol::bridge::Slot::Empty | card_protocol::bridge::Slot::Mute => None,
        }
    }

    /// Reserves `reader` for one operation, as soon as the operation of
    /// another page is over.
    ///
    /// # Errors
    /// [`CardError::Busy`] if that takes longer than [`TURN`]; [`CardError::CardMute`] if
    /// it is because the card there does not answer.
    pub(crate) async fn lease(self: &Arc<Self>, reader: &str) -> Result<Lease, CardError> {
        let mut freed = self.freed.subscribe();
        let try_lease = || {
            let mut leases = self.leases();
            let is_free = !leases.contains_key(reader);
            is_free.then(|| {
                leases.insert(reader.to_owned(), false);
                Lease {
                    hub: Arc::clone(self),
                    reader: reader.to_owned(),
                }
            })
        };
        let turn = async {
            loop {
                freed.mark_unchanged();
                if let Some(lease) = try_lease() {
                    return Ok(lease);
                }
                // The sender is a part of the hub.
                freed.changed().await.map_err(|_gone| CardError::Busy)?;
            }
        };
        match timeout(TURN, turn).await {
            Ok(turn) => turn,
            Err(_late) if self.leases().get(reader) == Some(&true) => Err(CardError::CardMute),
            Err(_late) => Err(CardError::Busy),
        }
    }

    /// The card in `reader`, which is in use, owes an answer for too long.
    pub(crate) fn note_mute(&self, reader: &str) {
        if let Some(is_mute) = self.leases().get_mut(reader) {
            *is_mute = true;
        }
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<String, bool>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `confirm = "auto"` depends on.
    pub(crate) fn surroundings(&self) -> Surroundings {
        #[cfg(feature = "demo")]
        let is_demo = self.software_cards().is_some();
        #[cfg(not(feature = "demo"))]
        let is_demo = false;
        Surroundings::of_process(is_demo)
    }

    /// The software cards of the demo, if there are any.
    #[cfg(feature = "demo")]
    pub(crate) fn software_cards(&self) -> Option<&crate::reader::demo::SoftwareReaders> {
        self.backends
            .iter()
            .find_map(|backend| backend.software_cards())
    }

    fn backend(&self, reader: &str) -> Result<&dyn ReaderBackend, CardError> {
        self.backends
            .iter()
            .find(|backend| {
                let readers = backend.readers();
                let readers = readers.borrow();
                readers.readers.iter().any(|known| known.name == reader)
            })
            .map(|backend| &**backend)
            .ok_or(CardError::NoReader)
    }
}

/// A reader in use. Dropping it frees the reader.
pub(crate) struct Lease {
    hub: Arc<Hub>,
    reader: String,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.hub.leases().remove(&self.reader);
        self.hub.freed.send_replace(());
    }
}

fn merge(sources: &[watch::Receiver<Readers>]) -> Readers {
    let mut all = Readers::default();
    for source in sources {
        let source = source.borrow();
        all.service |= source.service;
        all.refused |= source.refused;
        all.readers.extend_from_slice(&source.readers);
    }
    all
}
