//! An address says what was asked, and is read back as it was written.

use super::*;

fn full() -> ListAddress {
    ListAddress {
        card_no: Some(String::from("8600")),
        name: Some(String::from("李 & 王=100%")),
        id: Some(String::from("dG9rZW4_-")),
        is_id_malformed: true,
        state: Some(StateFilter::Only(StateName::Frozen)),
        needs: Some(Need::ExpiresIn7),
        sort: Some(Sort::ValidUntilAsc),
        rows: Some(50),
        after: Some(String::from("YWJj")),
    }
}

fn parse(search: &str) -> ParamsMap {
    search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (String::from(key), String::from(value)))
        .collect()
}

#[test]
fn what_is_written_is_read_back() {
    let address = full();
    assert_eq!(ListAddress::read(&parse(&address.search())), address);
    assert!(!address.search().contains(['李', ' ']));
    assert_eq!(ListAddress::default().search(), "");
}

#[test]
fn nonsense_counts_as_absent() {
    let address = ListAddress::read(&parse(
        "?state=melted&sort=upward&card_no=%20&after=&rows=7",
    ));
    assert_eq!(address, ListAddress::default());
    assert!(!address.is_filtered());
}

#[test]
fn a_new_order_or_question_begins_on_the_first_page() {
    assert_eq!(full().sorted(Sort::OperatorNoDesc).after, None);
    assert_eq!(full().with_rows(100).after, None);
    assert_eq!(full().with_rows(100).rows, Some(100));
    assert_eq!(full().without_id().after, None);
    assert_eq!(full().without_id().id, None);
    assert!(!full().without_id().is_id_malformed);
    assert_eq!(
        full().at(&Cursor(String::from("x"))).after.as_deref(),
        Some("x")
    );
}

#[test]
fn each_menu_asks_by_its_own_fields() {
    let history = full().query(Menu::History);
    assert_eq!(history.id_token, None);
    assert_eq!(history.state, Some(StateFilter::Only(StateName::Frozen)));
    let freeze = full().query(Menu::Freeze);
    assert_eq!(freeze.id_token.as_deref(), Some("dG9rZW4_-"));
    assert_eq!(freeze.state, None);
}
