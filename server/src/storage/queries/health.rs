//! Whether the store can be read and written just now.

use crate::storage::{StoreError, connection::Connection, database::WriteQuery, value::arguments};

/// A write that changes nothing: a transaction can begin and commit.
pub(in crate::storage) struct WriteNothing;

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

/// Reads a little.
pub(in crate::storage) async fn read(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    let row = connection
        .fetch("SELECT 1 FROM counters", arguments![])
        .await?;
    row.map(drop).ok_or(StoreError::NotFound)
}
