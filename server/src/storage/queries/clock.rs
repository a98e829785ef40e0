//! What is kept of the time: the newest one at which a server was sure of its clock,
//! and when a person last said that the clock is right.

use jiff::Timestamp;

use super::events;
use crate::storage::{
    NewEvent, SqlStore, StoreError, connection::Connection, database::WriteQuery, error::corrupt,
    value::arguments,
};

/// What is kept of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptTime {
    /// The newest time at which a server was sure of its clock.
    pub sure: Option<Timestamp>,
    /// When a person last said that the clock is right, and the size of the log when that
    /// was heard: what was signed up to there may be of a wrong time.
    pub confirmed: Option<(Timestamp, u64)>,
    /// Whether a server was in doubt when it was heard of last.
    pub is_in_doubt: bool,
}

impl SqlStore {
    /// What is kept of the time.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn kept_time(&self) -> Result<KeptTime, StoreError> {
        let rows = self
            .fetch_all(
                "SELECT name, last FROM counters \
                 WHERE name IN ('clock_sure', 'clock_confirmed', 'clock_confirmed_size', \
                 'clock_in_doubt')",
                arguments![],
            )
            .await?;
        let (mut kept, mut at, mut size) = (KeptTime::default(), None, 0);
        for row in &rows {
            match row.get::<&str>("name")? {
                "clock_sure" => kept.sure = Some(row.get("last")?),
                "clock_confirmed" => at = Some(row.get("last")?),
                "clock_in_doubt" => kept.is_in_doubt = row.get::<i64>("last")? != 0,
                "clock_confirmed_size" => size = row.get("last")?,
                // No other is asked for.
                _ => return Err(corrupt("counters.name")),
            }
        }
        kept.confirmed = at.map(|at| (at, size));
        Ok(kept)
    }

    /// Notes that the server is sure of its clock. Never goes back in time.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn note_time(&self, at: Timestamp) -> Result<(), StoreError> {
        self.write(NoteTime(at)).await
    }

    /// Notes whether a server is in doubt: one that starts anew still is.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn note_doubt(&self, is_in_doubt: bool) -> Result<(), StoreError> {
        self.write(NoteDoubt(is_in_doubt)).await
    }

    /// Notes, with its event, that a person said that it is `at`: from here on times may
    /// be earlier than they were.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn confirm_time(&self, at: Timestamp, event: NewEvent) -> Result<(), StoreError> {
        self.write(ConfirmTime { at, event }).await
    }

    /// Notes that a server heard what a person said: up to here the log may be of a wrong
    /// time.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn hear_confirmation(&self) -> Result<(), StoreError> {
        self.write(HearConfirmation).await
    }
}

/// The server is sure of its clock.
struct NoteTime(Timestamp);

impl WriteQuery for NoteTime {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "INSERT INTO counters (name, last) VALUES ('clock_sure', $1) \
                 ON CONFLICT (name) DO UPDATE SET last = excluded.last \
                 WHERE counters.last < excluded.last",
                arguments![self.0],
            )
            .await?;
        Ok(())
    }
}

/// Whether a server is in doubt.
struct NoteDoubt(bool);

impl WriteQuery for NoteDoubt {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "INSERT INTO counters (name, last) VALUES ('clock_in_doubt', $1) \
                 ON CONFLICT (name) DO UPDATE SET last = excluded.last",
                arguments![self.0],
            )
            .await?;
        Ok(())
    }
}

/// A person says that the clock is right.
struct ConfirmTime {
    at: Timestamp,
    event: NewEvent,
}

impl WriteQuery for ConfirmTime {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        connection
            .execute(
                "INSERT INTO counters (name, last) VALUES ('clock_sure', $1), \
                 ('clock_confirmed', $1), ('clock_in_doubt', 0) \
                 ON CONFLICT (name) DO UPDATE SET last = excluded.last",
                arguments![self.at],
            )
            .await?;
        note_size(connection).await?;
        events::insert(connection, &self.event).await?;
        Ok(())
    }
}

/// A server heard it.
struct HearConfirmation;

impl WriteQuery for HearConfirmation {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        note_size(connection).await
    }
}

async fn note_size(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO counters (name, last) \
             SELECT 'clock_confirmed_size', size FROM log_head WHERE id = 1 \
             ON CONFLICT (name) DO UPDATE SET last = excluded.last",
            arguments![],
        )
        .await?;
    Ok(())
}
