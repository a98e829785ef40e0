//! A moment of the database that several connections read: the one here holds it, and
//! `pg_dump` and the verification look at it.

use std::{io, time::Duration};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::timeout;

use super::{KEEPALIVE, reach::Reach};
use crate::{config, storage::OpenError};

/// How long an answer is waited for that is there at once.
const ANSWER: Duration = Duration::from_secs(30);

/// How long taking everything out may take.
const CLEARED: Duration = Duration::from_mins(10);

/// A snapshot that was exported. It ends when this is dropped.
pub(in crate::storage) struct ExportedSnapshot {
    holder: PgConnection,
    /// Its name at the server.
    pub(in crate::storage) name: String,
}

impl ExportedSnapshot {
    /// Exports one of now.
    pub(in crate::storage) async fn take(database: &config::Database) -> Result<Self, OpenError> {
        // Nothing is said on it for as long as a dump takes.
        let settings = [
            ("idle_in_transaction_session_timeout", "0"),
            ("statement_timeout", "0"),
        ];
        let settings: Vec<_> = settings.into_iter().chain(KEEPALIVE).collect();
        let reach = Reach::at_the_database(database)?;
        let mut holder = reach.connect(&settings).await?;
        let take = async {
            holder
                .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await?;
            let export = sqlx::query_scalar("SELECT pg_export_snapshot()");
            let name = export.fetch_one(&mut holder).await?;
            Ok(Self { holder, name })
        };
        within(ANSWER, take)
            .await
            .map_err(|error| given_up(&reach, ANSWER, error))
    }

    /// Lets it go, if it was still held: a connection that was cut off held it no more,
    /// and what was read since may have been of no one moment.
    pub(in crate::storage) async fn release(mut self) -> Result<(), sqlx::Error> {
        let release = async {
            self.holder.execute("COMMIT").await?;
            self.holder.close().await
        };
        within(ANSWER, release).await
    }
}

/// Whether the database has no table, view, sequence, function or type of its own.
pub(in crate::storage) async fn is_empty(database: &config::Database) -> Result<bool, OpenError> {
    let reach = Reach::at_the_database(database)?;
    let mut connection = reach.connect(&KEEPALIVE).await?;
    let count = async {
        let own: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_namespace spaces JOIN ( \
                 SELECT relnamespace AS space FROM pg_class \
                 WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') \
                 UNION ALL SELECT pronamespace FROM pg_proc \
                 UNION ALL SELECT typnamespace FROM pg_type WHERE typtype IN ('d', 'e', 'r') \
             ) own ON own.space = spaces.oid \
             WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        Ok(own == 0)
    };
    within(ANSWER, count)
        .await
        .map_err(|error| given_up(&reach, ANSWER, error))
}

/// Takes everything out of a database that was empty before this program put something
/// into it.
pub(in crate::storage) async fn clear(database: &config::Database) -> Result<(), OpenError> {
    let reach = Reach::at_the_database(database)?;
    let mut connection = reach.connect(&KEEPALIVE).await?;
    let clear = async {
        let clear = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        connection.execute(clear).await?;
        connection.close().await
    };
    within(CLEARED, clear)
        .await
        .map_err(|error| given_up(&reach, CLEARED, error))
}

/// What has no end of its own gets one. The connection is closed with it.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silent = |_elapsed| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    timeout(limit, work).await.map_err(silent)?
}

fn given_up(reach: &Reach, limit: Duration, error: sqlx::Error) -> OpenError {
    match error {
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => OpenError::NoAnswer {
            place: reach.place(),
            limit,
        },
        error => OpenError::Connect(error),
    }
}
