//! A connection to either database, in a transaction where the caller needs
//! one: the little that a query needs of it, so that each is written once.

use sqlx::{SqlSafeStr, SqliteConnection, query::Query};
use tokio::time::timeout;

use super::{
    Act, NewEvent, NewSession, StoreError,
    postgres::{self, Lease},
    row::Row,
    sqlite,
    value::Value,
};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

/// A connection to either database.
pub(super) enum Connection<'c> {
    /// To SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// To PostgreSQL.
    Postgres(&'c mut Lease),
}

impl<'c> From<&'c mut SqliteConnection> for Connection<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

/// What became of the statements of an act.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applied {
    /// Whether the proposal's nonce was there and fitted.
    pub(super) nonce_taken: bool,
    /// The event's sequence number, if the card was changed.
    pub(super) event: Option<i64>,
}

/// What became of a login.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LetIn {
    /// Whether the card may log in still; its session is there then.
    pub(super) is_let_in: bool,
    /// The sequence number of its event; none where the card's key has to be confirmed
    /// first.
    pub(super) event: Option<i64>,
}

impl Connection<'_> {
    /// Runs a statement; gives how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let done = bound(sql, values).execute(&mut **connection).await?;
                done.rows_affected()
            }
            Self::Postgres(connection) => {
                connection.ready().await?;
                let (limit, is_kept) = (connection.limit(), connection.keeps_statements());
                let call = bound(sql, values).persistent(is_kept);
                let call = call.execute(connection.out());
                let done = timeout(limit, call).await;
                connection.back(done)?.rows_affected()
            }
        })
    }

    /// The rows of a statement.
    pub(super) async fn fetch_all(
        &mut self,
        sql: impl SqlSafeStr + Send,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let rows = bound(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(connection) => {
                connection.ready().await?;
                let (limit, is_kept) = (connection.limit(), connection.keeps_statements());
                let call = bound(sql, values).persistent(is_kept);
                let call = call.fetch_all(connection.out());
                let rows = timeout(limit, call).await;
                let rows = connection.back(rows)?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row of a statement, if there is one.
    pub(super) async fn fetch(
        &mut self,
        sql: impl SqlSafeStr + Send,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let row = bound(sql, values).fetch_optional(&mut **connection).await?;
                row.map(Row::Sqlite)
            }
            Self::Postgres(connection) => {
                connection.ready().await?;
                let (limit, is_kept) = (connection.limit(), connection.keeps_statements());
                let call = bound(sql, values).persistent(is_kept);
                let call = call.fetch_optional(connection.out());
                let row = timeout(limit, call).await;
                connection.back(row)?.map(Row::Postgres)
            }
        })
    }

    /// Whose SQL it takes, where the two differ.
    pub(super) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The table of events, read by way of its index by target.
    pub(super) const fn events_by_target(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "events INDEXED BY events_by_target",
            Self::Postgres(_) => "events",
        }
    }

    /// The transactions that may have written events and have not ended.
    pub(super) async fn writers_of_events(&mut self) -> Result<Vec<String>, StoreError> {
        match self {
            // One writes at a time: numbers become visible in their order.
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(connection) => postgres::writers_of_events(connection).await,
        }
    }

    /// Opens a session of a card that may log in, and writes the event of that unless the
    /// card's key has to be confirmed first, in as few round trips as the database allows.
    pub(super) async fn let_in(
        &mut self,
        new: &NewSession,
        event: &NewEvent,
    ) -> Result<LetIn, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite::let_in(connection, new, event).await,
            Self::Postgres(connection) => postgres::let_in(connection, new, event).await,
        }
    }

    /// Takes the act's nonce, changes the card under its conditions and writes
    /// the event, in as few round trips as the database allows.
    pub(super) async fn apply(&mut self, act: &Act) -> Result<Applied, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite::apply_one(connection, act).await,
            Self::Postgres(connection) => postgres::apply(connection, act).await,
        }
    }

    /// The same of an act whose nonce is taken already; gives the event's number, none
    /// where the card is not as it was seen.
    pub(super) async fn change(&mut self, act: &Act) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite::change(connection, act).await,
            Self::Postgres(_) => postgres::change(self, act).await,
        }
    }
}

/// A statement with its values bound.
pub(super) fn bound<'q, D>(
    sql: impl SqlSafeStr,
    values: &'q [Value<'q>],
) -> Query<'q, D, <D as sqlx::Database>::Arguments>
where
    D: sqlx::Database,
    Option<uuid::Uuid>: sqlx::Encode<'q, D> + sqlx::Type<D>,
    Option<i64>: sqlx::Encode<'q, D> + sqlx::Type<D>,
    Option<&'q str>: sqlx::Encode<'q, D> + sqlx::Type<D>,
    Option<&'q [u8]>: sqlx::Encode<'q, D> + sqlx::Type<D>,
{
    values
        .iter()
        .fold(sqlx::query(sql), |query, value| match *value {
            Value::Uuid(value) => query.bind(value),
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
}
