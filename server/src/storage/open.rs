//! Opens a store by its address. Tables are made and brought up to date by [`migrate`]
//! alone; whoever opens a store finds those of this program, or is refused.

use std::{path::PathBuf, sync::Arc};

use super::{
    Migrated, OpenError, SharedStore, SqlStore,
    database::Database,
    postgres::{self, PostgresDatabase},
    sqlite::SqliteDatabase,
};
use crate::{config, metrics::Metrics};

/// Which of the two databases it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// Which database an address is of.
///
/// # Errors
///
/// [`OpenError::UnknownScheme`]
pub fn kind(database: &config::Database) -> Result<DatabaseKind, OpenError> {
    Ok(match Address::of(&database.url)? {
        Address::Sqlite(_) => DatabaseKind::Sqlite,
        Address::Postgres => DatabaseKind::Postgres,
    })
}

/// The file of a SQLite address; none of another.
///
/// # Errors
///
/// [`OpenError::UnknownScheme`]
pub fn sqlite_file(database: &config::Database) -> Result<Option<PathBuf>, OpenError> {
    Ok(match Address::of(&database.url)? {
        Address::Sqlite(path) => Some(PathBuf::from(path)),
        Address::Postgres => None,
    })
}

/// Whether nothing at all is there, so that nothing can be overwritten.
///
/// # Errors
///
/// [`OpenError`]
pub async fn is_empty(database: &config::Database) -> Result<bool, OpenError> {
    match Address::of(&database.url)? {
        Address::Sqlite(path) => {
            let is_there = |end| {
                PathBuf::from(format!("{path}{end}"))
                    .symlink_metadata()
                    .is_ok()
            };
            Ok(!["", "-wal", "-shm", "-journal"].into_iter().any(is_there))
        }
        Address::Postgres => postgres::is_empty(database).await,
    }
}

/// Takes everything out of a database of PostgreSQL that was [empty](is_empty()) before
/// this program put something into it.
///
/// # Errors
///
/// [`OpenError`]
pub async fn clear(database: &config::Database) -> Result<(), OpenError> {
    match Address::of(&database.url)? {
        Address::Sqlite(_) => Err(OpenError::UnknownScheme),
        Address::Postgres => postgres::clear(database).await,
    }
}

/// Says what of a database's address can be seen to be wrong without going there.
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub fn check_address(database: &config::Database) -> Result<(), OpenError> {
    match Address::of(&database.url)? {
        Address::Sqlite(path) => SqliteDatabase::check_path(path),
        Address::Postgres => PostgresDatabase::check_address(database),
    }
}

/// Which database an address is of.
enum Address<'a> {
    /// The path of its file.
    Sqlite(&'a str),
    Postgres,
}

impl<'a> Address<'a> {
    fn of(url: &'a str) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path)))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            Err(OpenError::UnknownScheme)
        }
    }
}

/// Makes the tables, and the file where there is none, or brings them up to date: a
/// transaction for each step.
///
/// # Errors
///
/// [`OpenError`] says what to mend. The steps before the one that failed stay.
pub async fn migrate(database: &config::Database) -> Result<Migrated, OpenError> {
    match Address::of(&database.url)? {
        Address::Sqlite(path) => SqliteDatabase::migrate(path).await,
        Address::Postgres => PostgresDatabase::migrate(database).await,
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
    let database = match Address::of(&database.url)? {
        Address::Sqlite(path) => {
            Database::Sqlite(SqliteDatabase::open(path, metrics.batches()).await?)
        }
        Address::Postgres => Database::Postgres(PostgresDatabase::open(database).await?),
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
    let database = match Address::of(&database.url)? {
        Address::Sqlite(path) => Database::Sqlite(SqliteDatabase::open_to_read(path).await?),
        Address::Postgres => Database::Postgres(PostgresDatabase::open_to_read(database).await?),
    };
    Ok(Arc::new(SqlStore::new(database)))
}
