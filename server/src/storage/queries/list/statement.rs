//! The statement of a list. A list of several states is the merge of the
//! lists of each, every one of them read in order from its index, so that
//! its cost depends on the page and not on the enterprise. Texts are always
//! bound; only names from closed lists and numbers stand in the statement.

use std::fmt::Write as _;

use card_domain::{EnterpriseId, StateName};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::storage::{
    CardNeed, Direction, ListCursor, ListQuery, Order, Position, connection::Dialect,
    rows::card::select_card, value::Value,
};

/// A side of a position, or of the whole list: its beginning or its end.
#[derive(Clone, Copy)]
pub(super) struct PageCursor<'a> {
    pub(super) direction: Direction,
    pub(super) position: Option<&'a Position>,
}

impl<'a> From<Option<&'a ListCursor>> for PageCursor<'a> {
    fn from(cursor: Option<&'a ListCursor>) -> Self {
        Self {
            direction: cursor.map_or(Direction::After, |cursor| cursor.direction),
            position: cursor.map(|cursor| &cursor.position),
        }
    }
}

impl Order {
    /// What an order goes by that is not by 操作员编号, in a dialect: a column of
    /// PostgreSQL, an expression of SQLite. Its index has the same.
    pub(super) const fn key(self, dialect: Dialect) -> Option<&'static str> {
        match (self, dialect) {
            (Self::OperatorNoAsc | Self::OperatorNoDesc, _) => None,
            (Self::LastLoginDesc, Dialect::Postgres) => Some("login_desc"),
            (Self::LastLoginAsc, Dialect::Postgres) => Some("login_asc"),
            (Self::ValidUntilDesc, Dialect::Postgres) => Some("valid_desc"),
            (Self::ValidUntilAsc, Dialect::Postgres) => Some("valid_asc"),
            (Self::LastLoginDesc, Dialect::Sqlite) => Some(
                "CASE WHEN card_no IS NULL THEN 4611686018427387905 \
                 WHEN last_login_at IS NULL THEN 4611686018427387904 \
                 ELSE -last_login_at END",
            ),
            (Self::LastLoginAsc, Dialect::Sqlite) => Some(
                "CASE WHEN card_no IS NULL THEN 4611686018427387905 \
                 WHEN last_login_at IS NULL THEN 4611686018427387904 \
                 ELSE last_login_at END",
            ),
            (Self::ValidUntilDesc, Dialect::Sqlite) => {
                Some("CASE WHEN valid_until IS NULL THEN 4611686018427387904 ELSE -valid_until END")
            }
            (Self::ValidUntilAsc, Dialect::Sqlite) => {
                Some("CASE WHEN valid_until IS NULL THEN 4611686018427387904 ELSE valid_until END")
            }
        }
    }

    /// Whether it is by 操作员编号, which needs no other key.
    pub(super) const fn is_by_number(self) -> bool {
        matches!(self, Self::OperatorNoAsc | Self::OperatorNoDesc)
    }
}

/// A prefix of so many characters leaves at most a thousand of the thirteen
/// digits of IC卡号: it is quicker to find those cards and then to sort them.
const NARROW_PREFIX: usize = 10;

/// A statement under construction.
pub(super) struct Statement<'a> {
    values: Vec<Value<'a>>,
    query: &'a ListQuery,
    place: PageCursor<'a>,
    /// What every row of the list meets, apart from its state.
    conditions: String,
    dialect: Dialect,
    sql: String,
}

impl<'a> Statement<'a> {
    /// The statement for a page at `place`.
    pub(super) fn new(
        enterprise: EnterpriseId,
        query: &'a ListQuery,
        place: PageCursor<'a>,
        dialect: Dialect,
    ) -> Self {
        let mut statement = Self {
            values: vec![enterprise.into()],
            query,
            place,
            conditions: String::from("enterprise_id = $1 AND role = 'operator'"),
            dialect,
            sql: String::new(),
        };
        statement.filter();
        statement.filter_by_need();
        statement.build();
        statement
    }

    /// The text and its values.
    pub(super) fn finish(self) -> (SqlStr, Vec<Value<'a>>) {
        (AssertSqlSafe(self.sql).into_sql_str(), self.values)
    }

