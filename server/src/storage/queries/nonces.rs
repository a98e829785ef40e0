//! Nonces.

use crate::storage::{
    NewEvent, Nonce, NonceHash, StoreError,
    connection::Connection,
    database::WriteQuery,
    queries::events,
    rows::nonce::{nonce, nonce_columns},
    value::arguments,
};

/// Keeps a nonce.
pub(in crate::storage) struct PutNonce(pub(in crate::storage) Nonce);

impl WriteQuery for PutNonce {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let new = &self.0;
        connection
            .execute(
                concat!(
                    "INSERT INTO nonces (",
                    nonce_columns!(),
                    ") VALUES ($1, $2, $3, $4, $5, $6)"
                ),
                arguments![
                    &new.hash,
                    new.kind.name(),
                    new.session.as_ref().map(|session| session.0.as_slice()),
                    new.card,
                    new.payload.as_deref(),
                    new.expires_at,
                ],
            )
            .await?;
        Ok(())
    }
}

/// Looks a nonce up and takes it out.
pub(in crate::storage) struct TakeNonce(pub(in crate::storage) NonceHash);

impl WriteQuery for TakeNonce {
    type Output = Option<Nonce>;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Option<Nonce>, StoreError> {
        let row = connection
            .fetch(
                concat!(
                    "DELETE FROM nonces WHERE hash = $1 RETURNING ",
                    nonce_columns!()
                ),
                arguments![&self.0],
            )
            .await?;
        row.as_ref().map(nonce).transpose()
    }
}

/// Takes a nonce out with the event that says why.
pub(in crate::storage) struct SpendNonce {
    pub(in crate::storage) hash: NonceHash,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for SpendNonce {
    type Output = i64;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<i64, StoreError> {
        // Somebody else may have been quicker: the refusal stands all the same.
        connection
            .execute("DELETE FROM nonces WHERE hash = $1", arguments![&self.hash])
            .await?;
        events::insert(connection, &self.event).await
    }
}

/// Looks at a nonce.
pub(in crate::storage) async fn look(
    connection: &mut Connection<'_>,
    hash: NonceHash,
) -> Result<Option<Nonce>, StoreError> {
    let row = connection
        .fetch(
            concat!("SELECT ", nonce_columns!(), " FROM nonces WHERE hash = $1"),
            arguments![&hash],
        )
        .await?;
    row.as_ref().map(nonce).transpose()
}
