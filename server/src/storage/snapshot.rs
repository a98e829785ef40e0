//! A database as it is at one moment, while others go on with it: of SQLite a copy, of
//! PostgreSQL a snapshot that was exported.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use thiserror::Error;

use crate::{config, private_file};

use super::{
    OpenError, SharedStore, SqlStore,
    database::Database,
    open::open_to_read,
    postgres::{ExportedSnapshot, PostgresDatabase},
};

/// How long the copy waits for a writer of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no snapshot.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The database can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite could not copy.
    #[error("the database can't be copied")]
    Copy(#[from] rusqlite::Error),
    /// The copy can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The copy.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A path that SQLite can't be told.
    #[error("{} is not Unicode", .0.display())]
    Path(PathBuf),
    /// The copy is damaged.
    #[error("SQLite finds its copy damaged: {0}")]
    Damaged(String),
    /// The thread that copied panicked.
    #[error("the copying failed")]
    Task,
    /// The connection that held the moment was cut off meanwhile.
    #[error("the connection that held the snapshot was cut off: nothing that was read counts")]
    Released(#[source] sqlx::Error),
}

/// A database at one moment.
pub(crate) struct Snapshot {
    /// What it was then.
    pub(crate) store: SharedStore,
    exported: Option<ExportedSnapshot>,
}

impl Snapshot {
    /// Takes one. A copy of SQLite is written to `copy`, which must not be there.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`]
    pub(crate) async fn take(
        database: &config::Database,
        copy: &Path,
    ) -> Result<Self, SnapshotError> {
        let address = database.address().map_err(OpenError::from)?;
        if let Some(file) = address.file() {
            let to = copy.to_owned();
            let done = tokio::task::spawn_blocking(move || copy_file(&file, &to));
            done.await.map_err(|_panicked| SnapshotError::Task)??;
            let store =
                open_to_read(&config::Database::at(format!("sqlite:{}", copy.display()))).await?;
            return Ok(Self {
                store,
                exported: None,
            });
        }
        let exported = ExportedSnapshot::take(database).await?;
        let database = PostgresDatabase::open_at(database, &exported.name).await?;
        Ok(Self {
            store: Arc::new(SqlStore::new(Database::Postgres(database))),
            exported: Some(exported),
        })
    }

    /// Its name at PostgreSQL, for `pg_dump`.
    pub(crate) fn name(&self) -> Option<&str> {
        self.exported
            .as_ref()
            .map(|exported| exported.name.as_str())
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Released`] when it had ended before.
    pub(crate) async fn release(self) -> Result<(), SnapshotError> {
        self.store.close().await;
        match self.exported {
            Some(exported) => exported.release().await.map_err(SnapshotError::Released),
            None => Ok(()),
        }
    }
}

/// What has an end within hours, and ended otherwise since: a session that was logged
/// out, a nonce that was used. Nobody finds it good again in a copy.
pub(crate) const SHORT_LIVED: [&str; 2] = ["sessions", "nonces"];

/// Copies what is committed into a file of its own, without a journal, and without what
/// is [`SHORT_LIVED`].
fn copy_file(file: &Path, to: &Path) -> Result<(), SnapshotError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(file, flags)?;
    from.busy_timeout(BUSY_TIMEOUT)?;
    from.pragma_update(None, "trusted_schema", "OFF")?;
    let name = to
        .to_str()
        .ok_or_else(|| SnapshotError::Path(to.to_owned()))?;
    let failed = |source| SnapshotError::Io {
        path: to.to_owned(),
        source,
    };
    // It writes into an empty file that is there, and would make one for others to read.
    private_file::create(to).map_err(failed)?;
    from.execute("VACUUM INTO ?1", [name])?;
    drop(from);
    let copy = Connection::open_with_flags(to, flags)?;
    copy.pragma_update(None, "secure_delete", "ON")?;
    for table in SHORT_LIVED {
        copy.execute(&format!("DELETE FROM {table}"), [])?;
    }
    copy.close().map_err(|(_copy, error)| error)?;
    fs::File::open(to)
        .and_then(|copy| copy.sync_all())
        .map_err(failed)?;
    let copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let said: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        Ok(())
    } else {
        Err(SnapshotError::Damaged(said))
    }
}
