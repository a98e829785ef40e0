//! PostgreSQL: a pool, READ COMMITTED transactions, and statements that name
//! the state they expect. Several instances of the service may share it.

mod act;
mod scanner;

use sqlx::{
    Connection as _, PgPool, Postgres, SqlSafeStr,
    error::DatabaseError,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgRow},
};

use super::{
    OpenError, StoreError, StoreLoad,
    connection::postgres_query,
    database::{Database, Operation},
    migrations::{self, VERSION},
    records::act::Act,
    sql::{Applied, Columns as _, Sql, Value, needed},
};
use crate::audit::{leaf::LeafHasher, leaves::Leaves, tree::Hash};

/// Connections of one instance of the service.
const CONNECTIONS: u32 = 16;

/// How long a request waits for a connection before it is told to come again.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// How often a write is tried that another one made impossible.
const TRIES: u32 = 3;

/// The database.
pub(super) struct PostgresDatabase {
    pool: PgPool,
    is_read_only: bool,
}

async fn connect(url: &str, settings: &[(&str, &str)]) -> Result<PgPool, OpenError> {
    let options: PgConnectOptions = url.parse().map_err(OpenError::BadAddress)?;
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
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

    async fn try_write<O: Operation>(&self, operation: &O) -> Result<O::Output, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let output = operation.run(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(output)
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

impl Database for PostgresDatabase {
    type Connection = PgConnection;
    type Reader = PoolConnection<Postgres>;

    async fn reader(&self) -> Result<Self::Reader, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    async fn write<O: Operation>(&self, operation: O) -> Result<O::Output, StoreError> {
        if self.is_read_only {
            return Err(StoreError::ReadOnly);
        }
        let mut tries = 1;
        loop {
            match self.try_write(&operation).await {
                Err(error) if tries < TRIES && is_deadlock(&error) => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn leaves(&self, first: i64, last: i64, limit: u32) -> Result<Leaves, StoreError> {
        let (mut leaves, mut reader) = (Leaves::default(), self.reader().await?);
        scanner::visit(&mut reader, (first, last, limit), |leaf| leaves.push(leaf)).await?;
        Ok(leaves)
    }

    async fn leaf_hashes(
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

    async fn event_numbers(&self, first: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        scanner::numbers(&mut *self.reader().await?, first, limit).await
    }

    async fn event_count(&self) -> Result<u64, StoreError> {
        scanner::count(&mut *self.reader().await?).await
    }

    fn load(&self) -> StoreLoad {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        StoreLoad {
            idle,
            // The two are not read at one moment.
            in_use: self.pool.size().saturating_sub(idle),
            most: CONNECTIONS,
            queue: None,
        }
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

impl Sql for PgConnection {
    type Row = PgRow;

    const LIKE: &'static str = "ILIKE";

    const EVENTS_BY_TARGET: &'static str = "events";

    async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        arguments: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let done = postgres_query(sql, arguments).execute(self).await?;
        Ok(done.rows_affected())
    }

    async fn fetch_all(
        &mut self,
        sql: impl SqlSafeStr + Send,
        arguments: &[Value<'_>],
    ) -> Result<Vec<PgRow>, StoreError> {
        Ok(postgres_query(sql, arguments).fetch_all(self).await?)
    }

    async fn fetch(
        &mut self,
        sql: impl SqlSafeStr + Send,
        arguments: &[Value<'_>],
    ) -> Result<Option<PgRow>, StoreError> {
        Ok(postgres_query(sql, arguments).fetch_optional(self).await?)
    }

    async fn writers_of_events(&mut self) -> Result<Vec<String>, StoreError> {
        // An INSERT takes this lock before it draws a number, and keeps it
        // until its transaction has ended.
        let rows = self
            .fetch_all(
                "SELECT virtualtransaction FROM pg_locks \
                 WHERE locktype = 'relation' AND relation = 'events'::regclass \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                 AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()",
                &[],
            )
            .await?;
        rows.iter()
            .map(|row| needed(row.text(0)?, "pg_locks.virtualtransaction"))
            .collect()
    }

    async fn apply(&mut self, act: &Act) -> Result<Applied, StoreError> {
        act::apply(self, act).await
    }
}
