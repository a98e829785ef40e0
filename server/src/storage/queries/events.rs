//! The log: written once, read, never changed.

use card_domain::{CardId, EnterpriseId, EventAct};

use crate::storage::{
    EventRecord, NewEvent, SqlStore, StoreError,
    connection::Connection,
    database::WriteQuery,
    error::corrupt,
    rows::event::{body, event, event_columns, select_event, values},
    value::arguments,
};

/// Events that are read at once at most, whatever was asked for.
const MAX_EVENTS: u32 = 1000;

impl SqlStore {
    /// Writes an event by itself: a refusal, a reveal. Gives its sequence number.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn record_event(&self, event: NewEvent) -> Result<i64, StoreError> {
        self.write(RecordEvent(event)).await
    }

    /// The enterprise's events, newest first: those about `card` if given, those
    /// before the sequence number `before` if given, at most `limit` and never more
    /// than 1000.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn events(
        &self,
        enterprise: EnterpriseId,
        card: Option<CardId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let limit = limit.min(MAX_EVENTS);
        let rows = match card {
            None => {
                self.fetch_all(
                    select_event!(
                        "WHERE enterprise_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
                    ),
                    arguments![enterprise, before, limit],
                )
                .await?
            }
            Some(card) => {
                self.fetch_all(
                    select_event!(
                        "WHERE enterprise_id = $1 AND target_card = $4 AND seq < $2 \
                         ORDER BY seq DESC LIMIT $3"
                    ),
                    arguments![enterprise, before, limit, card],
                )
                .await?
            }
        };
        rows.iter().map(event).collect()
    }

    /// The newest event that says that `act` was done to `card`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn newest_done(
        &self,
        enterprise: EnterpriseId,
        card: CardId,
        act: EventAct,
    ) -> Result<Option<EventRecord>, StoreError> {
        let row = self
            .fetch(
                select_event!(
                    "WHERE enterprise_id = $1 AND target_card = $2 AND act = $3 \
                     AND outcome = 'done' ORDER BY seq DESC LIMIT 1"
                ),
                arguments![enterprise, card, act.name()],
            )
            .await?;
        row.as_ref().map(event).transpose()
    }
}

/// Writes an event by itself.
struct RecordEvent(NewEvent);

impl WriteQuery for RecordEvent {
    type Output = i64;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<i64, StoreError> {
        insert(connection, &self.0).await
    }
}

/// Writes an event in the transaction under way; gives its sequence number.
pub(in crate::storage) async fn insert(
    connection: &mut Connection<'_>,
    event: &NewEvent,
) -> Result<i64, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "INSERT INTO events (",
                event_columns!(),
                ") VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING seq"
            ),
            &values(event, &body(event)),
        )
        .await?;
    row.ok_or(corrupt("seq"))?.get("seq")
}
