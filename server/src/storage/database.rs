//! What the two databases do differently: where a connection for reading
//! comes from, and how a write becomes durable.

use std::{future::Future, ops::DerefMut};

use super::{Act, ActOutcome, StoreError, StoreLoad, sql::Sql};
use crate::audit::{leaves::Leaves, tree::Hash};

/// A write: a value that runs in a transaction and can be run again from the
/// start when the transaction had to be rolled back.
pub(super) trait Operation: Send + Sync + 'static {
    type Output: Send + 'static;

    /// Runs the write. An error undoes all of it; an outcome that is a
    /// business "no" has to have written nothing that must not stay.
    fn run<C: Sql>(
        &self,
        connection: &mut C,
    ) -> impl Future<Output = Result<Self::Output, StoreError>> + Send;
}

/// A database.
pub(super) trait Database: Send + Sync + 'static {
    type Connection: Sql;
    type Reader: DerefMut<Target = Self::Connection> + Send;

    /// A connection for reading what is committed.
    fn reader(&self) -> impl Future<Output = Result<Self::Reader, StoreError>> + Send;

    /// Runs a write in a transaction; returns once it is durable.
    fn write<O: Operation>(
        &self,
        operation: O,
    ) -> impl Future<Output = Result<O::Output, StoreError>> + Send;

    /// Does an act; as [`Self::write`], but the write that matters most may
    /// have a quicker way.
    fn act(&self, act: Act) -> impl Future<Output = Result<ActOutcome, StoreError>> + Send {
        self.write(act)
    }

    /// Events as leaves, by their numbers, at most `limit`.
    fn leaves(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Leaves, StoreError>> + Send;

    /// Their hashes as leaves, each with its number.
    fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(i64, Hash)>, StoreError>> + Send;

    /// The numbers of events from one on, at most `limit`.
    fn event_numbers(
        &self,
        first: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<i64>, StoreError>> + Send;

    /// How many events the table has, whatever its indices say.
    fn event_count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// How busy it is at this moment.
    fn load(&self) -> StoreLoad;

    /// Finishes what is under way and closes.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
