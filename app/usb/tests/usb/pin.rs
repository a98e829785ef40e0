//! What a PIN costs, and what is not tried.

use std::time::Duration;

use card_protocol::{CardError, piv::PinTries};
use serde_json::json;

use crate::{
    fixture::{LEVELS, PIN, Page, READER, WRONG, card},
    sign::{sign, statement},
};

fn wrong(tries: u8) -> Result<serde_json::Value, CardError> {
    Err(CardError::WrongPin {
        tries_left: PinTries(tries),
    })
}

#[test]
fn the_last_try_waits_for_a_hand_and_then_the_card_is_blocked() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        assert_eq!(page.login(WRONG), wrong(2), "{level:?}");
        assert_eq!(page.login(WRONG), wrong(1));
        for _ in 0..2 {
            assert_eq!(page.login(PIN), Err(CardError::LastTry));
        }
        assert_eq!(port.pins_sent(), 2);
        // What a page can do by itself is no hand.
        page.ask("release", json!({})).unwrap();
        assert_eq!(page.login(PIN), Err(CardError::LastTry));
        // Pulled and plugged in again.
        page.pull(&port);
        let port = page.plug(crate::fixture::at(level));
        assert_eq!(page.insertion(), 2);
        assert_eq!(page.login(WRONG), Err(CardError::PinBlocked));
        assert_eq!(page.login(PIN), Err(CardError::PinBlocked));
        assert_eq!(port.pins_sent(), 1);
        assert_eq!(page.tries(), 0);
    }
}

#[test]
fn the_last_try_is_taken_from_a_card_that_was_put_in_again() {
    let (page, port) = Page::with_key(LEVELS[0]);
    assert_eq!(page.login(WRONG), wrong(2));
    assert_eq!(page.login(WRONG), wrong(1));
    assert_eq!(page.login(PIN), Err(CardError::LastTry));
    port.set_card_present(false);
    page.browser.pass(Duration::from_millis(50));
    assert_eq!(page.readers()[0]["slot"], json!({ "name": "empty" }));
    assert_eq!(page.login(PIN), Err(CardError::NoCard));
    port.set_card_present(true);
    page.browser.pass(Duration::from_millis(50));
    assert_eq!(page.insertion(), 2);
    page.login(PIN).unwrap();
}

#[test]
fn an_origin_has_ten_wrong_pins_an_hour() {
    let page = Page::new();
    let new_pin = json!({ "reader": READER, "card": card(), "old": PIN, "new": "12" });
    let port = page.plug(crate::fixture::at(LEVELS[0]));
    assert_eq!(page.ask("change_pin", new_pin), Err(CardError::BadRequest));
    for round in 1..=5 {
        assert_eq!(page.login(WRONG), wrong(2));
        assert_eq!(page.login(WRONG), wrong(1));
        // Nobody is sent to the card for a try that there is not.
        let expected = if round < 5 {
            CardError::LastTry
        } else {
            CardError::TooManyTries
        };
        assert_eq!(page.login(PIN), Err(expected));
        port.set_card_present(false);
        page.browser.pass(Duration::from_millis(20));
        port.set_card_present(true);
        page.browser.pass(Duration::from_millis(20));
        // The right one is not counted, and is not tried once ten were wrong.
        match page.login(PIN) {
            Ok(_) => assert!(round < 5),
            Err(error) => assert_eq!((round, error), (5, CardError::TooManyTries)),
        }
    }
    page.browser.clock.advance(Duration::from_hours(1));
    assert_ne!(page.login(WRONG), Err(CardError::TooManyTries));
}

#[test]
fn another_card_than_the_chosen_one_gets_no_pin() {
    let (page, port) = Page::with_key(LEVELS[0]);
    let mut login = page.login_of(READER, PIN);
    login["card"] = json!("AAAA");
    assert_eq!(page.ask("authenticate", login), Err(CardError::OtherCard));
    let mut login = page.login_of(READER, PIN);
    login["pin"] = json!(null);
    assert_eq!(page.ask("authenticate", login), Err(CardError::PinRequired));
    let mut login = page.login_of(READER, PIN);
    login["pin"] = json!("no PIN");
    assert_eq!(page.ask("authenticate", login), Err(CardError::BadRequest));
    assert_eq!(port.pins_sent(), 0);
}

#[test]
fn a_pin_is_changed() {
    for level in LEVELS {
        let (page, _port) = Page::with_key(level);
        let change = json!({ "reader": READER, "card": card(), "old": PIN, "new": "864209" });
        page.ask("change_pin", change.clone()).unwrap();
        assert_eq!(page.ask("change_pin", change), wrong(2), "{level:?}");
        page.login("864209").unwrap();
    }
}

#[test]
fn what_is_verified_ends() {
    let (page, _port) = Page::with_key(LEVELS[0]);
    page.login(PIN).unwrap();
    assert_eq!(page.tries(), json!(null));
    // Let go of by the page.
    page.ask("release", json!({})).unwrap();
    assert_eq!(page.tries(), 3);
    // Unused for too long.
    page.login(PIN).unwrap();
    page.browser.clock.advance(Duration::from_mins(5));
    page.browser.run(page.transport.sweep());
    assert_eq!(page.tries(), 3);
    // The same without anybody who sweeps.
    page.login(PIN).unwrap();
    page.browser.clock.advance(Duration::from_mins(5));
    assert_eq!(page.tries(), 3);
    // Used all the time.
    page.login(PIN).unwrap();
    for _ in 0..7 {
        page.browser.clock.advance(Duration::from_mins(4));
        sign(&page, &statement(), None).unwrap();
    }
    page.browser.clock.advance(Duration::from_mins(2));
    assert_eq!(page.tries(), 3);
    // A look is no use: pages look by themselves.
    page.login(PIN).unwrap();
    page.browser.clock.advance(Duration::from_mins(4));
    assert_eq!(page.tries(), json!(null));
    page.browser.clock.advance(Duration::from_mins(1));
    assert_eq!(page.tries(), 3);
}

#[test]
fn what_a_page_left_verified_the_next_one_does_not_find() {
    let (mut page, port) = Page::with_key(LEVELS[0]);
    page.login(PIN).unwrap();
    page.reload();
    page.attach(&port).unwrap();
    assert_eq!(page.tries(), 3);
}
