//! Enterprises.

use card_domain::EnterpriseId;

use super::events;
use crate::storage::{
    EnterpriseRecord, NewEnterprise, NewEvent, SqlStore, StoreError, connection::Connection,
    database::WriteQuery, row::Row, value::arguments,
};

impl SqlStore {
    /// Registers an enterprise.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when its code is taken. Those of every write
    /// besides. See [`SqlStore`].
    pub async fn add_enterprise(
        &self,
        enterprise: NewEnterprise,
        event: NewEvent,
    ) -> Result<(), StoreError> {
        self.write(AddEnterprise { enterprise, event }).await
    }

    /// The enterprise with this code. For making cards, where no session exists.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn enterprise_by_code(
        &self,
        code: &str,
    ) -> Result<Option<EnterpriseRecord>, StoreError> {
        let row = self
            .fetch(
                "SELECT id, code, name FROM enterprises WHERE code = $1",
                arguments![code],
            )
            .await?;
        row.as_ref().map(enterprise).transpose()
    }

    /// The enterprise with this key. For administrators, who have no session.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn enterprise(
        &self,
        id: EnterpriseId,
    ) -> Result<Option<EnterpriseRecord>, StoreError> {
        let row = self
            .fetch(
                "SELECT id, code, name FROM enterprises WHERE id = $1",
                arguments![id],
            )
            .await?;
        row.as_ref().map(enterprise).transpose()
    }
}

fn enterprise(row: &Row) -> Result<EnterpriseRecord, StoreError> {
    Ok(EnterpriseRecord {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
    })
}

/// Registers an enterprise.
struct AddEnterprise {
    enterprise: NewEnterprise,
    event: NewEvent,
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
