//! What the store is measured by: how busy its parts are, and what waits in it.

use std::collections::BTreeMap;

use card_domain::OperationState;

/// What the store's own parts are doing at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLoad {
    /// Connections that wait for something to do; of SQLite those that read.
    pub idle: u32,
    /// Connections at work.
    pub in_use: u32,
    /// The most connections that there may be.
    pub most: u32,
    /// Writes that wait for the one writer, where there is one.
    pub queue: Option<u32>,
}

/// What the store said.
pub(crate) struct Sample {
    /// Events without a place.
    pub(crate) waiting: f64,
    /// Seconds that the oldest of them waits.
    pub(crate) oldest_waiting: f64,
    /// Operations that were given up and whose card was not seen since.
    pub(crate) unsettled: f64,
    /// Open operations: how many, and the age of the oldest in seconds.
    pub(crate) open: BTreeMap<&'static str, (f64, f64)>,
}

impl Sample {
    /// The open operations in this state: how many, and the age of the oldest
    /// in seconds.
    pub(super) fn open(&self, state: OperationState) -> (f64, f64) {
        self.open.get(state.name()).copied().unwrap_or_default()
    }
}
