//! Nonces that are taken on SQLite. A trip to the connection's thread costs as much as
//! the statement: those that wait together are taken by one of up to 32.

use std::{collections::HashMap, sync::LazyLock};

use sqlx::SqliteConnection;

use crate::storage::{
    Nonce, NonceHash, StoreError,
    connection::Connection,
    rows::nonce::{nonce, nonce_columns},
    value::Value,
};

/// The numbers of nonces for which there is a statement; few, so that each stays
/// prepared.
const SIZES: [usize; 3] = [32, 8, 1];

static STATEMENTS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| SIZES.map(statement));

fn statement(size: usize) -> String {
    let places: Vec<String> = (1..=size).map(|place| format!("${place}")).collect();
    let (places, columns) = (places.join(", "), nonce_columns!());
    format!("DELETE FROM nonces WHERE hash IN ({places}) RETURNING {columns}")
}

/// Takes nonces out; gives each that was there, in the order of the hashes. Of two that
/// want the same, the first gets it.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    hashes: &[&NonceHash],
) -> Result<Vec<Option<Nonce>>, StoreError> {
    let mut connection = Connection::Sqlite(connection);
    let mut taken = HashMap::with_capacity(hashes.len());
    let mut waiting = hashes;
    for (size, statement) in SIZES.into_iter().zip(STATEMENTS.iter()) {
        while let Some((together, rest)) = waiting.split_at_checked(size) {
            let values: Vec<Value<'_>> = together.iter().map(|hash| (*hash).into()).collect();
            for row in connection.fetch_all(statement.as_str(), &values).await? {
                let nonce = nonce(&row)?;
                taken.insert(nonce.hash.0, nonce);
            }
            waiting = rest;
        }
    }
    Ok(hashes.iter().map(|hash| taken.remove(&hash.0)).collect())
}
