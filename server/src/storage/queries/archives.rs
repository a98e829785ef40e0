//! Events of sealed months that were moved to a file. The row that allows
//! their removal, the removal and its end are one transaction: at no other
//! time can an event be deleted.

use jiff::Timestamp;

use super::{events, log::LEAVES};
use crate::storage::{
    ArchiveRecord, EventRecord, NewEvent, StoreError,
    database::Operation,
    error::corrupt,
    rows::event::event,
    sql::{Columns, Sql, arguments, needed},
};

/// All archives, the oldest first.
pub(in crate::storage) async fn all<C: Sql>(
    connection: &mut C,
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
                first: needed(row.int(0)?, "log_archives.first_seq")?,
                last: needed(row.int(1)?, "log_archives.last_seq")?,
                note: needed(row.text(2)?, "log_archives.note")?,
                removed_at: row.time(3)?,
            })
        })
        .collect()
}

/// The number of the first event that did not happen before `time`.
pub(in crate::storage) async fn first_since<C: Sql>(
    connection: &mut C,
    time: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = connection
        .fetch(
            "SELECT seq FROM events WHERE at >= $1 ORDER BY seq LIMIT 1",
            arguments![time],
        )
        .await?;
    row.map(|row| needed(row.int(0)?, "events.seq")).transpose()
}

/// Events by their numbers.
pub(in crate::storage) async fn between<C: Sql>(
    connection: &mut C,
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

impl Operation for Remove {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
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
