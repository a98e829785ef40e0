//! The statement of a list. A list of several states is the merge of the
//! lists of each, every one of them read in order from its index, so that
//! its cost depends on the page and not on the enterprise. Texts are always
//! bound; only names from closed lists and numbers stand in the statement.

use std::fmt::Write as _;

use card_domain::{EnterpriseId, StateName};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::storage::{
    Direction, ListCursor, ListQuery, Order, Position, rows::card::select_card, value::Value,
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
    /// The stored key of the order by 最后登录日期.
    pub(super) const fn login_column(self) -> Option<&'static str> {
        match self {
            Self::OperatorNoAsc | Self::OperatorNoDesc => None,
            Self::LastLoginDesc => Some("login_desc"),
            Self::LastLoginAsc => Some("login_asc"),
        }
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
    like: &'static str,
    sql: String,
}

impl<'a> Statement<'a> {
    /// The statement for a page at `place`; `pattern` is the name's, for `like`.
    pub(super) fn new(
        enterprise: EnterpriseId,
        query: &'a ListQuery,
        place: PageCursor<'a>,
        pattern: Option<&'a str>,
        like: &'static str,
    ) -> Self {
        let mut statement = Self {
            values: vec![enterprise.into()],
            query,
            place,
            conditions: String::from("enterprise_id = $1 AND role = 'operator'"),
            like,
            sql: String::new(),
        };
        statement.filter(pattern);
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

    fn filter(&mut self, pattern: Option<&'a str>) {
        if let Some(index) = &self.query.id_number {
            let index = self.bind(index);
            self.condition(&format!("id_number_index = {index}"));
        }
        if let Some(prefix) = &self.query.card_no_prefix {
            let prefix = self.bind(prefix);
            // No character sorts after this one.
            let after = self.bind("\u{10FFFF}");
            self.condition(&format!(
                "card_no >= {prefix} AND card_no < {prefix} || {after}"
            ));
        }
        if let Some(pattern) = pattern {
            let pattern = self.bind(pattern);
            let like = self.like;
            self.condition(&format!("holder_name {like} {pattern} ESCAPE '\\'"));
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
            || prefix.is_some_and(|prefix| prefix.chars().count() >= NARROW_PREFIX)
    }

    fn build(&mut self) {
        let states = states(self.query);
        let any_state = states.len() == StateName::ALL.len();
        let login = self.query.order.login_column();
        let (source, conditions) = if self.is_narrow() {
            ("few", String::from("TRUE"))
        } else {
            ("cards", self.conditions.clone())
        };
        let key = login.map_or(String::new(), |column| format!(", {column} AS login"));
        let (inside, outside) = self.sides();

        let mut sql = String::from("WITH ");
        if source == "few" {
            let all = &self.conditions;
            put(
                &mut sql,
                format_args!(
                    "few AS MATERIALIZED (SELECT id, state, operator_no, login_desc, login_asc \
                     FROM cards WHERE {all}), "
                ),
            );
        }
        sql.push_str("page AS (");
        let branches: Vec<String> = if any_state && (login.is_none() || source == "few") {
            vec![String::new()]
        } else {
            let only = |state: &StateName| format!(" AND state = '{}'", state.name());
            states.iter().map(only).collect()
        };
        for (number, state) in branches.iter().enumerate() {
            let union = if number == 0 { "" } else { " UNION ALL " };
            put(
                &mut sql,
                format_args!(
                    "{union}SELECT id, operator_no{key} FROM {source} \
                     WHERE {conditions}{state}{inside}"
                ),
            );
        }
        // Bound, a limit would have SQLite plan the statement anew at every use.
        let rows = self.query.page_size.saturating_add(1);
        let order = self.order();
        put(&mut sql, format_args!(" ORDER BY {order} LIMIT {rows}) "));

        let names: Vec<_> = states.iter().map(|state| state.name()).collect();
        let of_states = format!(" AND state IN ('{}')", names.join("', '"));
        let state = if any_state { "" } else { &of_states };
        let limit = self.query.count_limit.saturating_add(1);
        let beyond = outside.map_or(String::from("0"), |outside| {
            // The order by 最后登录日期 has an index for each state only.
            let state = if login.is_some() { &of_states } else { state };
            format!(
                "CASE WHEN EXISTS (SELECT 1 FROM {source} WHERE {conditions}{state}{outside}) \
                 THEN 1 ELSE 0 END"
            )
        });
        let login = login.map_or("NULL", |_column| "page.login");
        put(
            &mut sql,
            format_args!(
                select_card!(
                    also ", (SELECT count(*) FROM \
                        (SELECT 1 FROM {} WHERE {}{} LIMIT {}) AS counted) AS matches, \
                        CAST({} AS BIGINT) AS beyond, CAST({} AS BIGINT) AS login_key",
                    from "page JOIN cards c ON c.id = page.id",
                    "ORDER BY "
                ),
                source, conditions, state, limit, beyond, login
            ),
        );
        sql.push_str(
            &order
                .replace("login", "page.login")
                .replace("operator_no", "page.operator_no"),
        );
        self.sql = sql;
    }

    /// Whether the rows are read from the end of the order towards its beginning.
    fn is_reversed(&self) -> bool {
        let descending = self.query.order == Order::OperatorNoDesc;
        descending != (self.place.direction == Direction::Before)
    }

    fn order(&self) -> String {
        let direction = if self.is_reversed() { " DESC" } else { "" };
        match self.query.order.login_column() {
            None => format!("operator_no{direction}"),
            Some(_) => format!("login{direction}, operator_no{direction}"),
        }
    }

    /// The conditions for this side of the position and for the other one.
    fn sides(&mut self) -> (String, Option<String>) {
        let Some(position) = self.place.position else {
            return (String::new(), None);
        };
        let number = self.bind(&position.operator_no);
        let (left, right) = match self.query.order.login_column() {
            None => (String::from("operator_no"), number),
            Some(column) => {
                let login = self.bind(position.login);
                (
                    format!("({column}, operator_no)"),
                    format!("({login}, {number})"),
                )
            }
        };
        let (inside, outside) = if self.is_reversed() {
            ("<", ">=")
        } else {
            (">", "<=")
        };
        (
            format!(" AND {left} {inside} {right}"),
            Some(format!(" AND {left} {outside} {right}")),
        )
    }
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
