//! All events in one go, as leaves of the log: for whoever goes through the whole
//! of it. Each database has its own way (`scanner`).

use event_log::{leaves::Leaves, tree::Hash};

use crate::storage::{SqlStore, StoreError, database::Database, rows::event::select_event};

/// Events as leaves, by their numbers.
pub(in crate::storage) const LEAVES: &str =
    select_event!("WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT $3");

/// The numbers of events, from one on.
pub(in crate::storage) const NUMBERS: &str =
    "SELECT seq FROM events WHERE seq >= $1 ORDER BY seq LIMIT $2";

impl SqlStore {
    /// Events of all enterprises as leaves, by their numbers, at most `limit`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn leaves(&self, first: i64, last: i64, limit: u32) -> Result<Leaves, StoreError> {
        match &self.database {
            Database::Sqlite(database) => database.scanner.leaves(first, last, limit).await,
            Database::Postgres(database) => database.leaves(first, last, limit).await,
        }
    }

    /// The hashes of these leaves, each with the event's number.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, StoreError> {
        match &self.database {
            Database::Sqlite(database) => database.scanner.leaf_hashes(first, last, limit).await,
            Database::Postgres(database) => database.leaf_hashes(first, last, limit).await,
        }
    }

    /// The numbers of all events from one on, at most `limit`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn event_numbers(&self, first: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        match &self.database {
            Database::Sqlite(database) => database.scanner.event_numbers(first, limit).await,
            Database::Postgres(database) => database.event_numbers(first, limit).await,
        }
    }

    /// How many events the table has, whatever its indices say.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn event_count(&self) -> Result<u64, StoreError> {
        match &self.database {
            Database::Sqlite(database) => database.scanner.event_count().await,
            Database::Postgres(database) => database.event_count().await,
        }
    }
}
