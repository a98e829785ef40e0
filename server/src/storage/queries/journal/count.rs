//! How many operations are unfinished, for those who watch over the service:
//! of all enterprises, without a word on any of them. Both counts go along an
//! index that holds nothing else, and stop at a limit.

use crate::storage::{
    JournalCounts, StoreError,
    rows::operation::{count_of, open_operations},
    sql::{Sql, arguments, needed},
};

const OPEN: &str = "SELECT state, COUNT(*), MIN(prepared_at) FROM (SELECT state, prepared_at \
    FROM operations WHERE state IN ('prepared', 'issued', 'written', 'read_back') LIMIT $1) \
    AS open GROUP BY state";

const UNSETTLED: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM operations \
    WHERE state = 'abandoned' AND touched_at IS NOT NULL AND settled_at IS NULL LIMIT $1) \
    AS unsettled";

/// Counts what is unfinished, at most `most` of each kind.
pub(in crate::storage) async fn count<C: Sql>(
    connection: &mut C,
    most: u32,
) -> Result<JournalCounts, StoreError> {
    let open = connection.fetch_all(OPEN, arguments![most]).await?;
    let unsettled = connection.fetch(UNSETTLED, arguments![most]).await?;
    Ok(JournalCounts {
        open: open.iter().map(open_operations).collect::<Result<_, _>>()?,
        unsettled: count_of(&needed(unsettled, "operations")?, 0)?,
    })
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

    use super::{OPEN, UNSETTLED};
    use crate::storage::{connection::sqlite_query, migrations, sql::arguments};

    #[tokio::test]
    async fn the_journal_is_counted_along_an_index_of_what_is_unfinished() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        migrations::sqlite().run(&mut connection).await.unwrap();
        for (sql, index) in [(OPEN, "operations_o"), (UNSETTLED, "operations_unsettled")] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlite_query(explain, arguments![1_u32])
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
            let scan = format!("SCAN operations USING INDEX {index}");
            let covering = format!("SCAN operations USING COVERING INDEX {index}");
            assert!(
                lines
                    .iter()
                    .any(|line| line.starts_with(&scan) || line.starts_with(&covering)),
                "{lines:#?}"
            );
        }
    }
}
