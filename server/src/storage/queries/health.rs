//! Whether the store can be read and written just now.

use crate::storage::{
    StoreError,
    database::Operation,
    sql::{Sql, arguments},
};

/// A write that changes nothing: a transaction can begin and commit.
pub(in crate::storage) struct WriteNothing;

impl Operation for WriteNothing {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
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
pub(in crate::storage) async fn read<C: Sql>(connection: &mut C) -> Result<(), StoreError> {
    let row = connection
        .fetch("SELECT 1 FROM counters", arguments![])
        .await?;
    row.map(drop).ok_or(StoreError::NotFound)
}
