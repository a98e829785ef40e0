//! SQLite, embedded: readers in a pool, one writer that commits in groups, and
//! a scanner for whoever goes through all events.
//! The library is the bundled one and never older than 3.51.3; the journal is
//! a WAL and every commit is synced (`synchronous=FULL`).

mod act;
mod batch;
mod job;
mod login;
mod nonces;
mod readers;
mod scanner;
mod writer;

use std::{io::ErrorKind, path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub(super) use self::{
    act::{apply_one, change},
    login::let_in,
    readers::Reader,
};
use self::{
    readers::Readers,
    scanner::{AccessMode, Scanner},
    writer::Writer,
};
use super::{
    Act, ActOutcome, Nonce, OpenError, StoreError,
    database::WriteQuery,
    migrations::{self, APPLIED, Applied, Migrated, TablesState},
    queries::nonces::TakeNonce,
};
use crate::{
    metrics::{BatchMetrics, StoreLoad},
    private_file,
};

/// The oldest version that does not have the WAL-reset defect.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Connections for reading; each has a thread of its own.
const MAX_READERS: u32 = 4;

/// How long a write waits for another process's (the command line's), and a
/// read for a connection.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The file with its readers, its one writer and its scanner.
pub(super) struct SqliteDatabase {
    readers: Readers,
    /// Reads events for whoever goes through all of them.
    pub(super) scanner: Scanner,
    /// None where it was opened to be read.
    writer: Option<Writer>,
}

impl SqliteDatabase {
    /// Makes the file where there is none, and brings the tables up to date.
    pub(super) async fn migrate(path: &str) -> Result<Migrated, OpenError> {
        // SQLite gives its companions the same mode and owner.
        let made = private_file::create_unless_there(Path::new(path));
        made.map_err(OpenError::File)?;
        let connected = writing(path).connect().await;
        let mut connection = connected.map_err(OpenError::Connect)?;
        refuse_old(&mut connection).await?;
        let steps = migrations::sqlite();
        let applied = applied(&mut connection).await.map_err(OpenError::Connect)?;
        let migrated = match migrations::state(&steps, &applied)? {
            TablesState::UpToDate(version) => Migrated {
                from: version,
                to: version,
            },
            TablesState::Behind(from) => {
                steps.run(&mut connection).await?;
                let to = migrations::newest(&steps);
                Migrated { from, to }
            }
        };
        connection.close().await.map_err(OpenError::Connect)?;
        Ok(migrated)
    }

    /// Opens the file, whose tables have to be there.
    pub(super) async fn open(path: &str, batches: BatchMetrics) -> Result<Self, OpenError> {
        require_file(path)?;
        // Before anything is set in it: it may be a database of something else.
        let applied = look(&reading(path)).await.map_err(OpenError::Connect)?;
        migrations::expect(&migrations::sqlite(), &applied)?;
        let options = writing(path);
        let mut first = options.connect().await.map_err(OpenError::Connect)?;
        refuse_old(&mut first).await?;

        let reading = options.clone().pragma("query_only", "ON");
        let readers = Readers::open(MAX_READERS, &reading, WAIT_TIMEOUT)
            .await
            .map_err(OpenError::Connect)?;
        Ok(Self {
            readers,
            scanner: Scanner::new(path.into(), AccessMode::Shared, WAIT_TIMEOUT),
            writer: Some(Writer::start(first, options, batches).map_err(OpenError::Thread)?),
        })
    }

    /// Opens the file to read it and nothing else.
    pub(super) async fn open_to_read(path: &str) -> Result<Self, OpenError> {
        require_file(path)?;
        let (mut options, mut access) = (reading(path), AccessMode::ReadOnly);
        let applied = match look(&options).await {
            // Reading a WAL database needs files beside it, which can't be made
            // on a disk that can't be written. Nobody writes the database
            // there either, and what was written is in it.
            Err(_) if is_on_a_read_only_disk(path) => {
                if !has_no_journal(path) {
                    return Err(OpenError::JournalBeside);
                }
                (options, access) = (options.immutable(true), AccessMode::Fixed);
                look(&options).await
            }
            applied => applied,
        };
        let applied = applied.map_err(OpenError::Connect)?;
        migrations::expect(&migrations::sqlite(), &applied)?;
        let readers = Readers::open(1, &options, WAIT_TIMEOUT)
            .await
            .map_err(OpenError::Connect)?;
        Ok(Self {
            readers,
            scanner: Scanner::new(path.into(), access, WAIT_TIMEOUT),
            writer: None,
        })
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)
    }

    /// A connection for reading.
    pub(super) async fn reader(&self) -> Result<Reader, StoreError> {
        self.readers.acquire().await
    }

    /// Hands a write to the writer; returns once it is durable.
    pub(super) async fn write<W: WriteQuery>(&self, write: W) -> Result<W::Output, StoreError> {
        self.writer()?.write(write).await
    }

    /// The same for an act, which the writer runs in one script with others.
    pub(super) async fn act(&self, act: Act) -> Result<ActOutcome, StoreError> {
        self.writer()?.act(act).await
    }

    /// The same for a nonce that is taken out, together with others.
    pub(super) async fn take_nonce(&self, take: TakeNonce) -> Result<Option<Nonce>, StoreError> {
        self.writer()?.take_nonce(take).await
    }

    /// How busy it is at this moment.
    pub(super) fn load(&self) -> StoreLoad {
        let (idle, most) = self.readers.idle_of();
        StoreLoad {
            idle,
            in_use: most.saturating_sub(idle),
            most,
            queue: self.writer.as_ref().map(Writer::waiting),
        }
    }

    /// Finishes what is in the queue, and lets nobody read any more.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.scanner.close();
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

/// How the service's own connections are made.
fn writing(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT_TIMEOUT)
        // The defaults of 2 MB and 1000 pages are meant for a phone.
        .pragma("cache_size", "-16384")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("trusted_schema", "OFF")
}

