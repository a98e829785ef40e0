//! Opens a store by its address and brings its tables up to date.

use std::sync::Arc;

use sqlx::migrate::MigrateError;
use thiserror::Error;

use super::{SharedStore, postgres::PostgresDatabase, register::Register, sqlite::SqliteDatabase};

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
    /// The database can't be reached, or refused to work.
    #[error("the database can't be opened")]
    Connect(#[source] sqlx::Error),
    /// The tables can't be brought up to date.
    #[error("the database's tables can't be brought up to date")]
    Migrate(#[from] MigrateError),
}

/// Opens the store at `sqlite:path/to/file` (made if it is not there) or
/// `postgres://user@host/database`.
///
/// # Errors
///
/// [`OpenError`] says what to mend.
pub async fn open(url: &str) -> Result<SharedStore, OpenError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        Ok(Arc::new(Register(SqliteDatabase::open(path).await?)))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Arc::new(Register(PostgresDatabase::open(url).await?)))
    } else {
        Err(OpenError::UnknownScheme)
    }
}
