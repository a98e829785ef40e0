//! Cards from before events said what decides about them: one event each vouches
//! for what stands in the register at the upgrade, once. And cards whose newest
//! event is going to an archive: it is said once more by one that stays.

use card_domain::{CardId, ClientInfo, EventAct, EventOutcome};
use jiff::Timestamp;

use super::{
    events,
    register::{by_itself, explained, record},
};
use crate::storage::{
    NewEvent, SqlStore, StoreError,
    connection::Connection,
    database::WriteQuery,
    rows::register::{card_facts, select_card_facts},
    value::arguments,
};

impl SqlStore {
    /// Vouches for at most `limit` cards that no event explains yet, and after the
    /// last of them ends the baseline for good. Gives how many there were; ask again
    /// until it is none.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn write_baseline(
        &self,
        at: Timestamp,
        limit: u32,
    ) -> Result<Option<u64>, StoreError> {
        // Once it has ended nothing is looked for.
        if is_over(&mut self.reader().await?.connection()).await? {
            return Ok(None);
        }
        self.write(Baseline { at, limit }).await
    }

    /// Says once more what the events of these numbers say of cards for which they
    /// are the newest: at most `limit` of them. Gives how many there were.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] of a card whose row is not what its event says.
    /// Those of every write besides. See [`SqlStore`].
    pub async fn carry_register(
        &self,
        first: i64,
        last: i64,
        at: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let carry = Carry {
            first,
            last,
            at,
            limit,
        };
        self.write(carry).await
    }
}

struct Baseline {
    at: Timestamp,
    limit: u32,
}

async fn is_over(connection: &mut Connection<'_>) -> Result<bool, StoreError> {
    let row = connection
        .fetch(
            "SELECT 1 FROM register_baseline WHERE ended_at IS NOT NULL",
            arguments![],
        )
        .await?;
    Ok(row.is_some())
}

impl WriteQuery for Baseline {
    type Output = Option<u64>;
    const IS_LONG: bool = true;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Option<u64>, StoreError> {
        // Locks the row: of several instances one goes on at a time.
        connection
            .execute("UPDATE register_baseline SET id = id", arguments![])
            .await?;
        if is_over(connection).await? {
            return Ok(None);
        }
        let rows = connection
            .fetch_all(
                select_card_facts!("WHERE c.state_event IS NULL ORDER BY c.id LIMIT $1"),
                arguments![self.limit],
            )
            .await?;
        for row in &rows {
            let card = row.get("card_id")?;
            let event = by_itself(EventAct::RegisterBaseline, card, self.at);
            record(connection, card, &event, &card_facts(row)?).await?;
        }
        if rows.is_empty() {
            connection
                .execute(
                    "UPDATE register_baseline SET ended_at = $1",
                    arguments![self.at],
                )
                .await?;
            let end = NewEvent {
                at: self.at,
                enterprise: None,
                actor: None,
                act: EventAct::RegisterExplained,
                target: None,
                outcome: EventOutcome::Done,
                statement: None,
                client: ClientInfo::default(),
                detail: None,
                facts: None,
            };
            events::insert(connection, &end).await?;
            return Ok(None);
        }
        Ok(Some(rows.len() as u64))
    }
}

struct Carry {
    first: i64,
    last: i64,
    at: Timestamp,
    limit: u32,
}

impl WriteQuery for Carry {
    type Output = u64;
    const IS_LONG: bool = true;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<u64, StoreError> {
        let rows = connection
            .fetch_all(
                "SELECT id FROM cards WHERE state_event BETWEEN $1 AND $2 ORDER BY id LIMIT $3",
                arguments![self.first, self.last, self.limit],
            )
            .await?;
        for row in &rows {
            let card: CardId = row.get("id")?;
            connection
                .execute(
                    "UPDATE cards SET version = version WHERE id = $1",
                    arguments![card],
                )
                .await?;
            let before = explained(connection, card).await?;
            if (self.first..=self.last).contains(&before.event) {
                let event = by_itself(EventAct::RegisterCarry, card, self.at);
                record(connection, card, &event, &before.facts).await?;
            }
        }
        Ok(rows.len() as u64)
    }
}
