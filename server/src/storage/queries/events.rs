//! The log: written once, read, never changed.

use card_domain::{CardId, EnterpriseId};

use crate::storage::{
    EventRecord, NewEvent, StoreError,
    database::Operation,
    rows::event::{body, event, event_columns, values},
    sql::{Columns, Sql, arguments, needed},
};

/// Writes an event by itself.
pub(in crate::storage) struct RecordEvent(pub(in crate::storage) NewEvent);

impl Operation for RecordEvent {
    type Output = i64;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<i64, StoreError> {
        insert(connection, &self.0).await
    }
}

/// Writes an event in the transaction under way; gives its sequence number.
pub(in crate::storage) async fn insert<C: Sql>(
    connection: &mut C,
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
    let row = needed(row, "events.seq")?;
    needed(row.int(0)?, "events.seq")
}

/// Events that are read at once at most, whatever was asked for.
const MOST: u32 = 1000;

/// The enterprise's events, newest first.
pub(in crate::storage) async fn newest<C: Sql>(
    connection: &mut C,
    enterprise: EnterpriseId,
    card: Option<CardId>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<EventRecord>, StoreError> {
    let before = before.unwrap_or(i64::MAX);
    let limit = limit.min(MOST);
    let rows =
        match card {
            None => {
                connection
                    .fetch_all(
                        concat!(
                            "SELECT seq, ",
                            event_columns!(),
                            " FROM events WHERE enterprise_id = $1 AND seq < $2 \
                         ORDER BY seq DESC LIMIT $3"
                        ),
                        arguments![enterprise, before, limit],
                    )
                    .await?
            }
            Some(card) => connection
                .fetch_all(
                    concat!(
                        "SELECT seq, ",
                        event_columns!(),
                        " FROM events WHERE enterprise_id = $1 AND target_card = $4 AND seq < $2 \
                         ORDER BY seq DESC LIMIT $3"
                    ),
                    arguments![enterprise, before, limit, card],
                )
                .await?,
        };
    rows.iter().map(event).collect()
}
