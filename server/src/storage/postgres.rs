//! PostgreSQL: a pool, READ COMMITTED transactions, and statements that name
//! the state they expect. Several instances of the service may share it.

mod act;
mod address;
mod lease;
mod login;
mod reach;
mod scanner;
mod snapshot;
mod sqlstate;
mod terms;

use std::{sync::Arc, time::Duration};

use event_log::{
    leaf::{Leaf, LeafHasher},
    leaves::Leaves,
    tree::Hash,
};
use sqlx::{
    Connection as _, PgConnection, PgPool,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use thiserror::Error;
use tokio::time::timeout;

pub(super) use self::{
    act::{apply, change},
    lease::Lease,
    login::let_in,
    snapshot::{ExportedSnapshot, clear, is_empty},
};
use self::{
    lease::{SIGN_OF_LIFE, Silence},
    reach::Reach,
    terms::{Setting, Terms},
};
use super::{
    Migrated, OpenError, StoreError,
    connection::Connection,
    database::WriteQuery,
    migrations::{self, TablesState},
};
use crate::{config, metrics::StoreLoad};

/// Connections of one instance of the service.
const MAX_CONNECTIONS: u32 = 16;

/// How long a request waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// When the server looks after a client of which nothing is heard, how often, how many
/// times (seconds), and how long what it sent may stay unacknowledged (milliseconds).
const KEEPALIVE: [Setting; 4] = [
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// How long closing waits for what is under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

/// How often a write is tried that another one made impossible.
const MAX_TRIES: u32 = 3;

/// A pool of connections to PostgreSQL, for reads and writes.
pub(super) struct PostgresDatabase {
    pool: PgPool,
    silence: Arc<Silence>,
    terms: Terms,
    /// The exported snapshot in which all of it is read.
    snapshot: Option<String>,
}

/// A pool whose first connection is opened when it is needed.
fn pool(options: PgConnectOptions, terms: Terms, silence: &Arc<Silence>) -> PgPool {
    let silence = Arc::clone(silence);
    let must_be_primary = !terms.is_read_only && !terms.is_lent;
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Its own test has no limit but that of the whole wait.
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let silence = Arc::clone(&silence);
            Box::pin(async move {
                if silence.was_within(meta.age) {
                    return Ok(false);
                }
                if let Ok(sign) = timeout(SIGN_OF_LIFE, connection.ping()).await {
                    return sign.map(|()| true);
                }
                silence.noticed();
                Ok(false)
            })
        })
        // A standby knows nothing of what was just done, and the address may lead to one
        // that is not promoted yet: it is tried again. One that was lent is asked with
        // each transaction.
        .after_connect(move |connection, _meta| {
            Box::pin(async move {
                if must_be_primary && is_standby(connection).await? {
                    return Err(sqlx::Error::Configuration(Box::new(IsStandby)));
                }
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

/// Why a connection is not used.
#[derive(Debug, Error)]
#[error("the database's address leads to a standby")]
struct IsStandby;

async fn is_standby(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection);
    let mut asked = std::pin::pin!(asked);
    // Twice: a process that stood still meanwhile finds its time over before it has asked.
    for _half in 0..2 {
        if let Ok(answer) = timeout(SIGN_OF_LIFE / 2, &mut asked).await {
            return answer;
        }
    }
    Err(sqlx::Error::PoolTimedOut)
}

impl PostgresDatabase {
    /// Brings the tables up to date, however long that takes.
    pub(super) async fn migrate(database: &config::Database) -> Result<Migrated, OpenError> {
        let reach = Reach::at_the_database(database)?;
        let mut connection = reach.connect(&KEEPALIVE).await?;
        let (steps, applied) = (
            migrations::postgres(),
            reach.applied(&mut connection).await?,
        );
        let migrated = match migrations::state(&steps, &applied)? {
            // Nothing is run then: a role that owns no tables may ask this.
            TablesState::UpToDate(version) => Migrated {
                from: version,
                to: version,
            },
            TablesState::Behind(from) => {
                let to = migrations::newest(&steps);
                match steps.run(&mut connection).await {
                    Ok(()) => Migrated { from, to },
                    Err(error) if lacks_rights(&error) => {
                        return Err(OpenError::MayNotMigrate {
                            found: from,
                            expected: to,
                        });
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        // It is dropped anyhow.
        let _closed = timeout(CLOSE_LIMIT, connection.close()).await;
        Ok(migrated)
    }

    /// Refuses what is not gone to.
    pub(super) fn check_address(database: &config::Database) -> Result<(), OpenError> {
        address::options_of(database).map(drop)
    }

    /// Connects; the tables have to be there.
    pub(super) async fn open(database: &config::Database) -> Result<Self, OpenError> {
        Self::connect(&Reach::of(database)?, Terms::new(false, database.pooler)).await
    }

    /// Connects to read and nothing else.
    pub(super) async fn open_to_read(database: &config::Database) -> Result<Self, OpenError> {
        Self::connect(&Reach::of(database)?, Terms::new(true, database.pooler)).await
    }

    /// Connects to read what another connection's snapshot shows, for as long as that
    /// holds it: at the database itself, past a pooler.
    pub(super) async fn open_at(
        database: &config::Database,
        snapshot: &str,
    ) -> Result<Self, OpenError> {
        let reach = Reach::at_the_database(database)?;
        let database = Self::connect(&reach, Terms::new(true, None)).await?;
        Ok(Self {
            snapshot: Some(snapshot.to_owned()),
            ..database
        })
    }

    async fn connect(reach: &Reach, terms: Terms) -> Result<Self, OpenError> {
        let settings = terms.settings();
        let mut first = reach.connect(&settings).await?;
        reach.expect(&mut first, terms).await?;
        // It is dropped anyhow.
        let _closed = timeout(CLOSE_LIMIT, first.close()).await;
        let silence = Silence::none();
        Ok(Self {
            pool: pool(reach.options(&settings), terms, &silence),
            silence,
            terms,
            snapshot: None,
        })
    }

    /// A connection for reading.
    pub(super) async fn reader(&self) -> Result<Lease, StoreError> {
        let connection = self.pool.acquire().await?;
        let silence = Arc::clone(&self.silence);
        let mut lease = Lease::new(connection, silence, self.terms);
        if let Some(snapshot) = &self.snapshot {
            lease.show(snapshot).await?;
        }
        Ok(lease)
    }

    /// Runs a write in a transaction; again from the start if another one and it
    /// waited for each other.
    pub(super) async fn write<W: WriteQuery>(&self, write: W) -> Result<W::Output, StoreError> {
        if self.terms.is_read_only {
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
        let mut lease = self.reader().await?;
        if W::IS_LONG {
            lease.wait_longer().await?;
        }
        lease.begin().await?;
        let output = write.run(&mut Connection::Postgres(&mut lease)).await;
        if output.is_ok() {
            lease.commit().await?;
        } else {
            lease.roll_back().await;
        }
        output
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
        let push = |leaf: &Leaf<'_>| all.push((leaf.seq, hasher.hash(leaf)));
        scanner::visit(&mut reader, (first, last, limit), push).await?;
        Ok(all)
    }

    /// The numbers of events from one on, at most `limit`.
    pub(super) async fn event_numbers(
        &self,
        first: i64,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        scanner::numbers(&mut self.reader().await?, first, limit).await
    }

    /// How many events the table has, whatever its indices say.
    pub(super) async fn event_count(&self) -> Result<u64, StoreError> {
        scanner::count(&mut self.reader().await?).await
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

    /// Waits for what is under way, but not for ever, and closes.
    pub(super) async fn close(&self) {
        if timeout(CLOSE_LIMIT, self.pool.close()).await.is_err() {
            tracing::warn!("the database is silent: what is under way with it is given up");
        }
    }
}

/// Whether the database rolled the transaction back because it and another
/// one waited for each other.
fn is_deadlock(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(error) if sqlstate::is(error, sqlstate::DEADLOCK))
}

/// Whether the role may not do a step.
fn lacks_rights(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    sqlstate::is(error, sqlstate::LACKS_RIGHTS)
}

/// The transactions that may have written events and have not ended.
pub(super) async fn writers_of_events(connection: &mut Lease) -> Result<Vec<String>, StoreError> {
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
