//! Opens a store by its address. Tables are made and brought up to date by [`migrate`]
//! alone; whoever opens a store finds those of this program, or is refused.

use std::{path::PathBuf, sync::Arc};

use super::{
    Migrated, OpenError, SharedStore, SqlStore,
    database::Database,
    postgres::{self, PostgresDatabase},
    sqlite::SqliteDatabase,
};
use crate::{
    config::{self, Address},
    metrics::Metrics,
};

/// Whether nothing at all is there, so that nothing can be overwritten.
///
/// # Errors
///
/// [`OpenError`]
pub async fn is_empty(database: &config::Database) -> Result<bool, OpenError> {
    match database.address()? {
        Address::Sqlite(path) => {
            let is_there = |end| {
                PathBuf::from(format!("{path}{end}"))
                    .symlink_metadata()
                    .is_ok()
            };
            Ok(!["", "-wal", "-shm", "-journal"].into_iter().any(is_there))
        }
        Address::Postgres(_) => postgres::is_empty(database).await,
    }
}

/// Takes everything out of a database of PostgreSQL that was [empty](is_empty()) before
/// this program put something into it.
pub(crate) async fn clear_postgres(database: &config::Database) -> Result<(), OpenError> {
    postgres::clear(database).await
}

/// Says what of a database's address can be seen to be wrong without going there.
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub fn check_address(database: &config::Database) -> Result<(), OpenError> {
    match database.address()? {
        Address::Sqlite(_) => Ok(()),
        Address::Postgres(_) => PostgresDatabase::check_address(database),
    }
}

/// Makes the tables, and the file where there is none, or brings them up to date: a
/// transaction for each step.
///
/// # Errors
///
/// [`OpenError`] says what to mend. The steps before the one that failed stay.
pub async fn migrate(database: &config::Database) -> Result<Migrated, OpenError> {
    match database.address()? {
        Address::Sqlite(path) => SqliteDatabase::migrate(path).await,
        Address::Postgres(_) => PostgresDatabase::migrate(database).await,
    }
}

/// Opens the store at `sqlite:path/to/file` or `postgres://user@host/database`, whose
/// tables have to be there already: [`migrate`].
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub async fn open(database: &config::Database) -> Result<SharedStore, OpenError> {
    open_counting(database, &Metrics::off()).await
}

/// The same, with its writes counted.
///
/// # Errors
///
/// [`OpenError`]
pub(crate) async fn open_counting(
    database: &config::Database,
    metrics: &Metrics,
) -> Result<SharedStore, OpenError> {
    let database = match database.address()? {
        Address::Sqlite(path) => {
            Database::Sqlite(SqliteDatabase::open(path, metrics.batches()).await?)
        }
        Address::Postgres(_) => Database::Postgres(PostgresDatabase::open(database).await?),
    };
    Ok(Arc::new(SqlStore::new(database)))
}

/// Opens a store to read it and nothing else: every write is [`StoreError::ReadOnly`].
/// The file may lie on a disk that can't be written.
///
/// [`StoreError::ReadOnly`]: super::StoreError::ReadOnly
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub async fn open_to_read(database: &config::Database) -> Result<SharedStore, OpenError> {
    let database = match database.address()? {
        Address::Sqlite(path) => Database::Sqlite(SqliteDatabase::open_to_read(path).await?),
        Address::Postgres(_) => Database::Postgres(PostgresDatabase::open_to_read(database).await?),
    };
    Ok(Arc::new(SqlStore::new(database)))
}
