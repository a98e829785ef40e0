//! Timelines: the enterprise's events, filtered, a page at a time. Pages are
//! found by the event's number. What is rare is looked for within a bound, so
//! that no page costs more than the next.

use std::fmt::Write as _;

use card_domain::{EnterpriseId, TimelineOf};
use sqlx::AssertSqlSafe;

use crate::storage::{
    EventRecord, SqlStore, StoreError, Timeline, TimelineCursor, TimelineQuery,
    connection::Connection,
    rows::event::{event, select_event},
    value::{Value, arguments},
};

impl SqlStore {
    /// A page of a timeline of the enterprise.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn timeline(
        &self,
        enterprise: EnterpriseId,
        query: &TimelineQuery,
    ) -> Result<Timeline, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let (newer, from) = match query.cursor {
            None => (false, i64::MAX),
            Some(TimelineCursor::Older(seq)) => (false, seq),
            Some(TimelineCursor::Newer(seq)) => (true, seq),
        };
        let filtered = query.act.is_some()
            || query.outcome.is_some()
            || query.from.is_some()
            || query.to.is_some()
            || query.of == TimelineOf::LegalPerson;
        let scope = Scope::new(enterprise, query.of, newer, from);
        let bound = if filtered {
            scope.bound(connection).await?
        } else {
            None
        };
        let mut rows = scope.rows(connection, query, bound).await?;
        let size = usize::try_from(query.page_size)
            .unwrap_or(usize::MAX)
            .max(1);
        let more = rows.len() > size;
        rows.truncate(size);
        let cut_short = !more && bound.is_some();
        // Where the search goes on beyond the page.
        let end = match (more, bound) {
            (true, _) => rows.last().map(|row| row.seq),
            (false, bound) => bound,
        };
        if newer {
            rows.reverse();
            let start = rows.last().map_or(from, |row| row.seq);
            return Ok(Timeline {
                rows,
                newer: end.map(TimelineCursor::Newer),
                older: Some(TimelineCursor::Older(start)),
                cut_short,
            });
        }
        let start = rows.first().map_or(from, |row| row.seq);
        Ok(Timeline {
            rows,
            newer: query.cursor.map(|_| TimelineCursor::Newer(start)),
            older: end.map(TimelineCursor::Older),
            cut_short,
        })
    }

    /// How many events the query finds, counted up to `limit`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn count_timeline(
        &self,
        enterprise: EnterpriseId,
        query: &TimelineQuery,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let from = match query.cursor {
            Some(TimelineCursor::Older(seq)) => seq,
            _ => i64::MAX,
        };
        let scope = Scope::new(enterprise, query.of, false, from);
        let (clause, values) = scope.conditions(query, None);
        let sql = format!(
            "SELECT count(*) AS matches FROM \
             (SELECT 1 AS one FROM {} WHERE {clause} LIMIT {limit}) counted",
            scope.table(connection)
        );
        let row = connection.fetch(AssertSqlSafe(sql), &values).await?;
        row.map_or(Ok(0), |row| row.get("matches"))
    }

    /// An event of the enterprise.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn event(
        &self,
        enterprise: EnterpriseId,
        seq: i64,
    ) -> Result<Option<EventRecord>, StoreError> {
        let row = self
            .fetch(
                select_event!("WHERE enterprise_id = $1 AND seq = $2"),
                arguments![enterprise, seq],
            )
            .await?;
        row.as_ref().map(event).transpose()
    }
}

/// Events that one page looks at, at most.
const MAX_SEARCHED: i64 = 50_000;

/// The events among which a page looks.
struct Scope {
    values: [Value<'static>; 3],
    tables: &'static str,
    clause: &'static str,
    newer: bool,
}

impl Scope {
    fn new(enterprise: EnterpriseId, of: TimelineOf, newer: bool, from: i64) -> Self {
        let (tables, card, clause) = match (of, newer) {
            (TimelineOf::Card(card), false) => (
                "target",
                Some(card),
                "enterprise_id = $1 AND target_card = $3 AND seq < $2",
            ),
            (TimelineOf::Card(card), true) => (
                "target",
                Some(card),
                "enterprise_id = $1 AND target_card = $3 AND seq > $2",
            ),
            // The third value is there in every statement.
            (_, false) => (
                "enterprise",
                None,
                "enterprise_id = $1 AND $3 IS NULL AND seq < $2",
            ),
            (_, true) => (
                "enterprise",
                None,
                "enterprise_id = $1 AND $3 IS NULL AND seq > $2",
            ),
        };
        Self {
            values: [enterprise.into(), from.into(), card.into()],
            tables,
            clause,
            newer,
        }
    }

    fn table(&self, connection: &Connection<'_>) -> &'static str {
        match self.tables {
            "target" => connection.events_by_target(),
            _ => "events",
        }
    }

    const fn order(&self) -> &'static str {
        if self.newer { "seq" } else { "seq DESC" }
    }

    /// The last number that is looked at, if there is anything beyond it.
    async fn bound(&self, connection: &mut Connection<'_>) -> Result<Option<i64>, StoreError> {
        let last = if self.newer { "max" } else { "min" };
        let sql = format!(
            "SELECT {last}(seq) AS end_seq, count(*) AS searched FROM \
             (SELECT seq FROM {} WHERE {} ORDER BY {} LIMIT {MAX_SEARCHED}) looked_at",
            self.table(connection),
            self.clause,
            self.order()
        );
        let row = connection.fetch(AssertSqlSafe(sql), &self.values).await?;
        let Some(row) = row else { return Ok(None) };
        let searched: i64 = row.get("searched")?;
        let end = row.optional("end_seq")?;
        Ok(end.filter(|_seq| searched >= MAX_SEARCHED))
    }

    /// What an event has to be, with the values of the placeholders.
    fn conditions<'q>(
        &self,
        query: &'q TimelineQuery,
        bound: Option<i64>,
    ) -> (String, Vec<Value<'q>>) {
        let mut values: Vec<Value<'q>> = self.values.to_vec();
        let mut clause = String::from(self.clause);
        let mut add = |condition: &str, value: Value<'q>| {
            values.push(value);
            let _infallible = write!(clause, " AND {condition} ${}", values.len());
        };
        if let Some(bound) = bound {
            add(if self.newer { "seq <=" } else { "seq >=" }, bound.into());
        }
        if let Some(outcome) = query.outcome {
            add("outcome =", outcome.name().into());
        }
        if let Some(from) = query.from {
            add("at >=", from.into());
        }
        if let Some(to) = query.to {
            add("at <", to.into());
        }
        if let Some(act) = query.act {
            add("act =", act.name().into());
        }
        if query.of == TimelineOf::LegalPerson {
            clause.push_str(
                " AND actor_card IN (SELECT id FROM cards \
                 WHERE enterprise_id = $1 AND role = 'legal_person')",
            );
        }
        (clause, values)
    }

    async fn rows(
        &self,
        connection: &mut Connection<'_>,
        query: &TimelineQuery,
        bound: Option<i64>,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let (clause, values) = self.conditions(query, bound);
        let sql = format!(
            select_event!(from "{}", "WHERE {} ORDER BY {} LIMIT {}"),
            self.table(connection),
            clause,
            self.order(),
            i64::from(query.page_size.max(1)) + 1
        );
        let rows = connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        rows.iter().map(event).collect()
    }
}