    /// Binds a value; gives its placeholder.
    fn bind(&mut self, value: impl Into<Value<'a>>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn filter(&mut self) {
        if let Some(index) = &self.query.id_number {
            let index = self.bind(index);
            self.condition(&format!("id_number_index = {index}"));
        }
        if let Some(prefix) = &self.query.card_no_prefix {
            let length = prefix.chars().count();
            let prefix = self.bind(prefix);
            if length >= NARROW_PREFIX {
                // No character sorts after this one.
                let after = self.bind("\u{10FFFF}");
                self.condition(&format!(
                    "card_no >= {prefix} AND card_no < {prefix} || {after}"
                ));
            } else {
                // Not a range: the order's index holds the number, and the index by
                // number leads to as many cards as there are.
                self.condition(&format!("substr(card_no, 1, {length}) = {prefix}"));
            }
        }
        if let Some(part) = &self.query.name_contains {
            let part = self.bind(part);
            let position = match self.dialect {
                Dialect::Sqlite => "instr",
                Dialect::Postgres => "strpos",
            };
            self.condition(&format!("{position}(name_key, {part}) > 0"));
        }
    }

    fn filter_by_need(&mut self) {
        match self.query.needs {
            None => {}
            Some(CardNeed::EndedBefore(now)) => {
                let now = self.bind(now);
                self.condition(&format!("valid_until < {now}"));
            }
            Some(CardNeed::EndsWithin { from, until }) => {
                let (from, until) = (self.bind(from), self.bind(until));
                self.condition(&format!("valid_until >= {from} AND valid_until < {until}"));
            }
            Some(CardNeed::Blocked) => self.condition("pin_tries_seen = 0"),
        }
    }

