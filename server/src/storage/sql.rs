//! The little that an operation needs of a connection, so that each is
//! written once and runs the same on both databases: statements with `$1`
//! placeholders (both know them), a handful of types, and columns by number.

use std::future::Future;

use card_domain::{CardId, EnterpriseId};
use jiff::Timestamp;
use sqlx::SqlSafeStr;
use uuid::Uuid;

use super::{
    CertificateDigest, IdNumberIndex, NonceHash, StoreError, TokenHash, error::corrupt,
    records::act::Act,
};

/// A value that is bound to a placeholder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Uuid(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<&'a str>),
    Bytes(Option<&'a [u8]>),
}

/// A value that can be bound.
macro_rules! bindable {
    ($($type:ty: $value:ident => $bound:expr;)*) => {$(
        impl<'a> From<$type> for Value<'a> {
            fn from($value: $type) -> Self {
                $bound
            }
        }
    )*};
}

bindable! {
    Uuid: value => Self::Uuid(Some(value));
    CardId: value => Self::Uuid(Some(value.0));
    EnterpriseId: value => Self::Uuid(Some(value.0));
    Option<CardId>: value => Self::Uuid(value.map(|id| id.0));
    Option<EnterpriseId>: value => Self::Uuid(value.map(|id| id.0));
    Timestamp: value => Self::Int(Some(value.as_microsecond()));
    Option<Timestamp>: value => Self::Int(value.map(Timestamp::as_microsecond));
    i64: value => Self::Int(Some(value));
    Option<i64>: value => Self::Int(value);
    u32: value => Self::Int(Some(i64::from(value)));
    Option<u8>: value => Self::Int(value.map(i64::from));
    &'a str: value => Self::Text(Some(value));
    &'a String: value => Self::Text(Some(value));
    Option<&'a str>: value => Self::Text(value);
    &'a [u8]: value => Self::Bytes(Some(value));
    &'a Vec<u8>: value => Self::Bytes(Some(value));
    Option<&'a [u8]>: value => Self::Bytes(value);
    &'a TokenHash: value => Self::Bytes(Some(&value.0));
    &'a NonceHash: value => Self::Bytes(Some(&value.0));
    &'a CertificateDigest: value => Self::Bytes(Some(&value.0));
    &'a IdNumberIndex: value => Self::Bytes(Some(&value.0));
}

/// The arguments of a statement.
macro_rules! arguments {
    ($($value:expr),* $(,)?) => {
        &[$($crate::storage::sql::Value::from($value)),*]
    };
}
pub(super) use arguments;

/// The columns of a row, by number. A value of the wrong kind, or NULL where
/// none may be, is [`StoreError::Corrupt`].
pub(super) trait Columns {
    fn uuid(&self, column: usize) -> Result<Option<Uuid>, StoreError>;
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError>;
    fn text(&self, column: usize) -> Result<Option<String>, StoreError>;
    fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError>;
    fn text_ref(&self, column: usize) -> Result<Option<&str>, StoreError>;
    fn bytes_ref(&self, column: usize) -> Result<Option<&[u8]>, StoreError>;

    fn time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        self.int(column)?
            .map(|micros| Timestamp::from_microsecond(micros).map_err(|_range| corrupt("a time")))
            .transpose()
    }
}

/// A value that has to be there.
pub(super) fn needed<T>(value: Option<T>, column: &'static str) -> Result<T, StoreError> {
    value.ok_or(StoreError::Corrupt { column })
}

/// What became of the statements of an act.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applied {
    /// Whether the proposal's nonce was there and fitted.
    pub(super) nonce_taken: bool,
    /// The event's sequence number, if the card was changed.
    pub(super) event: Option<i64>,
}

/// A connection, in a transaction where the caller needs one.
pub(super) trait Sql: Send {
    type Row: Columns + Send;

    /// `LIKE` without regard to the case of ASCII letters.
    const LIKE: &'static str;

    /// The table of events, read by way of its index by target.
    const EVENTS_BY_TARGET: &'static str;

    /// Runs a statement; gives how many rows it changed.
    fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        arguments: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The rows of a statement.
    fn fetch_all(
        &mut self,
        sql: impl SqlSafeStr + Send,
        arguments: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// The first row of a statement, if there is one.
    fn fetch(
        &mut self,
        sql: impl SqlSafeStr + Send,
        arguments: &[Value<'_>],
    ) -> impl Future<Output = Result<Option<Self::Row>, StoreError>> + Send;

    /// The transactions that may have written events and have not ended.
    fn writers_of_events(&mut self)
    -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Takes the act's nonce, changes the card under its conditions and
    /// writes the event, in as few round trips as the database allows.
    fn apply(&mut self, act: &Act) -> impl Future<Output = Result<Applied, StoreError>> + Send;
}
