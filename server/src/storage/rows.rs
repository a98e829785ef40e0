//! How the rows of the tables become records. Each file has the columns that
//! a statement selects and the function that reads them, in the same order.

pub(super) mod act;
pub(super) mod card;
pub(super) mod enrolment;
pub(super) mod event;
pub(super) mod nonce;
pub(super) mod operation;
pub(super) mod session;
pub(super) mod state;

use super::{StoreError, error::corrupt};

/// A digest of 32 bytes.
fn digest(bytes: Vec<u8>, column: &'static str) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_length| corrupt(column))
}

/// One of a closed list of names.
fn named<T>(
    name: &str,
    from_name: impl Fn(&str) -> Option<T>,
    column: &'static str,
) -> Result<T, StoreError> {
    from_name(name).ok_or(StoreError::Corrupt { column })
}
