//! The thread that watches the smart-card service: readers and cards that come
//! and go, and the service itself, which may be missing, die and come back.

use std::{
    collections::HashMap,
    ffi::{CStr, CString},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use card_protocol::{
    bridge::{Reader, Readers, Slot},
    hex,
};
use pcsc::{Context, Error, PNP_NOTIFICATION, Protocols, ReaderState, Scope, ShareMode, State};
use tokio::sync::watch;

use super::{super::is_offered, pin_pad};

/// How often a missing service is looked for.
const RETRY: Duration = Duration::from_millis(500);
/// The longest wait for an event; changes of the list of readers between two
/// waits, which older services don't report, are seen after it.
const WAIT: Duration = Duration::from_secs(5);

/// The watcher: shared between its thread and whoever stops it.
pub(super) struct Watcher {
    look_for_pin_pads: bool,
    /// See [`super::PcscReaders::start`].
    only: Vec<String>,
    control: Mutex<Control>,
    stopped: Condvar,
}

#[derive(Default)]
struct Control {
    is_stopped: bool,
    context: Option<Context>,
}

/// What is known of one reader.
struct Known {
    /// The service's count of insertions and removals, when last seen.
    events: Option<u32>,
    insertion: u64,
    has_pin_pad: bool,
}

impl Watcher {
    pub(super) fn new(look_for_pin_pads: bool, only: Vec<String>) -> Self {
        Self {
            look_for_pin_pads,
            only,
            control: Mutex::default(),
            stopped: Condvar::new(),
        }
    }

    /// Whether pages may use the reader of this name.
    pub(super) fn offers(&self, reader: &str) -> bool {
        is_offered(&self.only, reader)
    }

    /// Ends the thread, at once if it waits for an event.
    pub(super) fn stop(&self) {
        let mut control = self.control();
        control.is_stopped = true;
        if let Some(context) = control.context.take()
            && let Err(error) = context.cancel()
        {
            tracing::debug!(%error, "cancelling the watch");
        }
        self.stopped.notify_all();
    }

    /// The thread: watches until it is stopped.
    pub(super) fn run(&self, readers: &watch::Sender<Readers>) {
        let mut known: HashMap<CString, Known> = HashMap::new();
        loop {
            let Err(error) = self.watch(readers, &mut known);
            if self.control().is_stopped {
                return;
            }
            let gone = Readers {
                refused: error == Error::SecurityViolation,
                ..Readers::default()
            };
            readers.send_if_modified(|readers| {
                let changed = *readers != gone;
                if changed && gone.refused {
                    tracing::warn!(%error, "the system's policy refuses the smart-card service");
                } else if changed {
                    tracing::warn!(%error, "the smart-card service is gone");
                }
                *readers = gone;
                changed
            });
            // A service that comes back has powered all cards anew.
            for known in known.values_mut() {
                known.events = None;
            }
            let control = self.control();
            drop(
                self.stopped
                    .wait_timeout_while(control, RETRY, |control| !control.is_stopped)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }

    /// Watches until the service is gone or the watcher is stopped.
    fn watch(
        &self,
        readers: &watch::Sender<Readers>,
        known: &mut HashMap<CString, Known>,
    ) -> Result<std::convert::Infallible, Error> {
        let context = Context::establish(Scope::System)?;
        self.control().context = Some(context.clone());
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        while !self.control().is_stopped {
            self.list(&context, &mut states, known)?;
            // Every state that is UNAWARE is answered at once.
            match context.get_status_change(WAIT, &mut states) {
                // The reader went away after it was listed.
                Ok(()) | Err(Error::Timeout | Error::UnknownReader) => {}
                Err(error) => return Err(error),
            }
            let now = report(&mut states, known);
            readers.send_if_modified(|readers| {
                let changed = *readers != now;
                *readers = now;
                changed
            });
        }
        Err(Error::Cancelled)
    }

    /// Adds the readers that came and drops those that went.
    fn list(
        &self,
        context: &Context,
        states: &mut Vec<ReaderState>,
        known: &mut HashMap<CString, Known>,
    ) -> Result<(), Error> {
        let mut names = match context.list_readers_owned() {
            Ok(names) => names,
            Err(Error::NoReadersAvailable) => Vec::new(),
            Err(error) => return Err(error),
        };
        names.retain(|name| self.offers(&name.to_string_lossy()));
        let is_listed = |name: &CStr| names.iter().any(|listed| listed.as_c_str() == name);
        states.retain(|state| state.name() == PNP_NOTIFICATION() || is_listed(state.name()));
        for name in &names {
            if states.iter().any(|state| state.name() == name.as_c_str()) {
                continue;
            }
            let has_pin_pad = self.look_for_pin_pads && has_pin_pad(context, name);
            let insertion = known.get(name).map_or(0, |known| known.insertion);
            known.insert(
                name.clone(),
                Known {
                    events: None,
                    insertion,
                    has_pin_pad,
                },
            );
            states.push(ReaderState::new(name.clone(), State::UNAWARE));
        }
        Ok(())
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The readers as the service last told them.
fn report(states: &mut [ReaderState], known: &mut HashMap<CString, Known>) -> Readers {
    let mut readers = Vec::with_capacity(states.len());
    for state in states {
        state.sync_current_state();
        let Some(known) = known.get_mut(state.name()) else {
            continue;
        };
        let (events, flags) = (state.event_count(), state.event_state());
        if flags.intersects(State::UNKNOWN | State::UNAVAILABLE) {
            continue;
        }
        let slot = if !flags.contains(State::PRESENT) {
            Slot::Empty
        } else if flags.contains(State::MUTE) {
            Slot::Mute
        } else {
            if known.events != Some(events) {
                known.insertion += 1;
            }
            Slot::Card {
                insertion: known.insertion,
                atr: hex::encode(state.atr()),
            }
        };
        known.events = Some(events);
        readers.push(Reader {
            name: state.name().to_string_lossy().into_owned(),
            slot,
            is_virtual: false,
            has_pin_pad: known.has_pin_pad,
        });
    }
    Readers {
        service: true,
        refused: false,
        readers,
    }
}

/// Asks a reader without touching the card in it.
fn has_pin_pad(context: &Context, reader: &CStr) -> bool {
    match context.connect(reader, ShareMode::Direct, Protocols::UNDEFINED) {
        Ok(card) => {
            let found = pin_pad::is_there(&card);
            if let Err((card, error)) = card.disconnect(pcsc::Disposition::LeaveCard) {
                tracing::debug!(%error, "disconnecting from a reader");
                drop(card);
            }
            found
        }
        Err(error) => {
            tracing::info!(%error, "a reader can't be asked for its pin pad");
            false
        }
    }
}
