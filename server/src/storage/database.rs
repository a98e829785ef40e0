//! Either database: where a connection for reading comes from, and how a write
//! becomes durable.

use std::future::Future;

use super::{
    Act, ActOutcome, Nonce, StoreError,
    connection::Connection,
    postgres::{Lease, PostgresDatabase},
    queries::nonces::TakeNonce,
    sqlite::{self, SqliteDatabase},
};
use crate::metrics::StoreLoad;

/// A write: a value that runs in a transaction and can be run again from the
/// start when the transaction had to be rolled back.
pub(super) trait WriteQuery: Send + Sync + 'static {
    /// What the caller is told once the write is durable.
    type Output: Send + 'static;

    /// Whether it may take longer than a person waits.
    const IS_LONG: bool = false;

    /// Runs the write. An error undoes all of it; an outcome that is a
    /// business "no" has to have written nothing that must not stay.
    fn run(
        &self,
        connection: &mut Connection<'_>,
    ) -> impl Future<Output = Result<Self::Output, StoreError>> + Send;
}

/// Either database. What the two do differently is in their own modules.
pub(super) enum Database {
    /// SQLite: readers, and one writer that commits in groups.
    Sqlite(SqliteDatabase),
    /// PostgreSQL: a pool.
    Postgres(PostgresDatabase),
}

/// A connection for reading, while it is in use.
pub(super) enum Reader {
    /// Of SQLite's readers.
    Sqlite(sqlite::Reader),
    /// Of PostgreSQL's pool.
    Postgres(Lease),
}

impl Reader {
    /// The connection itself.
    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(reader) => Connection::Sqlite(reader),
            Self::Postgres(reader) => Connection::Postgres(reader),
        }
    }
}

impl Database {
    /// A connection for reading what is committed.
    pub(super) async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(match self {
            Self::Sqlite(database) => Reader::Sqlite(database.reader().await?),
            Self::Postgres(database) => Reader::Postgres(database.reader().await?),
        })
    }

    /// The same for a read that may take longer than a person waits.
    pub(super) async fn patient_reader(&self) -> Result<Reader, StoreError> {
        let mut reader = self.reader().await?;
        if let Reader::Postgres(lease) = &mut reader {
            lease.wait_longer().await?;
        }
        Ok(reader)
    }

    /// Runs a write in a transaction; returns once it is durable.
    pub(super) async fn write<W: WriteQuery>(&self, write: W) -> Result<W::Output, StoreError> {
        match self {
            Self::Sqlite(database) => database.write(write).await,
            Self::Postgres(database) => database.write(write).await,
        }
    }

    /// Does an act; as [`Self::write`], but on SQLite the write that matters
    /// most has a quicker way.
    pub(super) async fn act(&self, act: Act) -> Result<ActOutcome, StoreError> {
        match self {
            Self::Sqlite(database) => database.act(act).await,
            Self::Postgres(database) => database.write(act).await,
        }
    }

    /// Takes a nonce out; as [`Self::write`], but on SQLite those that wait are taken
    /// together.
    pub(super) async fn take_nonce(&self, take: TakeNonce) -> Result<Option<Nonce>, StoreError> {
        match self {
            Self::Sqlite(database) => database.take_nonce(take).await,
            Self::Postgres(database) => database.write(take).await,
        }
    }

    /// How busy it is at this moment.
    pub(super) fn load(&self) -> StoreLoad {
        match self {
            Self::Sqlite(database) => database.load(),
            Self::Postgres(database) => database.load(),
        }
    }

    /// Finishes what is under way and closes.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(database) => database.close().await,
            Self::Postgres(database) => database.close().await,
        }
    }
}
