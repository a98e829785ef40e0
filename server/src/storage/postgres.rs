//! PostgreSQL: a pool, READ COMMITTED transactions, and statements that name
//! the state they expect. Several instances of the service may share it.

mod act;
mod scanner;

use std::time::Duration;

use event_log::{leaf::LeafHasher, leaves::Leaves, tree::Hash};
use sqlx::{
    Connection as _, PgConnection, PgPool, Postgres,
    error::DatabaseError,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub(super) use self::act::apply;
use super::{
    OpenError, StoreError,
    connection::Connection,
    database::WriteQuery,
    migrations::{self, VERSION},
};
use crate::metrics::StoreLoad;

/// Connections of one instance of the service.
const MAX_CONNECTIONS: u32 = 16;

/// How long a request waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a write is tried that another one made impossible.
const MAX_TRIES: u32 = 3;

/// A pool of connections to PostgreSQL, for reads and writes.
pub(super) struct PostgresDatabase {
    pool: PgPool,
    is_read_only: bool,
}

async fn connect(url: &str, settings: &[(&str, &str)]) -> Result<PgPool, OpenError> {
    let options: PgConnectOptions = url.parse().map_err(OpenError::BadAddress)?;
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.options(settings.iter().copied()))
        .await
        .map_err(OpenError::Connect)
}

impl PostgresDatabase {
    /// Connects and brings the tables up to date.
    pub(super) async fn open(url: &str) -> Result<Self, OpenError> {
        let pool = connect(url, &[("default_transaction_isolation", "read committed")]).await?;
        migrations::postgres().run(&pool).await?;
        Ok(Self {
            pool,
            is_read_only: false,
        })
    }

    /// Connects to read and nothing else.
    pub(super) async fn open_to_read(url: &str) -> Result<Self, OpenError> {
        let pool = connect(url, &[("default_transaction_read_only", "on")]).await?;
        migrations::expect(sqlx::query_scalar(VERSION).fetch_one(&pool).await)?;
        Ok(Self {
            pool,
            is_read_only: true,
        })
    }

    /// A connection for reading.
    pub(super) async fn reader(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// Runs a write in a transaction; again from the start if another one and it
    /// waited for each other.
    pub(super) async fn write<W: WriteQuery>(&self, write: W) -> Result<W::Output, StoreError> {
        if self.is_read_only {
            return Err(StoreError::ReadOnly);
        }
        let mut tries = 1;
        loop {
            match self.try_write(&write).await {
                Err(error) if tries < MAX_TRIES && is_deadlock(&error) => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_write<W: WriteQuery>(&self, write: &W) -> Result<W::Output, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let output = write
            .run(&mut Connection::Postgres(&mut transaction))
            .await?;
        transaction.commit().await?;
        Ok(output)
    }

    /// Events as leaves, by their numbers, at most `limit`.
    pub(super) async fn leaves(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Leaves, StoreError> {
        let (mut leaves, mut reader) = (Leaves::default(), self.reader().await?);
        scanner::visit(&mut reader, (first, last, limit), |leaf| leaves.push(leaf)).await?;
        Ok(leaves)
    }

    /// Their hashes as leaves, each with its number.
    pub(super) async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, StoreError> {
        let (mut all, mut hasher) = (Vec::new(), LeafHasher::default());
        let mut reader = self.reader().await?;
        scanner::visit(&mut reader, (first, last, limit), |leaf| {
            all.push((leaf.seq, hasher.hash(leaf)));
        })
        .await?;
        Ok(all)
    }

    /// The numbers of events from one on, at most `limit`.
    pub(super) async fn event_numbers(
        &self,
        first: i64,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        scanner::numbers(&mut *self.reader().await?, first, limit).await
    }

    /// How many events the table has, whatever its indices say.
    pub(super) async fn event_count(&self) -> Result<u64, StoreError> {
        scanner::count(&mut *self.reader().await?).await
    }

    /// How busy it is at this moment.
    pub(super) fn load(&self) -> StoreLoad {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        StoreLoad {
            idle,
            // The two are not read at one moment.
            in_use: self.pool.size().saturating_sub(idle),
            most: MAX_CONNECTIONS,
            queue: None,
        }
    }

    /// Waits for what is under way and closes.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Whether the database rolled the transaction back because it and another
/// one waited for each other (`deadlock_detected`, PostgreSQL appendix A).
fn is_deadlock(error: &StoreError) -> bool {
    let StoreError::Unavailable(error) = error else {
        return false;
    };
    let database = error.as_database_error();
    database.and_then(DatabaseError::code).as_deref() == Some("40P01")
}

/// The transactions that may have written events and have not ended.
pub(super) async fn writers_of_events(
    connection: &mut PgConnection,
) -> Result<Vec<String>, StoreError> {
    // An INSERT takes this lock before it draws a number, and keeps it until its
    // transaction has ended.
    let rows = Connection::Postgres(connection)
        .fetch_all(
            "SELECT virtualtransaction FROM pg_locks \
             WHERE locktype = 'relation' AND relation = 'events'::regclass \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| row.get("virtualtransaction"))
        .collect()
}
