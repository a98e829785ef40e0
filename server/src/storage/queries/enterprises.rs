//! Enterprises.

use super::events;
use crate::storage::{
    EnterpriseRecord, NewEnterprise, NewEvent, StoreError, connection::Connection,
    database::WriteQuery, value::arguments,
};

/// Registers an enterprise.
pub(in crate::storage) struct AddEnterprise {
    pub(in crate::storage) enterprise: NewEnterprise,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for AddEnterprise {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let NewEnterprise { id, code, name } = &self.enterprise;
        connection
            .execute(
                "INSERT INTO enterprises (id, code, name) VALUES ($1, $2, $3)",
                arguments![*id, code, name],
            )
            .await?;
        events::insert(connection, &self.event).await?;
        Ok(())
    }
}

/// The enterprise with this code.
pub(in crate::storage) async fn by_code(
    connection: &mut Connection<'_>,
    code: &str,
) -> Result<Option<EnterpriseRecord>, StoreError> {
    let row = connection
        .fetch(
            "SELECT id, code, name FROM enterprises WHERE code = $1",
            arguments![code],
        )
        .await?;
    row.map(|row| {
        Ok(EnterpriseRecord {
            id: row.get("id")?,
            code: row.get("code")?,
            name: row.get("name")?,
        })
    })
    .transpose()
}
