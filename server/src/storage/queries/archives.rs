//! Events of sealed months that were moved to a file. The row that allows
//! their removal, the removal and its end are one transaction: at no other
//! time can an event be deleted.

use jiff::Timestamp;

use super::{events, leaves::LEAVES};
use crate::storage::{
    ArchiveRecord, EventRecord, NewEvent, SqlStore, StoreError, connection::Connection,
    database::WriteQuery, error::corrupt, rows::event::event, value::arguments,
};

impl SqlStore {
    /// The archives, the oldest first.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn archives(&self) -> Result<Vec<ArchiveRecord>, StoreError> {
        let rows = self
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
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn first_event_since(&self, time: Timestamp) -> Result<Option<i64>, StoreError> {
        let mut reader = self.patient_reader().await?;
        let row = reader
            .connection()
            .fetch(
                "SELECT seq FROM events WHERE at >= $1 ORDER BY seq LIMIT 1",
                arguments![time],
            )
            .await?;
        row.map(|row| row.get("seq")).transpose()
    }

    /// Events of all enterprises by their numbers, at most `limit`: for the
    /// archive, where no session is.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn events_between(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let rows = self
            .fetch_all(LEAVES, arguments![first, last, limit])
            .await?;
        rows.iter().map(event).collect()
    }

    /// Takes the events of an archive out of the table, with the event that records
    /// it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], and nothing removed, when they are not as many as
    /// `count`. Those of every write besides. See [`SqlStore`].
    pub async fn remove_archived(
        &self,
        archive: ArchiveRecord,
        count: u64,
        at: Timestamp,
        event: NewEvent,
    ) -> Result<(), StoreError> {
        let remove = Remove {
            archive,
            count,
            at,
            event,
        };
        self.write(remove).await
    }
}

/// Takes the events of an archive out of the table.
struct Remove {
    archive: ArchiveRecord,
    count: u64,
    at: Timestamp,
    event: NewEvent,
}

impl WriteQuery for Remove {
    type Output = ();
    const IS_LONG: bool = true;

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
        // What explains a card stays: it is said once more first.
        let explains = connection
            .fetch(
                "SELECT 1 FROM cards WHERE state_event BETWEEN $1 AND $2 LIMIT 1",
                arguments![*first, *last],
            )
            .await?;
        if explains.is_some() {
            return Err(corrupt("the events of an archive explain cards"));
        }
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
