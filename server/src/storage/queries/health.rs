//! Whether the store can be read and written just now.

use jiff::Timestamp;

use crate::storage::{
    SqlStore, StoreError, connection::Connection, database::WriteQuery, value::arguments,
};

impl SqlStore {
    /// Whether the store can be read just now.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn probe_read(&self) -> Result<(), StoreError> {
        let row = self.fetch("SELECT 1 FROM counters", arguments![]).await?;
        row.map(drop).ok_or(StoreError::NotFound)
    }

    /// Whether the store can be written just now: it writes a row, for a transaction
    /// that changes nothing needs no room on the disk.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn probe_write(&self, at: Timestamp) -> Result<(), StoreError> {
        self.write(WriteSomething { at }).await
    }
}

/// Notes when it was asked.
struct WriteSomething {
    at: Timestamp,
}

impl WriteQuery for WriteSomething {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "INSERT INTO counters (name, last) VALUES ('health', $1) \
                 ON CONFLICT (name) DO UPDATE SET last = excluded.last",
                arguments![self.at],
            )
            .await?;
        Ok(())
    }
}
