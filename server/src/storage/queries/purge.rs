//! Takes away what nobody can use any more, a bounded piece at a time so
//! that no writer waits long.

use jiff::Timestamp;

use super::{
    certificates::revoke_held,
    enrolments::{lock_card, without_held},
    register,
};
use crate::storage::{
    SqlStore, StoreError, connection::Connection, database::WriteQuery, value::arguments,
};

impl SqlStore {
    /// Takes away at most `limit` nonces, enrolments and administrators' tokens
    /// that expired before `expired`, and as many sessions that ended before
    /// `ended`. Gives how many there were; ask again until it is 0.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn purge(
        &self,
        expired: Timestamp,
        ended: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let purge = Purge {
            expired,
            ended,
            limit,
        };
        self.write(purge).await
    }
}

/// Takes away what is over.
struct Purge {
    expired: Timestamp,
    ended: Timestamp,
    limit: u32,
}

impl WriteQuery for Purge {
    type Output = u64;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<u64, StoreError> {
        let mut purged = 0;
        for (sql, before) in [
            (
                "DELETE FROM nonces WHERE hash IN \
                 (SELECT hash FROM nonces WHERE expires_at < $1 LIMIT $2)",
                self.expired,
            ),
            (
                "DELETE FROM admin_tokens WHERE hash IN \
                 (SELECT hash FROM admin_tokens WHERE expires_at < $1 LIMIT $2)",
                self.expired,
            ),
            (
                "DELETE FROM sessions WHERE token_hash IN \
                 (SELECT token_hash FROM sessions WHERE ends_at < $1 LIMIT $2)",
                self.ended,
            ),
        ] {
            purged += connection
                .execute(sql, arguments![before, self.limit])
                .await?;
        }
        let enrolments = connection
            .fetch_all(
                "DELETE FROM enrolments WHERE id IN \
                 (SELECT id FROM enrolments WHERE expires_at < $1 LIMIT $2) \
                 RETURNING card_id, step",
                arguments![self.expired, self.limit],
            )
            .await?;
        for row in enrolments {
            purged += 1;
            // A card that was made may hold the certificate of a 延期 by now.
            if row.get::<String>("step")? == "made" {
                continue;
            }
            let card = row.get("card_id")?;
            lock_card(connection, card).await?;
            match register::explained(connection, card).await {
                Ok(before) => {
                    revoke_held(connection, card).await?;
                    let facts = without_held(&before);
                    let at = self.expired;
                    register::record_step(connection, card, None, &before, &facts, at).await?;
                }
                // What was changed past the server waits for whoever looks into it,
                // and keeps nothing else from being taken away.
                Err(StoreError::Unexplained { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(purged)
    }
}
