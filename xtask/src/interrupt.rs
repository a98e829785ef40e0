//! Ctrl-C, or a request to end. Once this listens, no signal ends the process
//! by itself any more: whoever waits or begins something has to look.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::error::{Error, Result};

/// The signals that ask to end.
pub(crate) const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Begins to listen.
///
/// # Errors
/// When the system does not let us.
pub(crate) fn listen() -> Result<()> {
    let requested = REQUESTED.get_or_init(Arc::default);
    for signal in SIGNALS {
        signal_hook::flag::register(signal, Arc::clone(requested))
            .map_err(|error| Error::Said(format!("signals: {error}")))?;
    }
    Ok(())
}

/// Whether somebody asked to end.
pub(crate) fn is_requested() -> bool {
    let requested = REQUESTED.get();
    requested.is_some_and(|requested| requested.load(Ordering::Relaxed))
}

/// For whoever is about to begin something.
///
/// # Errors
/// [`Error::Interrupted`] when somebody asked to end.
pub(crate) fn check() -> Result<()> {
    if is_requested() {
        return Err(Error::Interrupted);
    }
    Ok(())
}