    fn condition(&mut self, condition: &str) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
    }

    /// Whether the filters leave so few cards that they are best found first.
    fn is_narrow(&self) -> bool {
        let prefix = self.query.card_no_prefix.as_deref();
        self.query.id_number.is_some()
            || self.query.needs == Some(CardNeed::Blocked)
            || prefix.is_some_and(|prefix| prefix.chars().count() >= NARROW_PREFIX)
    }

    /// Whether a condition looks at a part of a text, which no index finds.
    const fn looks_inside(&self) -> bool {
        self.query.card_no_prefix.is_some() || self.query.name_contains.is_some()
    }

    fn build(&mut self) {
        let states = states(self.query);
        let any_state = states.len() == StateName::ALL.len();
        let key = self.query.order.key(self.dialect);
        // Such a condition is looked at in the index of the order, of which there is
        // one for each state.
        let by_state = key.is_some() || self.looks_inside();
        let (source, conditions) = if self.is_narrow() {
            ("few", String::from("TRUE"))
        } else {
            ("cards", self.conditions.clone())
        };
        // What was found first has the key by its name.
        let is_few = source == "few";
        let read_key = if is_few {
            "order_key"
        } else {
            key.unwrap_or_default()
        };
        let also = |key: &str| format!(", {key} AS order_key");
        let found_key = key.map_or(String::new(), also);
        let also = key.map_or(String::new(), |_key| also(read_key));
        let (inside, outside) = self.sides(read_key, source);

        let mut sql = String::from("WITH ");
        if is_few {
            let all = &self.conditions;
            put(
                &mut sql,
                format_args!(
                    "few AS MATERIALIZED (SELECT id, state, operator_no{found_key} \
                     FROM cards WHERE {all}), "
                ),
            );
        }
        // What looks inside of texts reads a whole index where it finds little, and is
        // not to do so twice.
        let counts_page = self.looks_inside() && self.place.position.is_none();
        sql.push_str("page AS ");
        sql.push_str(if counts_page { "MATERIALIZED (" } else { "(" });
        let branches: Vec<String> = if any_state && (!by_state || is_few) {
            vec![String::new()]
        } else {
            let only = |state: &StateName| format!(" AND state = '{}'", state.name());
            states.iter().map(only).collect()
        };
        // Bound, a limit would have SQLite plan the statement anew at every use.
        let rows = self.query.page_size.saturating_add(1);
        let (order, direction) = (self.order(), self.direction());
        let parts: Vec<String> = branches
            .iter()
            .flat_map(|state| inside.iter().map(move |inside| (state, inside)))
            .map(|(state, Side { key, condition })| {
                let found = format!("FROM {source} WHERE {conditions}{state}{condition}");
                match key {
                    None => format!("SELECT id, operator_no{also} {found}"),
                    Some(key) => format!(
                        "SELECT id, operator_no, order_key FROM (\
                         SELECT id, operator_no, {key} AS order_key {found} \
                         ORDER BY operator_no{direction} LIMIT {rows})"
                    ),
                }
            })
            .collect();
        sql.push_str(&parts.join(" UNION ALL "));
        put(&mut sql, format_args!(" ORDER BY {order} LIMIT {rows}) "));

        let state_names: Vec<_> = states.iter().map(|state| state.name()).collect();
        let of_states = format!(" AND state IN ('{}')", state_names.join("', '"));
        let state = if any_state && !self.looks_inside() {
            ""
        } else {
            &of_states
        };
        let matches = self.matches(counts_page, &format!("{source} WHERE {conditions}{state}"));
        let beyond_state = if by_state { &of_states } else { state };
        let beyond = exists(
            &format!("{source} WHERE {conditions}{beyond_state}"),
            &outside,
        );
        let key = key.map_or("NULL", |_column| "page.order_key");
        put(
            &mut sql,
            format_args!(
                select_card!(
                    also ", {} AS matches, CAST({} AS BIGINT) AS beyond, \
                         CAST({} AS BIGINT) AS order_key",
                    from "page JOIN cards c ON c.id = page.id",
                    "ORDER BY "
                ),
                matches, beyond, key
            ),
        );
        sql.push_str(
            &order
                .replace("order_key", "page.order_key")
                .replace("operator_no", "page.operator_no"),
        );
        self.sql = sql;
    }

    /// How many there are, up to the limit; a page that is not full is all of them.
    fn matches(&self, counts_page: bool, all: &str) -> String {
        let limit = self.query.count_limit.saturating_add(1);
        let counted =
            format!("(SELECT count(*) FROM (SELECT 1 FROM {all} LIMIT {limit}) AS counted)");
        if !counts_page {
            return counted;
        }
        let (page, rows) = ("(SELECT count(*) FROM page)", self.query.page_size);
        format!("CASE WHEN {page} <= {rows} THEN {page} ELSE {counted} END")
    }

    /// Whether the rows are read from the end of the order towards its beginning.
    fn is_reversed(&self) -> bool {
        let descending = self.query.order == Order::OperatorNoDesc;
        descending != (self.place.direction == Direction::Before)
    }

    fn direction(&self) -> &'static str {
        if self.is_reversed() { " DESC" } else { "" }
    }

    fn order(&self) -> String {
        let direction = self.direction();
        if self.query.order.is_by_number() {
            format!("operator_no{direction}")
        } else {
            format!("order_key{direction}, operator_no{direction}")
        }
    }

    /// This side of the position, in parts that are read by themselves, and the other.
    fn sides(&mut self, key: &str, source: &str) -> (Vec<Side>, Vec<Side>) {
        let Some(position) = self.place.position else {
            return (vec![Side::default()], Vec::new());
        };
        let number = self.bind(&position.operator_no);
        let (inside, outside) = if self.is_reversed() {
            ("<", ">")
        } else {
            (">", "<")
        };
        if self.query.order.is_by_number() {
            let side = |side: &str| Side::new(format!(" AND operator_no {side} {number}"));
            return (vec![side(inside)], vec![side(&format!("{outside}="))]);
        }
        let place = self.bind(position.key);
        if self.dialect == Dialect::Sqlite && source == "cards" {
            // SQLite finds no pair in an index of which the first is an expression:
            // those that are equal in it, as many as a page may need of them in the
            // order of their numbers, and those that are not.
            let equal = |side: &str| Side {
                key: Some(place.clone()),
                condition: format!(" AND {key} = {place} AND operator_no {side} {number}"),
            };
            let apart = |side: &str| Side::new(format!(" AND {key} {side} {place}"));
            return (
                vec![equal(inside), apart(inside)],
                vec![equal(&format!("{outside}=")), apart(outside)],
            );
        }
        let pair = |side: &str| {
            let condition = format!(" AND ({key}, operator_no) {side} ({place}, {number})");
            Side::new(condition)
        };
        (vec![pair(inside)], vec![pair(&format!("{outside}="))])
    }
}

/// A part of a list on one side of a position.
#[derive(Default)]
struct Side {
    /// The key of the order, where it is the same in all of the part.
    key: Option<String>,
    condition: String,
}

impl Side {
    const fn new(condition: String) -> Self {
        let key = None;
        Self { key, condition }
    }
}

/// Whether anything is on a side: 0 or 1.
fn exists(all: &str, sides: &[Side]) -> String {
    let any: Vec<String> = sides
        .iter()
        .map(|Side { condition, .. }| format!("EXISTS (SELECT 1 FROM {all}{condition})"))
        .collect();
    if any.is_empty() {
        return String::from("0");
    }
    format!("CASE WHEN {} THEN 1 ELSE 0 END", any.join(" OR "))
}

/// Appends to a string, which never fails.
fn put(sql: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _infallible = sql.write_fmt(arguments);
}

/// The states to look in, each once.
fn states(query: &ListQuery) -> Vec<StateName> {
    let asked = |state: &StateName| query.states.is_empty() || query.states.contains(state);
    StateName::ALL.into_iter().filter(asked).collect()
}
