//! Administrators' tokens.

use crate::storage::{
    AdminToken, StoreError, TokenHash, connection::Connection, database::WriteQuery,
    value::arguments,
};

/// Keeps an administrator's token.
pub(in crate::storage) struct PutAdminToken(pub(in crate::storage) AdminToken);

impl WriteQuery for PutAdminToken {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
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
pub(in crate::storage) async fn by_hash(
    connection: &mut Connection<'_>,
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
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            note: row.get("note")?,
        })
    })
    .transpose()
}
