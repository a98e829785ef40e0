//! What is unfinished, for those who watch over the service.

use card_domain::OperationState;
use jiff::Timestamp;

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
    /// The state that they are in.
    pub state: OperationState,
    /// How many are in it, up to the limit of the count.
    pub count: u32,
    /// When the first of them was signed for.
    pub oldest: Timestamp,
}
