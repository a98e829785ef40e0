//! Events of sealed months that were moved to a file. The row that allows
//! their removal, the removal and its end are one transaction: at no other
//! time can an event be deleted.

use jiff::Timestamp;

use super::{events, log::LEAVES};
use crate::storage::{
    ArchiveRecord, EventRecord, NewEvent, StoreError, connection::Connection, database::WriteQuery,
    error::corrupt, rows::event::event, value::arguments,
};

/// All archives, the oldest first.
pub(in crate::storage) async fn all(
    connection: &mut Connection<'_>,
) -> Result<Vec<ArchiveRecord>, StoreError> {
    let rows = connection
        .fetch_all(
            "SELECT first_seq, last_seq, note, removed_at FROM log_archives ORDER BY last_seq",
            arguments![],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ArchiveRecord {
                first: row.get("first_seq")?,
                last: row.get("last_seq")?,
                note: row.get("note")?,
                removed_at: row.optional("removed_at")?,
            })
        })
        .collect()
}

/// The number of the first event that did not happen before `time`.
pub(in crate::storage) async fn first_since(
    connection: &mut Connection<'_>,
    time: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = connection
        .fetch(
            "SELECT seq FROM events WHERE at >= $1 ORDER BY seq LIMIT 1",
            arguments![time],
        )
        .await?;
    row.map(|row| row.get("seq")).transpose()
}

/// Events by their numbers.
pub(in crate::storage) async fn between(
    connection: &mut Connection<'_>,
    first: i64,
    last: i64,
    limit: u32,
) -> Result<Vec<EventRecord>, StoreError> {
    let rows = connection
        .fetch_all(LEAVES, arguments![first, last, limit])
        .await?;
    rows.iter().map(event).collect()
}

/// Takes the events of an archive out of the table.
pub(in crate::storage) struct Remove {
    pub(in crate::storage) archive: ArchiveRecord,
    pub(in crate::storage) count: u64,
    pub(in crate::storage) at: Timestamp,
    pub(in crate::storage) event: NewEvent,
}

impl WriteQuery for Remove {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        let ArchiveRecord {
            first, last, note, ..
        } = &self.archive;
        connection
            .execute(
                "INSERT INTO log_archives (last_seq, first_seq, note) VALUES ($1, $2, $3)",
                arguments![*last, *first, note],
            )
            .await?;
        let removed = connection
            .execute(
                "DELETE FROM events WHERE seq BETWEEN $1 AND $2",
                arguments![*first, *last],
            )
            .await?;
        // What is not in the file stays in the table.
        if removed != self.count {
            return Err(corrupt("the events of an archive"));
        }
        connection
            .execute(
                "UPDATE log_archives SET removed_at = $2 WHERE last_seq = $1",
                arguments![*last, self.at],
            )
            .await?;
        events::insert(connection, &self.event).await?;
        Ok(())
    }
}
