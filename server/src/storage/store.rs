//! The store that the service works with. What it can be asked stands beside the
//! queries, by what they are about: [`super::queries`].

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{
    StoreError,
    database::{Database, Reader, WriteQuery},
    roles,
    row::Row,
    value::Value,
};
use crate::metrics::StoreLoad;

/// The register, its sessions, its journal and its events, in one of the two
/// databases. Both behave the same; one suite of tests runs on both.
///
/// A write returns after it is durable; of several things that it changes, all are
/// changed or none.
///
/// Every read can fail with [`StoreError::Unavailable`], [`StoreError::Closed`] or
/// [`StoreError::Corrupt`], every write also with [`StoreError::ReadOnly`]. Other
/// errors are named where they can happen.
pub struct SqlStore {
    pub(super) database: Database,
}

impl SqlStore {
    /// A store over an open database.
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// A connection for several reads.
    pub(super) async fn reader(&self) -> Result<Reader, StoreError> {
        self.database.reader().await
    }

    /// The same for what may take longer than a person waits.
    pub(super) async fn patient_reader(&self) -> Result<Reader, StoreError> {
        self.database.patient_reader().await
    }

    /// The first row of a statement that reads, if there is one.
    pub(super) async fn fetch(
        &self,
        sql: impl SqlSafeStr + Send,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        let mut reader = self.reader().await?;
        reader.connection().fetch(sql, values).await
    }

    /// The rows of a statement that reads.
    pub(super) async fn fetch_all(
        &self,
        sql: impl SqlSafeStr + Send,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let mut reader = self.reader().await?;
        reader.connection().fetch_all(sql, values).await
    }

    /// Runs a write in a transaction; returns once it is durable.
    pub(super) async fn write<W: WriteQuery>(&self, write: W) -> Result<W::Output, StoreError> {
        self.database.write(write).await
    }

    /// The tables to which whoever is connected has not the rights that moving sealed
    /// months to files takes. SQLite knows no rights.
    ///
    /// # Errors
    ///
    /// Those of every read.
    pub(crate) async fn lacks_rights_to_archive(&self) -> Result<Vec<String>, StoreError> {
        if matches!(self.database, Database::Sqlite(_)) {
            return Ok(Vec::new());
        }
        let sql = AssertSqlSafe(roles::missing_to_archive());
        let rows = self.fetch_all(sql, &[]).await?;
        rows.iter().map(|row| row.get("lacking")).collect()
    }

    /// How busy the store is at this moment.
    #[must_use]
    pub fn load(&self) -> StoreLoad {
        self.database.load()
    }

    /// Finishes what is under way and closes the store.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
