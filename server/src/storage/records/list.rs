//! Lists of operator cards: what is asked and what comes back. Pages are
//! found by keyset, so the last page costs what the first one does.

use card_domain::StateName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{card::CardRecord, digest::IdNumberIndex};

/// The order of a list. Operator numbers sort as text, byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// 操作员编号 ascending.
    OperatorNoAsc,
    /// 操作员编号 descending.
    OperatorNoDesc,
    /// 最后登录日期 descending; then cards that never logged in; then those
    /// without a card number. Equal ones by 操作员编号.
    LastLoginDesc,
    /// 最后登录日期 ascending, with the same ones last.
    LastLoginAsc,
    /// 证书有效期至 ascending; cards without a certificate last. Equal ones by 操作员编号.
    ValidUntilAsc,
    /// 证书有效期至 descending, with the same ones last.
    ValidUntilDesc,
}

/// What a list is asked for.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// The states to look in. Every state when empty.
    pub states: Vec<StateName>,
    /// IC卡号 begins with this.
    pub card_no_prefix: Option<String>,
    /// 操作员姓名 contains this, or its initials do: in the form of
    /// [`card_domain::written::key`].
    pub name_contains: Option<String>,
    /// 证件编号 has this blind index.
    pub id_number: Option<IdNumberIndex>,
    /// The card needs this.
    pub needs: Option<CardNeed>,
    /// In which order, and so what a cursor compares.
    pub order: Order,
    /// Where the page begins or ends; the first page when absent.
    pub cursor: Option<ListCursor>,
    /// Rows on a page, at least 1.
    pub page_size: u32,
    /// How far matches are counted.
    pub count_limit: u32,
}

/// What a card may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardNeed {
    /// Its certificate ended before this.
    EndedBefore(Timestamp),
    /// Its certificate ends between these.
    EndsWithin {
        /// Not before.
        from: Timestamp,
        /// Before this.
        until: Timestamp,
    },
    /// Its PIN had no tries left when the card was last seen.
    Blocked,
}

/// A place in a list: the page after or before a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListCursor {
    /// Which side of the position.
    pub direction: Direction,
    /// The position, of a row that is itself not on the page.
    pub position: Position,
}

/// Which side of a position a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The rows that follow it.
    After,
    /// The rows that lead up to it.
    Before,
}

/// Where a row stands in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The stored key of the order; absent in the order by 操作员编号.
    pub key: Option<i64>,
    /// 操作员编号, which makes the position unique.
    pub operator_no: String,
}

/// A page of cards.
#[derive(Clone, Debug)]
pub struct CardList {
    /// At most as many as were asked for.
    pub rows: Vec<CardRecord>,
    /// The page before, when there is one.
    pub previous: Option<ListCursor>,
    /// The page after, when there is one.
    pub next: Option<ListCursor>,
    /// How many match, counted up to the limit.
    pub total: u32,
    /// Whether there are more than `total`.
    pub total_is_lower_bound: bool,
    /// Whether the enterprise has any operator at all.
    pub any_operator: bool,
}
