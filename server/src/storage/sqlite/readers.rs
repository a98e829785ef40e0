//! The connections for reading. sqlx's own pool pings a connection whenever
//! it comes back and hands them out in turn: that costs as much as a read.
//! These stay as they are, and the one that was used last is used next, with
//! its statements and pages warm.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::storage::StoreError;

/// The connections, the first ones used most.
pub(super) struct Readers {
    connections: StdMutex<Vec<Arc<Mutex<SqliteConnection>>>>,
    count: u32,
    /// As many permits as connections: whoever has one finds one free.
    free: Arc<Semaphore>,
    acquire_timeout: Duration,
}

/// A connection while it is in use.
pub(in crate::storage) struct Reader {
    // Freed before the permit: fields are dropped in this order.
    connection: OwnedMutexGuard<SqliteConnection>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// Opens so many connections; a read waits `acquire_timeout` for one.
    pub(super) async fn open(
        count: u32,
        options: &SqliteConnectOptions,
        acquire_timeout: Duration,
    ) -> Result<Self, sqlx::Error> {
        let mut connections = Vec::new();
        for _ in 0..count {
            connections.push(Arc::new(Mutex::new(options.connect().await?)));
        }
        Ok(Self {
            free: Arc::new(Semaphore::new(connections.len())),
            connections: StdMutex::new(connections),
            count,
            acquire_timeout,
        })
    }

    /// A connection that nobody else uses.
    pub(super) async fn acquire(&self) -> Result<Reader, StoreError> {
        let permit = timeout(self.acquire_timeout, self.free.clone().acquire_owned())
            .await
            .map_err(|_elapsed| StoreError::from(sqlx::Error::PoolTimedOut))?
            .map_err(|_closed| StoreError::Closed)?;
        let connection = self
            .all()
            .iter()
            .find_map(|connection| connection.clone().try_lock_owned().ok())
            .ok_or(StoreError::Closed)?;
        Ok(Reader {
            connection,
            _permit: permit,
        })
    }

    /// How many connections are free at this moment, and how many there are.
    pub(super) fn idle_of(&self) -> (u32, u32) {
        let free = u32::try_from(self.free.available_permits()).unwrap_or(u32::MAX);
        (free, self.count)
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Mutex<SqliteConnection>>>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nobody read any more, and closes the connections: the last one that closes
    /// brings the journal into the file. One that is in use after a while closes with
    /// its read.
    pub(super) async fn close(&self) {
        self.free.close();
        let connections = std::mem::take(&mut *self.all());
        let begun = Instant::now();
        for connection in connections {
            // Whoever reads has it until then.
            let left = self.acquire_timeout.saturating_sub(begun.elapsed());
            if timeout(left, connection.lock()).await.is_err() {
                continue;
            }
            if let Some(connection) = Arc::into_inner(connection)
                && let Err(error) = connection.into_inner().close().await
            {
                tracing::warn!(%error, "a reader's connection did not close well");
            }
        }
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
