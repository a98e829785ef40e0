//! Lists: whatever is asked, the pages forwards and backwards are the whole
//! list in order, and the counts are right.

use std::cmp::Ordering;

use card_domain::{Action, CardId, EventAct, OperatorNo, StateName};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use server::storage::{
    CardRecord, Direction, Holder, IdNumberIndex, ListCursor, ListQuery, Order, Position,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event, everything, unique},
    },
};

on_both!(
    pages_are_the_whole_list,
    names_are_taken_literally,
    an_id_number_finds_its_card,
    counting_stops_at_the_limit,
    a_page_that_is_gone_shows_the_nearest,
);

const ORDERS: [Order; 6] = [
    Order::OperatorNoAsc,
    Order::OperatorNoDesc,
    Order::LastLoginDesc,
    Order::LastLoginAsc,
    Order::ValidUntilAsc,
    Order::ValidUntilDesc,
];

/// Fifty cards in every state, some without a number, some that never logged
/// in, many that logged in at the same time. Numbers sort as text.
async fn crowd(database: &TestDatabase, enterprise: &EnterpriseFixture) -> Vec<CardRecord> {
    let mut ids = Vec::new();
    for number in 0..50_i64 {
        let operator_no = format!("{}", (number * 37) % 101);
        let name = ["王五", "欧阳六", "Anna 100%", "a_b\\c"][usize::try_from(number % 4).unwrap()];
        let holder = Holder::Operator(OperatorNo(operator_no));
        let card = enterprise.register(holder, name).await;
        ids.push(card);
        if number % 5 == 4 {
            continue;
        }
        let certificate = enterprise.make(card).await;
        if number % 3 != 0 {
            enterprise.log_in(card, certificate, at(number % 4)).await;
        }
        let actions: &[Action] = match number % 10 {
            1 => &[Action::Freeze],
            2 => &[Action::ReportLoss],
            3 => &[Action::Freeze, Action::ReportLoss],
            6 => &[Action::Cancel],
            _ => &[],
        };
        for action in actions {
            enterprise.act(card, *action, at(100)).await;
        }
    }
    // Its certificates are none that anybody could read.
    let ends = "UPDATE cards SET valid_until = CAST(operator_no AS INTEGER) % 7 \
         WHERE card_no IS NOT NULL AND operator_no IS NOT NULL";
    database.raw(ends).await.unwrap();
    let mut cards = Vec::new();
    for id in ids {
        cards.push(enterprise.card(id).await);
    }
    cards
}

/// The order, as the manual's words have it and not as the store computes it.
fn compare(order: Order, one: &CardRecord, other: &CardRecord) -> Ordering {
    let number = |card: &CardRecord| card.holder.operator_no().unwrap().0.clone();
    let by_number = number(one).as_bytes().cmp(number(other).as_bytes());
    let class = |card: &CardRecord| match (&card.chip, card.last_login_at) {
        (None, _) => 2,
        (Some(_), None) => 1,
        (Some(_), Some(_)) => 0,
    };
    let end = |card: &CardRecord| {
        let is_made = card.chip.is_some();
        is_made.then(|| number(card).parse::<i64>().unwrap() % 7)
    };
    let has_none = |card: &CardRecord| end(card).is_none();
    let none_last = has_none(one).cmp(&has_none(other));
    let by_end = end(one).cmp(&end(other));
    let by_login = one.last_login_at.cmp(&other.last_login_at);
    match order {
        Order::OperatorNoAsc => by_number,
        Order::OperatorNoDesc => by_number.reverse(),
        Order::LastLoginDesc => class(one)
            .cmp(&class(other))
            .then(by_login.reverse())
            .then(by_number),
        Order::LastLoginAsc => class(one).cmp(&class(other)).then(by_login).then(by_number),
        Order::ValidUntilAsc => none_last.then(by_end).then(by_number),
        Order::ValidUntilDesc => none_last.then(by_end.reverse()).then(by_number),
    }
}

fn expected(cards: &[CardRecord], query: &ListQuery) -> Vec<CardId> {
    let mut found: Vec<&CardRecord> = cards
        .iter()
        .filter(|card| query.states.is_empty() || query.states.contains(&card.state.name()))
        .filter(|card| {
            let name = match card.holder_name.as_str() {
                "欧阳六" => "欧阳六 oyl",
                "王五" => "王五 ww yw",
                "Anna 100%" => "anna100%",
                other => other,
            };
            name.contains(query.name_contains.as_deref().unwrap_or_default())
        })
        .filter(|card| match (&query.card_no_prefix, &card.chip) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(prefix), Some(chip)) => chip.card_no.0.starts_with(prefix),
        })
        .collect();
    found.sort_by(|one, other| compare(query.order, one, other));
    found.into_iter().map(|card| card.id).collect()
}

fn queries() -> impl Strategy<Value = ListQuery> {
    let some_state = prop::sample::select(StateName::ALL.as_slice());
    let states = prop::collection::vec(some_state, 0..6);
    let prefix = prop::option::weighted(
        0.3,
        prop::sample::select(vec!["893", "89300000000", "8930000000018", "7", ""]),
    );
    let name = prop::option::weighted(
        0.3,
        prop::sample::select(vec!["五", "欧阳", "anna", "oy", "%", "_", "\\", "", "没有"]),
    );
    let order = prop::sample::select(ORDERS.as_slice());
    (states, prefix, name, order, 1_u32..12).prop_map(|(states, prefix, name, order, page_size)| {
        ListQuery {
            states,
            card_no_prefix: prefix.map(String::from),
            name_contains: name.map(String::from),
            page_size,
            ..everything(order)
        }
    })
}

