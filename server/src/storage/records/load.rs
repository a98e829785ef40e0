//! How busy the store is, for those who watch over the service.

use card_domain::OperationState;
use jiff::Timestamp;

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

/// What is unfinished in the journal, of all enterprises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalCounts {
    /// What is open, by state; a state without any is left out.
    pub open: Vec<OpenOperations>,
    /// Operations that were abandoned after they touched their card, which was
    /// not seen to be right since.
    pub unsettled: u32,
}

/// The open operations in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOperations {
    /// The state.
    pub state: OperationState,
    /// How many.
    pub count: u32,
    /// When the first of them was signed for.
    pub oldest: Timestamp,
}
