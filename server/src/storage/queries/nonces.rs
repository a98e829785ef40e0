//! Nonces.

use crate::storage::{
    NewEvent, Nonce, NonceHash, SqlStore, StoreError,
    connection::Connection,
    database::WriteQuery,
    queries::events,
    rows::nonce::{nonce, nonce_columns},
    value::arguments,
};

impl SqlStore {
    /// Keeps a nonce.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when it was given out before. Those of every write
    /// besides. See [`SqlStore`].
    pub async fn put_nonce(&self, nonce: Nonce) -> Result<(), StoreError> {
        self.write(PutNonce(nonce)).await
    }

    /// Looks at a nonce without using it up.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn nonce(&self, hash: NonceHash) -> Result<Option<Nonce>, StoreError> {
        let row = self
            .fetch(
                concat!("SELECT ", nonce_columns!(), " FROM nonces WHERE hash = $1"),
                arguments![&hash],
            )
            .await?;
        row.as_ref().map(nonce).transpose()
    }

    /// Looks a nonce up and takes it out at once, even one that has expired: the
    /// caller tells late from unknown. Of two callers one gets it.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn take_nonce(&self, hash: NonceHash) -> Result<Option<Nonce>, StoreError> {
        self.database.take_nonce(TakeNonce(hash)).await
    }

    /// Takes a nonce out, if it is still there, and writes the event that says why,
    /// in one transaction. Gives the event's sequence number.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn spend_nonce(&self, hash: NonceHash, event: NewEvent) -> Result<i64, StoreError> {
        self.write(SpendNonce { hash, event }).await
    }
}

/// Keeps a nonce.
struct PutNonce(Nonce);

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
struct SpendNonce {
    hash: NonceHash,
    event: NewEvent,
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
