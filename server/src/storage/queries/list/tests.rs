//! The plans of the statements, as SQLite means to run them: every list is
//! read in its order from an index, whatever the enterprise's size.

use card_domain::{EnterpriseId, StateName};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};
use uuid::Uuid;

use super::{PageCursor, Statement};
use crate::storage::{
    Direction, IdNumberIndex, ListCursor, ListQuery, Order, Position,
    connection::{Dialect, bound},
    migrations,
};

const ORDERS: [(Order, &str); 6] = [
    (Order::OperatorNoAsc, "operator_no"),
    (Order::OperatorNoDesc, "operator_no"),
    (Order::LastLoginDesc, "cards_by_login_desc"),
    (Order::LastLoginAsc, "cards_by_login_asc"),
    (Order::ValidUntilDesc, "cards_by_valid_desc"),
    (Order::ValidUntilAsc, "cards_by_valid_asc"),
];

async fn empty_register() -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    migrations::sqlite().run(&mut connection).await.unwrap();
    connection
}

fn query(order: Order, states: &[StateName], cursor: Option<ListCursor>) -> ListQuery {
    ListQuery {
        states: states.to_vec(),
        card_no_prefix: None,
        name_contains: None,
        id_number: None,
        needs: None,
        order,
        cursor,
        page_size: 20,
        count_limit: 1000,
    }
}

fn cursors(order: Order) -> [Option<ListCursor>; 3] {
    let position = Position {
        key: (!order.is_by_number()).then_some(7),
        operator_no: String::from("0042"),
    };
    let cursor = |direction| {
        Some(ListCursor {
            direction,
            position: position.clone(),
        })
    };
    [None, cursor(Direction::After), cursor(Direction::Before)]
}

/// The lines of `EXPLAIN QUERY PLAN`.
async fn plan(connection: &mut SqliteConnection, query: &ListQuery) -> Vec<String> {
    let statement = Statement::new(
        EnterpriseId(Uuid::from_bytes([1; 16])),
        query,
        PageCursor::from(query.cursor.as_ref()),
        Dialect::Sqlite,
    );
    let (sql, values) = statement.finish();
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.as_str()));
    let rows = bound(explain, &values).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Whether cards are sorted that were found, and not only the few of a page.
fn sorts_cards(lines: &[String]) -> bool {
    lines
        .windows(2)
        .any(|pair| pair[0].contains("SEARCH cards") && pair[1].contains("TEMP B-TREE"))
}

#[tokio::test]
async fn every_order_is_read_from_an_index() {
    let mut connection = empty_register().await;
    let state_sets: [&[StateName]; 3] = [
        &[StateName::Normal],
        &[StateName::Normal, StateName::Frozen],
        &[],
    ];
    for (order, key) in ORDERS {
        for states in state_sets {
            for cursor in cursors(order) {
                let query = query(order, states, cursor);
                let lines = plan(&mut connection, &query).await;
                let seen = format!("{query:?}: {lines:#?}");
                // The page and what lies beyond it; the count is bounded anyway.
                let searches: Vec<&String> = lines
                    .iter()
                    .filter(|line| line.contains("SEARCH cards") && line.contains(key))
                    .collect();
                let branches = states.len().max(1);
                assert!(searches.len() >= branches, "{seen}");
                if query.cursor.is_some() {
                    let ranges = searches
                        .iter()
                        .filter(|line| line.contains('<') || line.contains('>'))
                        .count();
                    assert!(ranges > branches, "the other side too: {seen}");
                }
                for bad in ["SCAN cards", "SCAN c"] {
                    let clean = |line: &String| !line.contains(bad) || line == "SCAN counted";
                    assert!(lines.iter().all(clean), "{bad}: {seen}");
                }
                assert!(!sorts_cards(&lines), "{seen}");
            }
        }
    }
}

#[tokio::test]
async fn few_cards_are_found_by_their_own_index() {
    let mut connection = empty_register().await;
    for (order, _) in ORDERS {
        for cursor in cursors(order) {
            let mut by_id_number = query(order, &[StateName::Normal], cursor);
            let mut by_card_no = by_id_number.clone();
            by_id_number.id_number = Some(IdNumberIndex([2; 32]));
            by_card_no.card_no_prefix = Some(String::from("8930000000018"));
            for (query, index) in [
                (
                    by_id_number,
                    "cards_by_id_number (enterprise_id=? AND id_number_index=?)",
                ),
                (
                    by_card_no,
                    "cards_by_card_no (enterprise_id=? AND card_no>? AND card_no<?)",
                ),
            ] {
                let lines = plan(&mut connection, &query).await;
                let cards = || lines.iter().filter(|line| line.contains(" cards"));
                assert!(cards().all(|line| line.contains(index)), "{lines:#?}");
                assert_eq!(cards().count(), 1, "{lines:#?}");
            }
        }
    }
}

#[tokio::test]
async fn a_part_of_a_text_is_looked_for_in_the_index_alone() {
    let mut connection = empty_register().await;
    for (order, key) in ORDERS {
        for states in [&[StateName::Normal][..], &[]] {
            for cursor in cursors(order) {
                let mut by_name = query(order, states, cursor);
                let mut by_beginning = by_name.clone();
                by_name.name_contains = Some(String::from("zwm"));
                by_beginning.card_no_prefix = Some(String::from("893"));
                let mut by_both = by_name.clone();
                by_both.card_no_prefix = Some(String::from("893"));
                for query in [by_name, by_beginning, by_both] {
                    let lines = plan(&mut connection, &query).await;
                    let seen = format!("{query:?}: {lines:#?}");
                    let cards: Vec<_> = lines
                        .iter()
                        .filter(|line| line.contains(" cards "))
                        .collect();
                    assert!(
                        cards.iter().all(|line| line.contains("COVERING INDEX")),
                        "{seen}"
                    );
                    let pages = cards.iter().filter(|line| line.contains(key)).count();
                    assert!(pages >= states.len().max(1), "{seen}");
                    assert!(!sorts_cards(&lines), "{seen}");
                }
            }
        }
    }
}
