//! What is wrong around the server, as requests show it. Each is said once in a while:
//! a stranger can cause some of it at will.

use std::time::{Duration, Instant};

use crate::seldom::Seldom;

/// How often each is said.
const EVERY: Duration = Duration::from_mins(1);

/// One for each line.
#[derive(Debug)]
pub(crate) struct Notices {
    /// A proxy that is believed does not say for whom it asks.
    pub(super) not_forwarded: Seldom,
    /// It says it in a form that nobody understands.
    pub(super) not_understood: Seldom,
    /// A request under a name that is not ours.
    pub(super) misdirected: Seldom,
    /// A POST from an origin that is not ours.
    pub(super) foreign_origin: Seldom,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            not_forwarded: Seldom::every(EVERY),
            not_understood: Seldom::every(EVERY),
            misdirected: Seldom::every(EVERY),
            foreign_origin: Seldom::every(EVERY),
        }
    }
}

impl Notices {
    /// Says it, if it is time. `words` gets how often it was kept silent since the last
    /// time.
    pub(super) fn say(notice: &Seldom, words: impl FnOnce(u64)) {
        if let Some(silent) = notice.now(Instant::now()) {
            words(silent);
        }
    }
}
