//! A row that was read, its columns found by their names. A column that the row
//! does not have, a value of the wrong kind, and NULL where none may be are
//! [`StoreError::Corrupt`] with the column's name.

use card_domain::{
    Action, CardId, CardNo, EnterpriseId, EventOutcome, KeyConfirmation, OperationState,
    OperatorNo, Role, StateName,
};
use card_protocol::piv::ChipId;
use jiff::Timestamp;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    CertificateDigest, EndedBy, NonceHash, NonceKind, Standing, StoreError, TokenHash,
    error::corrupt,
};

/// A row of either database.
pub(super) enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// The value of a column that has one in every row.
    pub(super) fn get<'r, T: FromColumn<'r>>(
        &'r self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.optional(column)?.ok_or(corrupt(column))
    }

    /// The value of a column that may be NULL.
    pub(super) fn optional<'r, T: FromColumn<'r>>(
        &'r self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        T::read(self, column)
    }

    /// A value as both drivers decode it.
    fn decode<'r, T>(&'r self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        let value = match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(|_no_such_value| corrupt(column))
    }
}

/// A value that can be read from a column.
pub(super) trait FromColumn<'r>: Sized {
    /// Reads it; `None` is NULL.
    fn read(row: &'r Row, column: &'static str) -> Result<Option<Self>, StoreError>;
}

/// Types that the drivers decode by themselves.
macro_rules! decoded {
    ($($type:ty),* $(,)?) => {$(
        impl<'r> FromColumn<'r> for $type {
            fn read(row: &'r Row, column: &'static str) -> Result<Option<Self>, StoreError> {
                row.decode(column)
            }
        }
    )*};
}

decoded!(Uuid, i64, String, Vec<u8>, &'r str, &'r [u8]);

/// Types that are made of what the drivers decode; `None` is a value that is
/// none of the type's.
macro_rules! converted {
    ($($type:ty: $stored:ty => $convert:expr;)*) => {$(
        impl<'r> FromColumn<'r> for $type {
            fn read(row: &'r Row, column: &'static str) -> Result<Option<Self>, StoreError> {
                let convert: fn($stored) -> Option<Self> = $convert;
                let stored: Option<$stored> = row.decode(column)?;
                stored
                    .map(|stored| convert(stored).ok_or(corrupt(column)))
                    .transpose()
            }
        }
    )*};
}

converted! {
    CardId: Uuid => |id| Some(Self(id));
    EnterpriseId: Uuid => |id| Some(Self(id));
    ChipId: Uuid => |id| Some(Self(id.into_bytes()));
    KeyConfirmation: &'r str => |name| Self::from_name(name);
    CardNo: String => |number| Some(Self(number));
    OperatorNo: String => |number| Some(Self(number));
    Timestamp: i64 => |micros| Self::from_microsecond(micros).ok();
    bool: i64 => |number| match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    u8: i64 => |number| number.try_into().ok();
    u32: i64 => |number| number.try_into().ok();
    u64: i64 => |number| number.try_into().ok();
    TokenHash: &'r [u8] => |bytes| bytes.try_into().ok().map(Self);
    NonceHash: &'r [u8] => |bytes| bytes.try_into().ok().map(Self);
    CertificateDigest: &'r [u8] => |bytes| bytes.try_into().ok().map(Self);
    Role: &'r str => |name| [Self::LegalPerson, Self::Operator]
        .into_iter()
        .find(|role| role.name() == name);
    // Of all acts, these two are operations.
    Action: &'r str => |name| [Self::Renew, Self::Unlock]
        .into_iter()
        .find(|action| action.name() == name);
    StateName: &'r str => Self::from_name;
    OperationState: &'r str => Self::from_name;
    Standing: &'r str => Self::from_name;
    EndedBy: &'r str => Self::from_name;
    NonceKind: &'r str => Self::from_name;
    EventOutcome: &'r str => Self::from_name;
}

#[cfg(test)]
mod tests;
