//! Reads events in one go, for whoever goes through the whole log. The twin of
//! `sqlite/scanner.rs`.

use futures_util::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};

use crate::{
    audit::leaf::Leaf,
    storage::{
        StoreError,
        connection::postgres_query,
        error::corrupt,
        queries::log::{LEAVES, NUMBERS},
        sql::{Columns, Sql as _, arguments, needed},
    },
};

/// Shows events by their numbers, at most so many, as leaves.
pub(super) async fn visit(
    connection: &mut PgConnection,
    (first, last, limit): (i64, i64, u32),
    mut visitor: impl FnMut(&Leaf<'_>) + Send,
) -> Result<(), StoreError> {
    let arguments = arguments![first, last, limit];
    let mut rows = postgres_query(LEAVES, arguments).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        visitor(&leaf(&row)?);
    }
    Ok(())
}

/// The numbers of events, from one on.
pub(super) async fn numbers(
    connection: &mut PgConnection,
    first: i64,
    limit: u32,
) -> Result<Vec<i64>, StoreError> {
    let rows = connection
        .fetch_all(NUMBERS, arguments![first, limit])
        .await?;
    rows.iter()
        .map(|row| needed(row.int(0)?, "events.seq"))
        .collect()
}

/// How many events there are: counted in the table, not in an index.
pub(super) async fn count(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let mut transaction = connection.begin().await?;
    transaction
        .execute(
            "SELECT set_config(way, 'off', true) FROM unnest(ARRAY['enable_indexscan', \
             'enable_indexonlyscan', 'enable_bitmapscan']) way",
            &[],
        )
        .await?;
    let count = "SELECT count(*) FROM events";
    let row = transaction.fetch(count, &[]).await?;
    let count = row.map(|row| row.int(0)).transpose()?.flatten();
    u64::try_from(count.unwrap_or_default()).map_err(|_range| corrupt("a count"))
}

/// Reads a leaf: the columns of [`LEAVES`].
fn leaf(row: &impl Columns) -> Result<Leaf<'_>, StoreError> {
    Ok(Leaf {
        seq: needed(row.int(0)?, "events.seq")?,
        at: needed(row.int(1)?, "events.at")?,
        enterprise: row.uuid(2)?,
        actor: row.uuid(3)?,
        act: needed(row.text_ref(4)?, "events.act")?,
        target: row.uuid(5)?,
        outcome: needed(row.text_ref(6)?, "events.outcome")?,
        body: needed(row.bytes_ref(7)?, "events.body")?,
    })
}
