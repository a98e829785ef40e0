//! Enterprises.

use card_domain::EnterpriseId;

use super::events;
use crate::storage::{
    EnterpriseRecord, NewEnterprise, NewEvent, StoreError,
    database::Operation,
    sql::{Columns, Sql, arguments, needed},
};

/// Registers an enterprise.
pub(in crate::storage) struct AddEnterprise {
    pub(in crate::storage) enterprise: NewEnterprise,
    pub(in crate::storage) event: NewEvent,
}

impl Operation for AddEnterprise {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
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
pub(in crate::storage) async fn by_code<C: Sql>(
    connection: &mut C,
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
            id: EnterpriseId(needed(row.uuid(0)?, "enterprises.id")?),
            code: needed(row.text(1)?, "enterprises.code")?,
            name: needed(row.text(2)?, "enterprises.name")?,
        })
    })
    .transpose()
}
