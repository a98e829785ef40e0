//! Administrators' tokens.

use crate::storage::{
    AdminToken, StoreError, TokenHash,
    database::Operation,
    sql::{Columns, Sql, arguments, needed},
};

/// Keeps an administrator's token.
pub(in crate::storage) struct PutAdminToken(pub(in crate::storage) AdminToken);

impl Operation for PutAdminToken {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
        let new = &self.0;
        connection
            .execute(
                "INSERT INTO admin_tokens (hash, created_at, expires_at, note) \
                 VALUES ($1, $2, $3, $4)",
                arguments![&new.hash, new.created_at, new.expires_at, &new.note],
            )
            .await?;
        Ok(())
    }
}

/// The administrator's token with this hash.
pub(in crate::storage) async fn by_hash<C: Sql>(
    connection: &mut C,
    hash: TokenHash,
) -> Result<Option<AdminToken>, StoreError> {
    let row = connection
        .fetch(
            "SELECT created_at, expires_at, note FROM admin_tokens WHERE hash = $1",
            arguments![&hash],
        )
        .await?;
    row.map(|row| {
        Ok(AdminToken {
            hash,
            created_at: needed(row.time(0)?, "admin_tokens.created_at")?,
            expires_at: needed(row.time(1)?, "admin_tokens.expires_at")?,
            note: needed(row.text(2)?, "admin_tokens.note")?,
        })
    })
    .transpose()
}