async fn pages_are_the_whole_list(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let other = EnterpriseFixture::new(&database.store).await;
    other.operator("005").await;
    let cards = crowd(&database, &enterprise).await;
    let mut runner = TestRunner::default();
    for _ in 0..150 {
        let query = queries().new_tree(&mut runner).unwrap().current();
        walk(&enterprise, &query, &expected(&cards, &query)).await;
    }
}

/// From the first page to the last and back again.
async fn walk(enterprise: &EnterpriseFixture, query: &ListQuery, expected: &[CardId]) {
    let size = usize::try_from(query.page_size).unwrap();
    let mut query = query.clone();
    let mut forwards = Vec::new();
    let mut pages = Vec::new();
    loop {
        let list = enterprise
            .store
            .list_cards(enterprise.id, &query)
            .await
            .unwrap();
        assert_eq!(
            usize::try_from(list.total).unwrap(),
            expected.len(),
            "{query:?}"
        );
        assert!(!list.total_is_lower_bound && list.any_operator);
        assert!(list.rows.len() <= size);
        assert_eq!(list.previous.is_some(), !forwards.is_empty(), "{query:?}");
        let ids: Vec<_> = list.rows.iter().map(|card| card.id).collect();
        forwards.extend(ids.iter().copied());
        assert_eq!(list.next.is_some(), forwards.len() < expected.len());
        pages.push((ids, list.previous));
        match list.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(forwards, expected, "{query:?}");

    while let Some((_, previous)) = pages.pop() {
        let Some((before, _)) = pages.last() else {
            assert_eq!(previous, None);
            break;
        };
        query.cursor = previous;
        let list = enterprise
            .store
            .list_cards(enterprise.id, &query)
            .await
            .unwrap();
        let ids: Vec<_> = list.rows.iter().map(|card| card.id).collect();
        assert_eq!(&ids, before, "{query:?}");
        assert!(list.next.is_some());
        assert_eq!(list.previous.is_some(), pages.len() > 1);
    }
}

async fn names_are_taken_literally(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for (number, name) in [("1", "100%"), ("2", "a_b"), ("3", "c\\d"), ("4", "axb")] {
        let holder = Holder::Operator(OperatorNo(String::from(number)));
        enterprise.register(holder, name).await;
    }
    for (part, found) in [("%", 1), ("_", 1), ("\\", 1), ("a_b", 1), ("'", 0), ("", 4)] {
        let query = ListQuery {
            name_contains: Some(String::from(part)),
            ..everything(Order::OperatorNoAsc)
        };
        let list = enterprise
            .store
            .list_cards(enterprise.id, &query)
            .await
            .unwrap();
        assert_eq!(list.rows.len(), found, "{part}");
    }
}

async fn an_id_number_finds_its_card(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let index = IdNumberIndex(unique());
    let mut twins = Vec::new();
    for number in ["2", "1"] {
        let holder = Holder::Operator(OperatorNo(String::from(number)));
        let mut person = enterprise.person(holder, "双胞胎");
        person.id_number_index = index;
        twins.insert(0, person.id);
        let added = enterprise
            .store
            .add_card(person, event(Some(enterprise.id), EventAct::AddCard));
        added.await.unwrap();
    }
    enterprise.operator("3").await;
    for order in ORDERS {
        let query = ListQuery {
            id_number: Some(index),
            page_size: 1,
            ..everything(order)
        };
        if order == Order::OperatorNoDesc {
            let reversed: Vec<_> = twins.iter().rev().copied().collect();
            walk(&enterprise, &query, &reversed).await;
        } else {
            walk(&enterprise, &query, &twins).await;
        }
    }
}

async fn counting_stops_at_the_limit(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for number in 0..6 {
        let holder = Holder::Operator(OperatorNo(format!("{number}")));
        enterprise.register(holder, "操作员").await;
    }
    for (count_limit, total, more) in [(5, 5, true), (6, 6, false), (7, 6, false)] {
        let query = ListQuery {
            count_limit,
            page_size: 2,
            ..everything(Order::OperatorNoAsc)
        };
        let list = enterprise
            .store
            .list_cards(enterprise.id, &query)
            .await
            .unwrap();
        assert_eq!((list.total, list.total_is_lower_bound), (total, more));
    }
}

async fn a_page_that_is_gone_shows_the_nearest(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for number in 1..=3 {
        let holder = Holder::Operator(OperatorNo(format!("{number}")));
        enterprise.register(holder, "操作员").await;
    }
    let query = |direction, operator_no: &str| ListQuery {
        page_size: 2,
        cursor: Some(ListCursor {
            direction,
            position: Position {
                key: None,
                operator_no: String::from(operator_no),
            },
        }),
        ..everything(Order::OperatorNoAsc)
    };
    let numbers = |cards: Vec<CardRecord>| -> Vec<String> {
        let number = |card: CardRecord| card.holder.operator_no().unwrap().0.clone();
        cards.into_iter().map(number).collect()
    };
    let after = query(Direction::After, "3");
    let list = enterprise
        .store
        .list_cards(enterprise.id, &after)
        .await
        .unwrap();
    assert!(list.previous.is_some() && list.next.is_none());
    assert_eq!(numbers(list.rows), ["2", "3"]);
    let before = query(Direction::Before, "1");
    let list = enterprise
        .store
        .list_cards(enterprise.id, &before)
        .await
        .unwrap();
    assert!(list.previous.is_none() && list.next.is_some());
    assert_eq!(numbers(list.rows), ["1", "2"]);
}
