//! Why a store could not be opened, in words for whoever started the program. An
//! address may hold a password: of it nothing is repeated but host and port.

use std::{path::PathBuf, time::Duration};

use sqlx::migrate::MigrateError;
use thiserror::Error;

use crate::config::AddressError;

/// Why a store could not be opened. Meant for the operator's eyes, at start.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address is none.
    #[error("the database's address: {0}")]
    Address(#[from] AddressError),
    /// Something after the `?` that nobody knows. It may be half of a password, so it is
    /// not repeated either.
    #[error(
        "of what follows the ? in the database's address, number {place} is not known (in a \
         password, ? and & are written %3F and %26)"
    )]
    UnknownParameter {
        /// Its place, from 1 on.
        place: usize,
    },
    /// There is no file, and it is not made by the way.
    #[error(
        "there is no database at {}: `server database migrate` makes one, and so does `server \
         serve`",
        path.display()
    )]
    NoFile {
        /// Where it was looked for.
        path: PathBuf,
    },
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
    /// The file is not a database, or refused to work.
    #[error("the database can't be opened")]
    Connect(#[source] sqlx::Error),
    /// PostgreSQL can't be reached, or refused the connection; the source says which.
    #[error("PostgreSQL at {place} can't be reached, or does not let us in")]
    Refused {
        /// Host and port, or the socket.
        place: String,
        /// What the system or PostgreSQL says.
        source: sqlx::Error,
    },
    /// Nothing came back.
    #[error("PostgreSQL at {place} does not answer within {limit:?}")]
    NoAnswer {
        /// Host and port, or the socket.
        place: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The database is on another host, and the way there is not protected.
    #[error(
        "PostgreSQL at {host} is on another host: the database's address needs \
         sslmode=verify-full (and sslrootcert=FILE for a CA of one's own); \
         database.insecure_network = true allows the way to be read and changed"
    )]
    NotProtected {
        /// The host, as it is used.
        host: String,
    },
    /// Something that is not PostgreSQL did not understand how we connect.
    #[error(
        "what answers at {place} is not PostgreSQL itself but a pooler: set \
         database.pooler = \"transaction\", or name the database's own address"
    )]
    Pooler {
        /// Host and port, or the socket.
        place: String,
        /// What it says.
        source: sqlx::Error,
    },
    /// A connection has not what it asked for.
    #[error(
        "at {place} a connection asked for {setting} = {wanted} and has {found}: a pooler in \
         between keeps it back. Set database.pooler = \"transaction\", or name the database's \
         own address"
    )]
    KeptBack {
        /// Host and port, or the socket.
        place: String,
        /// The parameter of PostgreSQL.
        setting: &'static str,
        /// What was asked for.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// What is done needs a session of PostgreSQL, and the address leads to a pooler.
    #[error(
        "what answers at {place} is not PostgreSQL itself but a pooler, and this needs a session \
         of PostgreSQL: give the database's own address (IC_CARD_DATABASE_URL, --database-url)"
    )]
    NeedsOwnAddress {
        /// Host and port, or the socket.
        place: String,
    },
    /// Writes would go to a standby.
    #[error("PostgreSQL at {place} is a standby: name the primary's address, or promote it")]
    Standby {
        /// Host and port, or the socket.
        place: String,
    },
    /// The tables are those of another version.
    #[error("{}", other_version(*found, *expected))]
    OtherVersion {
        /// Of the database; 0 when it has none.
        found: i64,
        /// The version that this program knows.
        expected: i64,
    },
    /// The tables are to be brought up to date, and the role may not do it.
    #[error(
        "the database's tables are of version {found}, version {expected} is needed, and this \
         role may not change them: run `server database migrate` as the role that owns them"
    )]
    MayNotMigrate {
        /// Of the database; 0 when it has none.
        found: i64,
        /// The version that this program knows.
        expected: i64,
    },
    /// The tables are those of this program, and the role may not use them all.
    #[error(
        "the role may not do to {} what the service does: have the SQL run that `server \
         database roles` prints, as after each migration",
        tables.join(", ")
    )]
    LacksRights {
        /// The tables.
        tables: Vec<String>,
    },
    /// The tables can't be brought up to date.
    #[error("the database's tables can't be brought up to date")]
    Migrate(#[from] MigrateError),
}

fn other_version(found: i64, expected: i64) -> String {
    let what = if found == 0 {
        String::from("the database has no tables of this program")
    } else {
        format!("the database's tables are of version {found}")
    };
    let remedy = if found > expected {
        "use the newer program that made them, nothing leads back"
    } else {
        "`server database migrate` makes them that, and so does `server serve`"
    };
    format!("{what}, and version {expected} is needed: {remedy}")
}
