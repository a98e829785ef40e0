//! A nonce.

use crate::storage::{Nonce, StoreError, row::Row};

/// The columns of [`nonce`], of the table `nonces`.
macro_rules! nonce_columns {
    () => {
        "hash, kind, session_hash, card_id, payload, expires_at"
    };
}
pub(in crate::storage) use nonce_columns;

/// Reads a nonce.
pub(in crate::storage) fn nonce(row: &Row) -> Result<Nonce, StoreError> {
    Ok(Nonce {
        hash: row.get("hash")?,
        kind: row.get("kind")?,
        session: row.optional("session_hash")?,
        card: row.optional("card_id")?,
        payload: row.optional("payload")?,
        expires_at: row.get("expires_at")?,
    })
}
