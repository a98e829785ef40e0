//! What lists find and sort cards by, and what no SQL can compute: the key of the
//! holder's name and the end of the confirmed certificate. Both follow from what the
//! card's row and certificate say and decide nothing, so they are no part of what
//! the log explains; where they are missing they are made anew.

use card_domain::CardId;
use event_log::certificate;
use jiff::Timestamp;

use crate::{
    name_key,
    storage::{
        SqlStore, StoreError, connection::Connection, database::WriteQuery, value::arguments,
    },
};

/// The end of a certificate; none where nobody can read it.
pub(super) fn end_of(der: &[u8]) -> Option<Timestamp> {
    let (_serial, validity) = certificate::summary(der).ok()?;
    Some(validity.not_after)
}

/// The end of a card's good certificate.
///
/// # Errors
///
/// Those of every read.
pub(super) async fn end_of_good(
    connection: &mut Connection<'_>,
    card: CardId,
) -> Result<Option<Timestamp>, StoreError> {
    let row = connection
        .fetch(
            "SELECT der FROM certificates WHERE card_id = $1 AND standing = 'good'",
            arguments![card],
        )
        .await?;
    let der: Option<Vec<u8>> = row.map(|row| row.get("der")).transpose()?;
    Ok(der.as_deref().and_then(end_of))
}

impl SqlStore {
    /// Makes the keys of at most `limit` cards that have none yet. Gives how many
    /// there were; ask again until it is none.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn write_search_keys(&self, limit: u32) -> Result<u64, StoreError> {
        const MISSING: &str = "SELECT 1 FROM cards WHERE name_key IS NULL LIMIT 1";
        // Nothing is written where nothing is missing.
        if self.fetch(MISSING, arguments![]).await?.is_none() {
            return Ok(0);
        }
        self.write(SearchKeys { limit }).await
    }
}

struct SearchKeys {
    limit: u32,
}

impl WriteQuery for SearchKeys {
    type Output = u64;
    const IS_LONG: bool = true;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<u64, StoreError> {
        let rows = connection
            .fetch_all(
                "SELECT c.id, c.holder_name, k.der FROM cards c \
                 LEFT JOIN certificates k ON k.id = c.certificate_id \
                 WHERE c.name_key IS NULL ORDER BY c.id LIMIT $1",
                arguments![self.limit],
            )
            .await?;
        for row in &rows {
            let card: CardId = row.get("id")?;
            let name: String = row.get("holder_name")?;
            let name_key = name_key::of(&name);
            let der: Option<Vec<u8>> = row.optional("der")?;
            connection
                .execute(
                    "UPDATE cards SET name_key = $2, valid_until = $3 WHERE id = $1",
                    arguments![card, &name_key, der.as_deref().and_then(end_of)],
                )
                .await?;
        }
        Ok(rows.len() as u64)
    }
}
