//! What a row says of a column that has no such value: its name, and never a
//! value that is not there.

use card_domain::{CardId, Role};
use sqlx::{Connection as _, SqliteConnection};

use super::{FromColumn, Row};
use crate::storage::{StoreError, TokenHash};

const ROW: &str = "SELECT NULL AS absent, 7 AS number, -1 AS negative, 'operator' AS name, \
    'nobody' AS other_name, x'0102' AS two_bytes, x'' AS no_bytes";

async fn row() -> Row {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let row = sqlx::query(ROW).fetch_one(&mut connection).await.unwrap();
    Row::Sqlite(row)
}

fn is_corrupt<'r, T: FromColumn<'r>>(row: &'r Row, column: &'static str) -> bool {
    matches!(row.get::<T>(column), Err(StoreError::Corrupt { column: named }) if named == column)
}

#[tokio::test]
async fn what_is_there_is_read_and_null_is_none() {
    let row = row().await;
    assert_eq!(row.get::<i64>("number").unwrap(), 7);
    assert_eq!(row.get::<u8>("number").unwrap(), 7);
    assert_eq!(row.get::<Role>("name").unwrap(), Role::Operator);
    assert_eq!(row.get::<&[u8]>("no_bytes").unwrap(), b"");
    assert_eq!(row.optional::<i64>("absent").unwrap(), None);
    assert_eq!(row.optional::<Role>("absent").unwrap(), None);
}

#[tokio::test]
async fn what_is_no_value_of_the_type_is_corrupt_by_name() {
    let row = row().await;
    assert!(is_corrupt::<i64>(&row, "absent"), "NULL");
    assert!(is_corrupt::<i64>(&row, "no_such_column"));
    assert!(is_corrupt::<i64>(&row, "name"), "a text");
    assert!(is_corrupt::<u32>(&row, "negative"), "below the range");
    assert!(is_corrupt::<bool>(&row, "number"), "neither 0 nor 1");
    assert!(is_corrupt::<Role>(&row, "other_name"), "no role's name");
    assert!(is_corrupt::<TokenHash>(&row, "two_bytes"), "not 32 bytes");
    assert!(is_corrupt::<CardId>(&row, "two_bytes"), "not 16 bytes");
    assert!(row.optional::<i64>("no_such_column").is_err());
}
