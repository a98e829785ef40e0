//! Freezes that had their end.

use card_domain::{CardId, EnterpriseId};
use event_log::CardFacts;
use jiff::Timestamp;

use super::register;
use crate::storage::{
    NewEvent, SqlStore, StoreError, connection::Connection, database::WriteQuery, value::arguments,
};

impl SqlStore {
    /// Cards whose freeze had its end by `now`, and whose row does not say so yet: at most
    /// `limit`, the longest over first.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn ended_freezes(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(CardId, EnterpriseId)>, StoreError> {
        let rows = self
            .fetch_all(
                "SELECT id, enterprise_id FROM cards WHERE state_until <= $1 \
                 ORDER BY state_until LIMIT $2",
                arguments![now, limit],
            )
            .await?;
        let read = |row: &crate::storage::row::Row| Ok((row.get("id")?, row.get("enterprise_id")?));
        rows.iter().map(read).collect()
    }

    /// Writes down that a freeze had its end by `at`, with the event of that, if it is
    /// still the row's: false where somebody changed the card meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] of a row that is not what the log says, and those of
    /// every write. See [`SqlStore`].
    pub async fn end_freeze(
        &self,
        card: CardId,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<bool, StoreError> {
        self.write(EndFreeze { card, at, event }).await
    }
}

/// A freeze had its end.
struct EndFreeze {
    card: CardId,
    at: Timestamp,
    event: NewEvent,
}

impl WriteQuery for EndFreeze {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        // Nobody else changes the row from here on.
        let locked = connection
            .execute(
                "UPDATE cards SET version = version + 1 \
                 WHERE id = $1 AND state = 'frozen' AND state_until <= $2",
                arguments![self.card, self.at],
            )
            .await?;
        if locked == 0 {
            return Ok(false);
        }
        let before = register::explained(connection, self.card).await?;
        connection
            .execute(
                "UPDATE cards SET state = 'normal', state_since = NULL, state_until = NULL \
                 WHERE id = $1",
                arguments![self.card],
            )
            .await?;
        let after = CardFacts {
            state: before.facts.state.at(self.at),
            ..before.facts
        };
        register::record(connection, self.card, &self.event, &after).await?;
        Ok(true)
    }
}
