//! How many operations are unfinished, for those who watch over the service:
//! of all enterprises, without a word on any of them. Both counts go along an
//! index that holds nothing else, and stop at a limit.

use crate::storage::{
    JournalCounts, OpenOperations, SqlStore, StoreError, row::Row, rows::operation::is_open,
    value::arguments,
};

impl SqlStore {
    /// How many operations of all enterprises are unfinished, at most `most` of
    /// each kind: for those who watch over the service.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn count_journal(&self, most: u32) -> Result<JournalCounts, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let open = connection.fetch_all(OPEN, arguments![most]).await?;
        let unsettled = connection.fetch(UNSETTLED, arguments![most]).await?;
        Ok(JournalCounts {
            open: open.iter().map(open_operations).collect::<Result<_, _>>()?,
            unsettled: unsettled.map_or(Ok(0), |row| row.get("operations"))?,
        })
    }
}

const OPEN: &str = concat!(
    "SELECT state, COUNT(*) AS operations, MIN(prepared_at) AS oldest \
     FROM (SELECT o.state, o.prepared_at FROM operations o WHERE ",
    is_open!(),
    " LIMIT $1) AS open GROUP BY state"
);

const UNSETTLED: &str = "SELECT COUNT(*) AS operations FROM (SELECT 1 FROM operations o \
    WHERE o.state = 'abandoned' AND o.touched_at IS NOT NULL AND o.settled_at IS NULL LIMIT $1) \
    AS unsettled";

/// Reads how many operations are open in one state.
fn open_operations(row: &Row) -> Result<OpenOperations, StoreError> {
    Ok(OpenOperations {
        state: row.get("state")?,
        count: row.get("operations")?,
        oldest: row.get("oldest")?,
    })
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

    use super::{OPEN, UNSETTLED};
    use crate::storage::{connection::bound, migrations, value::arguments};

    #[tokio::test]
    async fn the_journal_is_counted_along_an_index_of_what_is_unfinished() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        migrations::sqlite().run(&mut connection).await.unwrap();
        for (sql, index) in [(OPEN, "operations_o"), (UNSETTLED, "operations_unsettled")] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = bound(explain, arguments![1_u32])
                .fetch_all(&mut connection)
                .await
                .unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
            let scan = format!("SCAN o USING INDEX {index}");
            let covering = format!("SCAN o USING COVERING INDEX {index}");
            assert!(
                lines
                    .iter()
                    .any(|line| line.starts_with(&scan) || line.starts_with(&covering)),
                "{lines:#?}"
            );
        }
    }
}
