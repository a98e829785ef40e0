//! Takes away what nobody can use any more, a bounded piece at a time so
//! that no writer waits long.

use card_domain::CardId;
use jiff::Timestamp;

use super::enrolments::revoke_held;
use crate::storage::{
    StoreError,
    database::Operation,
    sql::{Columns, Sql, arguments, needed},
};

/// Takes away what is over.
pub(in crate::storage) struct Purge {
    pub(in crate::storage) expired: Timestamp,
    pub(in crate::storage) ended: Timestamp,
    pub(in crate::storage) limit: u32,
}

impl Operation for Purge {
    type Output = u64;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<u64, StoreError> {
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
                 (SELECT id FROM enrolments WHERE expires_at < $1 LIMIT $2) RETURNING card_id",
                arguments![self.expired, self.limit],
            )
            .await?;
        for row in enrolments {
            let card = CardId(needed(row.uuid(0)?, "enrolments.card_id")?);
            revoke_held(connection, card.0).await?;
            purged += 1;
        }
        Ok(purged)
    }
}
