//! Freezes that had their end.

use card_domain::{CardId, EnterpriseId};
use event_log::CardFacts;
use jiff::Timestamp;
use uuid::Uuid;

use super::register;
use crate::storage::{
    NewEvent, SqlStore, StoreError, connection::Connection, database::WriteQuery, row::Row,
    value::arguments,
};

/// A freeze that had its end, as its card's row says.
#[derive(Clone, Copy, Debug)]
pub struct EndedFreeze {
    /// The card.
    pub card: CardId,
    /// Its enterprise.
    pub enterprise: EnterpriseId,
    /// The end.
    pub until: Timestamp,
}

impl SqlStore {
    /// Cards whose freeze had its end by `now`, and whose row does not say so yet: at most
    /// `limit`, the longest over first, those after `last`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn ended_freezes(
        &self,
        now: Timestamp,
        last: Option<&EndedFreeze>,
        limit: u32,
    ) -> Result<Vec<EndedFreeze>, StoreError> {
        let (until, card) = last.map_or((Timestamp::UNIX_EPOCH, CardId(Uuid::nil())), |last| {
            (last.until, last.card)
        });
        let rows = self
            .fetch_all(
                "SELECT id, enterprise_id, state_until FROM cards \
                 WHERE state_until <= $1 AND (state_until, id) > ($2, $3) \
                 ORDER BY state_until, id LIMIT $4",
                arguments![now, until, card, limit],
            )
            .await?;
        let read = |row: &Row| {
            Ok(EndedFreeze {
                card: row.get("id")?,
                enterprise: row.get("enterprise_id")?,
                until: row.get("state_until")?,
            })
        };
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
