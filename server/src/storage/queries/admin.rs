//! Administrators' tokens.

use super::events;
use crate::storage::{
    AdminToken, NewEvent, SqlStore, StoreError, TokenHash, connection::Connection,
    database::WriteQuery, row::Row, value::arguments,
};

macro_rules! columns {
    () => {
        "SELECT hash, created_at, expires_at, note, enterprise_id FROM admin_tokens"
    };
}

fn token(row: &Row) -> Result<AdminToken, StoreError> {
    Ok(AdminToken {
        hash: row.get("hash")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        note: row.get("note")?,
        enterprise: row.optional("enterprise_id")?,
    })
}

impl SqlStore {
    /// Keeps an administrator's token, with its event.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn put_admin_token(
        &self,
        token: AdminToken,
        event: NewEvent,
    ) -> Result<(), StoreError> {
        self.write(PutAdminToken { token, event }).await
    }

    /// The administrator's token with this hash, even one that has expired.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn admin_token(&self, hash: TokenHash) -> Result<Option<AdminToken>, StoreError> {
        let row = self
            .fetch(concat!(columns!(), " WHERE hash = $1"), arguments![&hash])
            .await?;
        row.as_ref().map(token).transpose()
    }

    /// All administrators' tokens, those that have expired included, the newest first.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn admin_tokens(&self) -> Result<Vec<AdminToken>, StoreError> {
        let sql = concat!(columns!(), " ORDER BY created_at DESC");
        let rows = self.fetch_all(sql, arguments![]).await?;
        rows.iter().map(token).collect()
    }

    /// Takes an administrator's token away, if it is there, and writes the event that
    /// says why, in one transaction. False, and no event, when there is none.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn take_admin_token(
        &self,
        hash: TokenHash,
        event: NewEvent,
    ) -> Result<bool, StoreError> {
        self.write(TakeAdminToken { hash, event }).await
    }
}

/// Takes an administrator's token away.
struct TakeAdminToken {
    hash: TokenHash,
    event: NewEvent,
}

impl WriteQuery for TakeAdminToken {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let taken = connection
            .execute(
                "DELETE FROM admin_tokens WHERE hash = $1",
                arguments![&self.hash],
            )
            .await?;
        if taken == 0 {
            return Ok(false);
        }
        events::insert(connection, &self.event).await?;
        Ok(true)
    }
}

/// Keeps an administrator's token.
struct PutAdminToken {
    token: AdminToken,
    event: NewEvent,
}

impl WriteQuery for PutAdminToken {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let new = &self.token;
        connection
            .execute(
                "INSERT INTO admin_tokens (hash, created_at, expires_at, note, enterprise_id) \
                 VALUES ($1, $2, $3, $4, $5)",
                arguments![
                    &new.hash,
                    new.created_at,
                    new.expires_at,
                    &new.note,
                    new.enterprise
                ],
            )
            .await?;
        events::insert(connection, &self.event).await?;
        Ok(())
    }
}
