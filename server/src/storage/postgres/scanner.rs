//! Reads events in one go, for whoever goes through the whole log. The twin of
//! `sqlite/scanner.rs`.

use event_log::leaf::Leaf;
use futures_util::TryStreamExt as _;
use tokio::time::timeout;

use super::Lease;
use crate::storage::{
    StoreError,
    connection::{Connection, bound},
    queries::leaves::{LEAVES, NUMBERS},
    row::Row,
    rows::event::leaf,
    value::arguments,
};

/// Shows events by their numbers, at most so many, as leaves.
pub(super) async fn visit(
    lease: &mut Lease,
    (first, last, limit): (i64, i64, u32),
    mut visitor: impl FnMut(&Leaf<'_>) + Send,
) -> Result<(), StoreError> {
    lease.ready().await?;
    let (limit_of_call, is_kept) = (lease.limit(), lease.keeps_statements());
    let arguments = arguments![first, last, limit];
    let mut rows = bound(LEAVES, arguments)
        .persistent(is_kept)
        .fetch(lease.out());
    let visited = timeout(limit_of_call, async {
        while let Some(row) = rows.try_next().await? {
            visitor(&leaf(&Row::Postgres(row))?);
        }
        Ok::<_, StoreError>(())
    })
    .await;
    drop(rows);
    lease.back(visited)
}

/// The numbers of events, from one on.
pub(super) async fn numbers(
    connection: &mut Lease,
    first: i64,
    limit: u32,
) -> Result<Vec<i64>, StoreError> {
    let rows = Connection::Postgres(connection)
        .fetch_all(NUMBERS, arguments![first, limit])
        .await?;
    rows.iter().map(|row| row.get("seq")).collect()
}

/// How many events there are: counted in the table, not in an index.
pub(super) async fn count(lease: &mut Lease) -> Result<u64, StoreError> {
    lease.begin().await?;
    let counted = count_in_table(&mut Connection::Postgres(lease)).await;
    lease.roll_back().await;
    counted
}

async fn count_in_table(connection: &mut Connection<'_>) -> Result<u64, StoreError> {
    connection
        .execute(
            "SELECT set_config(way, 'off', true) FROM unnest(ARRAY['enable_indexscan', \
             'enable_indexonlyscan', 'enable_bitmapscan']) way",
            &[],
        )
        .await?;
    let count = "SELECT count(*) AS events FROM events";
    let row = connection.fetch(count, &[]).await?;
    row.map_or(Ok(0), |row| row.get("events"))
}
