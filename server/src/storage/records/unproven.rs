//! Refusals before anything was proven.

use card_domain::{EventAct, Reason};
use jiff::Timestamp;

/// A refusal that names nobody: whoever asked proved nothing. Only how many
/// there were in an hour is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnprovenRefusal {
    /// When.
    pub at: Timestamp,
    /// What was refused.
    pub act: EventAct,
    /// Why.
    pub reason: Reason,
}
