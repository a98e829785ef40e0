//! Reads events in one go, for whoever goes through the whole log. sqlx
//! carries each column of each row by itself from SQLite's thread to ours,
//! which takes longer than to hash the event ten times over; here rows are
//! read where they lie, by a connection that only reads.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use event_log::{
    leaf::{Leaf, LeafHasher},
    leaves::Leaves,
    tree::Hash,
};
use rusqlite::{Connection, OpenFlags, Row, Statement, types::ValueRef};
use uuid::Uuid;

use crate::storage::{
    StoreError,
    error::corrupt,
    queries::leaves::{LEAVES, NUMBERS},
};

/// Who may write the file while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccessMode {
    /// The service writes it.
    Shared,
    /// This process only reads it, others may write it.
    ReadOnly,
    /// Nobody can write it.
    Fixed,
}

/// The way to the file, with a connection that waits to be used again.
#[derive(Clone)]
pub(in crate::storage) struct Scanner(Arc<Shared>);

struct Shared {
    path: PathBuf,
    access: AccessMode,
    busy_timeout: Duration,
    idle: Mutex<Option<Connection>>,
    is_closed: AtomicBool,
}

impl Scanner {
    /// Of the database at `path`; `busy_timeout` is how long a read waits for a lock.
    pub(super) fn new(path: PathBuf, access: AccessMode, busy_timeout: Duration) -> Self {
        Self(Arc::new(Shared {
            path,
            access,
            busy_timeout,
            idle: Mutex::new(None),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// Events as leaves, by their numbers.
    pub(in crate::storage) async fn leaves(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Leaves, StoreError> {
        self.read(move |connection| {
            let mut leaves = Leaves::default();
            visit(connection, (first, last, limit), |leaf| leaves.push(leaf))?;
            Ok(leaves)
        })
        .await
    }

    /// Their hashes: made here, of the bytes where they lie.
    pub(in crate::storage) async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, StoreError> {
        self.read(move |connection| {
            let (mut all, mut hasher) = (Vec::new(), LeafHasher::default());
            visit(connection, (first, last, limit), |leaf| {
                all.push((leaf.seq, hasher.hash(leaf)));
            })?;
            Ok(all)
        })
        .await
    }

    /// The numbers of events, from one on.
    pub(in crate::storage) async fn event_numbers(
        &self,
        first: i64,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(NUMBERS)?;
            let numbers = statement.query_map((first, limit), |row| row.get("seq"))?;
            numbers.collect::<Result<_, _>>().map_err(ScanError::Sqlite)
        })
        .await
    }

    /// How many events there are: counted in the table, not in an index.
    pub(in crate::storage) async fn event_count(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT count(*) AS events FROM events NOT INDEXED")?;
            let count: i64 = statement.query_one((), |row| row.get("events"))?;
            u64::try_from(count).map_err(|_range| ScanError::Store(corrupt("a count")))
        })
        .await
    }

    /// Lets nobody read any more, and closes the connection that waits.
    pub(super) fn close(&self) {
        self.0.is_closed.store(true, Ordering::Release);
        drop(self.0.take());
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ScanError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.0.clone();
        if shared.is_closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        let done = tokio::task::spawn_blocking(move || {
            let connection = match shared.take() {
                Some(connection) => connection,
                None => shared.open()?,
            };
            let read = work(&connection)?;
            shared.put(connection);
            Ok::<_, ScanError>(read)
        });
        // It is cancelled with the runtime, and it does not panic.
        let read = done.await.map_err(|_gone| StoreError::Closed)?;
        read.map_err(StoreError::from)
    }
}

impl Shared {
    fn open(&self) -> rusqlite::Result<Connection> {
        // Nobody else has it while it is in use: SQLite needs no lock of its own.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = if self.access == AccessMode::Fixed {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(fixed(&self.path), flags)?
        } else {
            Connection::open_with_flags(&self.path, flags)?
        };
        connection.busy_timeout(self.busy_timeout)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if self.access != AccessMode::Shared {
            // A fifth quicker. A disk that fails ends the process then, which
            // a service must not risk, and whoever only looks may.
            connection.pragma_update(None, "mmap_size", i64::MAX)?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.take()
    }

    fn put(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        *idle = Some(connection);
    }
}

/// The address of a file that nobody can write (sqlite.org/uri.html).
fn fixed(path: &Path) -> String {
    let path = path.display().to_string();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{path}?immutable=1")
}

/// Shows events by their numbers, at most so many, as leaves.
fn visit(
    connection: &Connection,
    (first, last, limit): (i64, i64, u32),
    mut visitor: impl FnMut(&Leaf<'_>),
) -> Result<(), ScanError> {
    let mut statement = connection.prepare_cached(LEAVES)?;
    let columns = LeafColumns::of(&statement)?;
    let mut rows = statement.query((first, last, limit))?;
    while let Some(row) = rows.next()? {
        visitor(&columns.leaf(row)?);
    }
    Ok(())
}

/// Where the columns of [`LEAVES`] stand: looked up once for all rows, for a row
/// compares names one by one.
struct LeafColumns {
    seq: usize,
    at: usize,
    enterprise: usize,
    actor: usize,
    act: usize,
    target: usize,
    outcome: usize,
    body: usize,
}

impl LeafColumns {
    fn of(statement: &Statement<'_>) -> Result<Self, ScanError> {
        Ok(Self {
            seq: statement.column_index("seq")?,
            at: statement.column_index("at")?,
            enterprise: statement.column_index("enterprise_id")?,
            actor: statement.column_index("actor_card")?,
            act: statement.column_index("act")?,
            target: statement.column_index("target_card")?,
            outcome: statement.column_index("outcome")?,
            body: statement.column_index("body")?,
        })
    }

    fn leaf<'r>(&self, row: &'r Row<'_>) -> Result<Leaf<'r>, ScanError> {
        Ok(Leaf {
            seq: int(row, self.seq)?,
            at: int(row, self.at)?,
            enterprise: uuid(row, self.enterprise)?,
            actor: uuid(row, self.actor)?,
            act: text(row, self.act)?,
            target: uuid(row, self.target)?,
            outcome: text(row, self.outcome)?,
            body: match row.get_ref(self.body)? {
                ValueRef::Blob(bytes) => bytes,
                _ => return Err(impossible()),
            },
        })
    }
}

fn int(row: &Row<'_>, column: usize) -> Result<i64, ScanError> {
    match row.get_ref(column)? {
        ValueRef::Integer(number) => Ok(number),
        _ => Err(impossible()),
    }
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, ScanError> {
    match row.get_ref(column)? {
        ValueRef::Text(text) => str::from_utf8(text).map_err(|_utf8| impossible()),
        _ => Err(impossible()),
    }
}

fn uuid(row: &Row<'_>, column: usize) -> Result<Option<Uuid>, ScanError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes)
            .map(Some)
            .map_err(|_length| impossible()),
        _ => Err(impossible()),
    }
}

const fn impossible() -> ScanError {
    ScanError::Store(corrupt("events"))
}

/// What can go wrong while reading.
enum ScanError {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for ScanError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<ScanError> for StoreError {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Sqlite(error) => sqlx::Error::AnyDriverError(Box::new(error)).into(),
            ScanError::Store(error) => error,
        }
    }
}
