//! Opens a store by its address and brings its tables up to date.

use std::{path::PathBuf, sync::Arc};

use sqlx::migrate::MigrateError;
use thiserror::Error;

use super::{
    SharedStore, SqlStore,
    database::Database,
    postgres::{self, PostgresDatabase},
    sqlite::SqliteDatabase,
};
use crate::metrics::Metrics;

/// Why a store could not be opened. Meant for the operator's eyes, at start.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("the database's address has to begin with sqlite: or postgres://")]
    UnknownScheme,
    /// The rest of the address can't be read. It may hold a password, so it
    /// is not repeated.
    #[error("the database's address can't be read")]
    BadAddress(#[source] sqlx::Error),
    /// A version that can corrupt a WAL database (sqlite.org/wal.html, "The
    /// WAL-reset bug").
    #[error("SQLite {found} is too old: at least 3.51.3 is needed")]
    SqliteTooOld {
        /// What `sqlite_version()` says.
        found: String,
    },
    /// The file can't be made or written.
    #[error("the database's file can't be opened")]
    File(#[source] std::io::Error),
    /// The writer's thread can't be started.
    #[error("the writer's thread can't be started")]
    Thread(#[source] std::io::Error),
    /// What was written last is in a journal, which can't be read where it is.
    #[error(
        "there is a journal (-wal) beside the database, on a disk that can't be written: copy \
         both to where they can be"
    )]
    JournalBeside,
    /// The database can't be reached, or refused to work.
    #[error("the database can't be opened")]
    Connect(#[source] sqlx::Error),
    /// The tables are those of another version, and it was opened to be read.
    #[error(
        "the database's tables are of version {found}, this program reads version {expected}: \
         start the server once, or use the program that made them"
    )]
    OtherVersion {
        /// Of the database; 0 when it has none.
        found: i64,
        /// The version that this program knows.
        expected: i64,
    },
    /// The tables can't be brought up to date.
    #[error("the database's tables can't be brought up to date")]
    Migrate(#[from] MigrateError),
}

/// Opens a store to read it and nothing else: nothing is made, nothing is
/// brought up to date, every write is [`StoreError::ReadOnly`]. The file may
/// lie on a disk that can't be written.
///
/// [`StoreError::ReadOnly`]: super::StoreError::ReadOnly
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub async fn open_to_read(url: &str) -> Result<SharedStore, OpenError> {
    let database = match Address::of(url)? {
        Address::Sqlite(path) => Database::Sqlite(SqliteDatabase::open_to_read(path).await?),
        Address::Postgres => Database::Postgres(PostgresDatabase::open_to_read(url).await?),
    };
    Ok(Arc::new(SqlStore::new(database)))
}

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
pub fn kind(url: &str) -> Result<DatabaseKind, OpenError> {
    Ok(match Address::of(url)? {
        Address::Sqlite(_) => DatabaseKind::Sqlite,
        Address::Postgres => DatabaseKind::Postgres,
    })
}

/// The file of a SQLite address; none of another.
///
/// # Errors
///
/// [`OpenError::UnknownScheme`]
pub fn sqlite_file(url: &str) -> Result<Option<PathBuf>, OpenError> {
    Ok(match Address::of(url)? {
        Address::Sqlite(path) => Some(PathBuf::from(path)),
        Address::Postgres => None,
    })
}

/// Whether nothing at all is there, so that nothing can be overwritten.
///
/// # Errors
///
/// [`OpenError`]
pub async fn is_empty(url: &str) -> Result<bool, OpenError> {
    match Address::of(url)? {
        Address::Sqlite(path) => {
            let is_there = |end| {
                PathBuf::from(format!("{path}{end}"))
                    .symlink_metadata()
                    .is_ok()
            };
            Ok(!["", "-wal", "-shm", "-journal"].into_iter().any(is_there))
        }
        Address::Postgres => postgres::is_empty(url).await,
    }
}

/// Takes everything out of a database of PostgreSQL that was [empty](is_empty()) before
/// this program put something into it.
///
/// # Errors
///
/// [`OpenError`]
pub async fn clear(url: &str) -> Result<(), OpenError> {
    match Address::of(url)? {
        Address::Sqlite(_) => Err(OpenError::UnknownScheme),
        Address::Postgres => postgres::clear(url).await,
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

/// Opens the store at `sqlite:path/to/file` (made if it is not there) or
/// `postgres://user@host/database`.
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub async fn open(url: &str) -> Result<SharedStore, OpenError> {
    open_counting(url, &Metrics::off()).await
}

/// The same, with its writes counted.
///
/// # Errors
///
/// [`OpenError`]
pub(crate) async fn open_counting(url: &str, metrics: &Metrics) -> Result<SharedStore, OpenError> {
    let database = match Address::of(url)? {
        Address::Sqlite(path) => {
            Database::Sqlite(SqliteDatabase::open(path, metrics.batches()).await?)
        }
        Address::Postgres => Database::Postgres(PostgresDatabase::open(url).await?),
    };
    Ok(Arc::new(SqlStore::new(database)))
}
