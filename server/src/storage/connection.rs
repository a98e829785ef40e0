//! Columns, rows and arguments of sqlx for both drivers. The two halves are
//! the same text over different types, so a macro writes them.

use sqlx::{Row, query::Query};
use uuid::Uuid;

use super::{
    StoreError,
    sql::{Columns, Value},
};

macro_rules! driver {
    ($row:ty, $query:ident, $database:ty) => {
        impl Columns for $row {
            fn uuid(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
                Ok(self.try_get(column)?)
            }

            fn int(&self, column: usize) -> Result<Option<i64>, StoreError> {
                Ok(self.try_get(column)?)
            }

            fn text(&self, column: usize) -> Result<Option<String>, StoreError> {
                Ok(self.try_get(column)?)
            }

            fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
                Ok(self.try_get(column)?)
            }

            fn text_ref(&self, column: usize) -> Result<Option<&str>, StoreError> {
                Ok(self.try_get(column)?)
            }

            fn bytes_ref(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
                Ok(self.try_get(column)?)
            }
        }

        /// A statement with its values bound.
        pub(super) fn $query<'q>(
            sql: impl sqlx::SqlSafeStr,
            values: &'q [Value<'q>],
        ) -> Query<'q, $database, <$database as sqlx::Database>::Arguments> {
            values
                .iter()
                .fold(sqlx::query(sql), |query, value| match *value {
                    Value::Uuid(value) => query.bind(value),
                    Value::Int(value) => query.bind(value),
                    Value::Text(value) => query.bind(value),
                    Value::Bytes(value) => query.bind(value),
                })
        }
    };
}

driver!(sqlx::sqlite::SqliteRow, sqlite_query, sqlx::Sqlite);
driver!(sqlx::postgres::PgRow, postgres_query, sqlx::Postgres);
