//! Random bytes of the operating system: the only source of nonces, keys and ids.

use thiserror::Error;
use uuid::Uuid;

/// The operating system gave no random bytes.
#[derive(Debug, Error)]
#[error("the system's random generator failed: {0}")]
pub struct RandomError(#[from] getrandom::Error);

/// `N` random bytes.
///
/// # Errors
///
/// [`RandomError`] when the system has none.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A new UUID version 7 for a row that is made at `now`.
///
/// # Errors
///
/// [`RandomError`] when the system has no random bytes.
pub(crate) fn uuid(now: jiff::Timestamp) -> Result<Uuid, RandomError> {
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let random = bytes()?;
    Ok(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
}