/// How those are made that change nothing.
fn reading(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(WAIT_TIMEOUT)
        .pragma("trusted_schema", "OFF")
}

/// The steps that were run on a file, looked up by a connection of its own.
async fn look(options: &SqliteConnectOptions) -> Result<Vec<Applied>, sqlx::Error> {
    let mut connection = options.connect().await?;
    let applied = applied(&mut connection).await?;
    connection.close().await?;
    Ok(applied)
}

/// The steps that were run on it.
async fn applied(connection: &mut SqliteConnection) -> Result<Vec<Applied>, sqlx::Error> {
    let table = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(table)
        .fetch_one(&mut *connection)
        .await?;
    if tables == 0 {
        return Ok(Vec::new());
    }
    sqlx::query_as(APPLIED).fetch_all(connection).await
}

fn require_file(path: &str) -> Result<(), OpenError> {
    match Path::new(path).try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::NoFile { path: path.into() }),
        Err(error) => Err(OpenError::File(error)),
    }
}

/// Whether the system says so of a file that is there.
fn is_on_a_read_only_disk(path: &str) -> bool {
    let opened = std::fs::OpenOptions::new().append(true).open(path);
    opened.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem)
}

/// Whether all of a database is in its file.
fn has_no_journal(path: &str) -> bool {
    match std::fs::metadata(format!("{path}-wal")) {
        Ok(journal) => journal.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

async fn refuse_old(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(OpenError::Connect)?;
    if is_old(&found) {
        return Err(OpenError::SqliteTooOld { found });
    }
    Ok(())
}

fn is_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let found: [u32; 3] = std::array::from_fn(|_place| numbers.next().unwrap_or(0));
    found < OLDEST_SQLITE
}

#[cfg(test)]
mod tests {
    use super::is_old;

    #[test]
    fn versions_with_the_wal_reset_defect_are_refused() {
        for version in ["3.51.2", "3.7.17", "3.40.1", "2.99.99", ""] {
            assert!(is_old(version), "{version}");
        }
        for version in ["3.51.3", "3.52.0", "4.0"] {
            assert!(!is_old(version), "{version}");
        }
    }
}
