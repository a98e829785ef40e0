//! What the two databases do differently: where a connection for reading
//! comes from, and how a write becomes durable.

use std::{future::Future, ops::DerefMut};

use super::{StoreError, sql::Sql};

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

    /// Finishes what is under way and closes.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
