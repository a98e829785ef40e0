//! Whether the store can be read and written just now.

use crate::storage::{
    SqlStore, StoreError, connection::Connection, database::WriteQuery, value::arguments,
};

impl SqlStore {
    /// Whether the store can be read and written just now.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let row = self.fetch("SELECT 1 FROM counters", arguments![]).await?;
        row.ok_or(StoreError::NotFound)?;
        self.write(WriteNothing).await
    }
}

/// A write that changes nothing: a transaction can begin and commit.
struct WriteNothing;

impl WriteQuery for WriteNothing {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "UPDATE counters SET last = last WHERE name = ''",
                arguments![],
            )
            .await?;
        Ok(())
    }
}
