//! A nonce.

use card_domain::CardId;

use super::{digest, named};
use crate::storage::{
    Nonce, NonceHash, NonceKind, StoreError, TokenHash,
    sql::{Columns, needed},
};

/// The columns of [`nonce`], of the table `nonces`.
macro_rules! nonce_columns {
    () => {
        "hash, kind, session_hash, card_id, payload, expires_at"
    };
}
pub(in crate::storage) use nonce_columns;

/// Reads a nonce.
pub(in crate::storage) fn nonce(row: &impl Columns) -> Result<Nonce, StoreError> {
    let hash = digest(needed(row.bytes(0)?, "nonces.hash")?, "nonces.hash")?;
    let kind = needed(row.text(1)?, "nonces.kind")?;
    let session = row
        .bytes(2)?
        .map(|bytes| digest(bytes, "nonces.session_hash"))
        .transpose()?;
    Ok(Nonce {
        hash: NonceHash(hash),
        kind: named(&kind, NonceKind::from_name, "nonces.kind")?,
        session: session.map(TokenHash),
        card: row.uuid(3)?.map(CardId),
        payload: row.text(4)?,
        expires_at: needed(row.time(5)?, "nonces.expires_at")?,
    })
}
