//! Refusals before anything was proven.

use card_domain::{EventAct, Reason};
use jiff::Timestamp;

/// A refusal that names nobody: whoever asked proved nothing. Only how many
/// there were in an hour is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnprovenRefusal {
    /// When it was refused; only its hour is kept.
    pub at: Timestamp,
    /// What was asked for.
    pub act: EventAct,
    /// Why it was refused.
    pub reason: Reason,
}
