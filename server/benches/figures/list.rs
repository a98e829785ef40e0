//! A page of the list, as 冻结 shows it first and at any depth, beside the
//! bare query: the rows of one page on one prepared connection, without the
//! count, the certificates or what lies beyond.

use std::time::Instant;

use card_domain::StateName;
use server::storage::{Direction, ListCursor, ListQuery, Order, Position};
use sqlx::Executor as _;

use crate::{
    data::Register,
    report::{Report, Times},
};

/// Pages that are read for each figure.
const PAGES: u32 = 3000;

/// Queries that are asked for each figure.
const ASKED: u32 = 60;

fn query(order: Order, cursor: Option<ListCursor>) -> ListQuery {
    ListQuery {
        states: vec![StateName::Normal],
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

/// The operator number in the middle of a spread-out walk over all of them.
fn number(register: &Register, page: u32) -> String {
    format!("{:08}", page.wrapping_mul(2_654_435_761) % register.cards)
}

/// Measures the pages.
pub(crate) async fn measure(register: &Register, report: &mut Report) {
    report.heading(format!("List of {} cards", register.cards));
    eprintln!("  list, {} cards", register.cards);
    let first = floor(register, |_page| String::new()).await;
    let anywhere = floor(register, |page| number(register, page)).await;
    report.times("bare query, first page (floor)", &first, None);
    report.times("bare query, page at any depth (floor)", &anywhere, None);

    let times = pages(register, |_page| query(Order::OperatorNoAsc, None)).await;
    report.times("first page", &times, Some(&first));
    report.list_median(register.cards, &times);
    let times = pages(register, |page| {
        let position = Position {
            key: None,
            operator_no: number(register, page),
        };
        let cursor = ListCursor {
            direction: Direction::After,
            position,
        };
        query(Order::OperatorNoAsc, Some(cursor))
    })
    .await;
    report.times("page at any depth", &times, Some(&anywhere));
    let times = pages(register, |_page| query(Order::LastLoginDesc, None)).await;
    report.times("first page by last login", &times, Some(&first));
    let times = pages(register, |_page| query(Order::ValidUntilAsc, None)).await;
    report.times("first page by 证书有效期至", &times, Some(&first));
    asked(register, report).await;
}

/// What is asked reads the whole of an order's index where it is rare: each of these
/// as often as a person would wait for it.
async fn asked(register: &Register, report: &mut Report) {
    let scan = scan_floor(register).await;
    report.times("bare count by a part of the name (floor)", &scan, None);
    let highest = register.cards - 1;
    let rare = format!("员{highest}");
    // Ten thousand numbers that stand at the end of the list.
    let number = format!("893{highest:010}");
    let beginning = number[..9].to_owned();
    let by_name = |name: &str, order| ListQuery {
        name_contains: Some(name.to_owned()),
        ..query(order, None)
    };
    let by_number = |order| ListQuery {
        card_no_prefix: Some(beginning.clone()),
        ..query(order, None)
    };
    let number = Order::OperatorNoAsc;
    for (what, query) in [
        ("by a part of the name that one has", by_name(&rare, number)),
        (
            "by a part of the name that all have",
            by_name("操作", number),
        ),
        ("by initials that all have", by_name("czy", number)),
        ("by a name that nobody has", by_name("zwm", number)),
        (
            "by a part of the name that one has, by last login",
            by_name(&rare, Order::LastLoginDesc),
        ),
        ("by the beginning of many numbers", by_number(number)),
        (
            "by the beginning of many numbers, by last login",
            by_number(Order::LastLoginDesc),
        ),
    ] {
        let mut times = Vec::new();
        for _ in 0..ASKED {
            let started = Instant::now();
            let list = register.store.list_cards(register.enterprise, &query).await;
            times.push(started.elapsed());
            list.unwrap();
        }
        report.times(what, &Times::new(times), Some(&scan));
    }
}

async fn scan_floor(register: &Register) -> Times {
    let mut connection = register.connection().await;
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let started = Instant::now();
        let query = sqlx::query(
            "SELECT count(*) FROM cards WHERE enterprise_id = $1 AND role = 'operator' \
             AND state = 'normal' AND instr(name_key, 'zwm') > 0",
        )
        .bind(register.enterprise.0);
        connection.fetch_one(query).await.unwrap();
        times.push(started.elapsed());
    }
    Times::new(times)
}

async fn pages(register: &Register, query: impl Fn(u32) -> ListQuery) -> Times {
    let mut times = Vec::new();
    for page in 0..PAGES {
        let query = query(page);
        let started = Instant::now();
        let list = register.store.list_cards(register.enterprise, &query).await;
        times.push(started.elapsed());
        assert!(!list.unwrap().rows.is_empty());
    }
    Times::new(times)
}

async fn floor(register: &Register, after: impl Fn(u32) -> String) -> Times {
    let mut connection = register.connection().await;
    let mut times = Vec::new();
    for page in 0..PAGES {
        let after = after(page);
        let started = Instant::now();
        let query = sqlx::query(
            "SELECT id, operator_no, holder_name, card_no, state, last_login_at FROM cards \
             WHERE enterprise_id = $1 AND role = 'operator' AND state = 'normal' \
             AND operator_no > $2 ORDER BY operator_no LIMIT 20",
        )
        .bind(register.enterprise.0)
        .bind(after);
        let rows = connection.fetch_all(query).await.unwrap();
        times.push(started.elapsed());
        assert!(!rows.is_empty());
    }
    Times::new(times)
}
