//! The page's session becomes another one, and the server does not always answer.

use std::time::Duration;

use card_protocol::{CardError, grant::Purpose};
use futures_util::future;
use serde_json::{Value, json};
use test_support::bridge::{CERTIFICATE, session_of};

use crate::fixture::{LEVELS, PIN, Page, READER, at, card};

/// Nobody has logged in yet, and the card is verified.
fn logging_in() -> Page {
    let page = Page::new();
    *page.granting.purpose.borrow_mut() = Purpose::Login;
    let _port = page.plug(at(LEVELS[0]));
    page.login(PIN).unwrap();
    assert_eq!(page.tries(), json!(null));
    page
}

/// What only a session may.
fn change() -> Value {
    json!({ "reader": READER, "card": card(), "old": PIN, "new": "864209" })
}

#[test]
fn another_session_finds_nothing_verified() {
    let page = logging_in();
    let refused = page.ask("change_pin", change()).unwrap_err();
    assert_eq!(refused.code(), "not_granted");
    *page.granting.purpose.borrow_mut() = session_of(CERTIFICATE);
    page.ask("change_pin", change()).unwrap();
}

#[test]
fn another_session_is_not_forgotten_where_its_grant_comes_late() {
    let page = logging_in();
    *page.granting.purpose.borrow_mut() = session_of(CERTIFICATE);
    // The first fetch says that it is another session; the second one fails.
    page.granting.fails_at.set(page.granting.fetched.get() + 2);
    let outcome = page.ask("change_pin", change());
    assert_eq!(outcome, Err(CardError::BridgeNotRunning));
    assert_eq!(page.tries(), 3);
}

#[test]
fn nothing_is_done_for_a_session_that_is_over() {
    let page = Page::new();
    let _port = page.plug(at(LEVELS[0]));
    page.login(PIN).unwrap();
    // It is time to renew the grant, which is good still, and the person logged out.
    page.browser.clock.advance(Duration::from_secs(245));
    *page.granting.purpose.borrow_mut() = Purpose::Login;
    page.granting.fails_at.set(page.granting.fetched.get() + 2);
    assert_eq!(page.identify(), Err(CardError::BridgeNotRunning));
    // Nobody calls: the card ends all the same.
    page.browser.run(page.transport.sweep());
    page.granting.is_down.set(true);
    assert_eq!(page.identify(), Err(CardError::BridgeNotRunning));
    page.granting.is_down.set(false);
    assert_eq!(page.tries(), 3);
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_and_no_longer() {
    let page = Page::new();
    let _port = page.plug(at(LEVELS[0]));
    page.granting.is_silent.set(true);
    let begun = page.browser.clock.passed();
    let refused = page.identify().unwrap_err();
    assert_eq!(refused.code(), "not_granted");
    assert!(page.browser.clock.since(begun) < Duration::from_secs(20));
    // Letting go needs none.
    let asked = page.asking("identify", json!({ "reader": READER }));
    let released = page.asking("release", json!({}));
    let begun = page.browser.clock.passed();
    let first = page
        .browser
        .run(future::select(Box::pin(released), Box::pin(asked)));
    assert!(matches!(first, future::Either::Left((Ok(_), _))));
    assert!(page.browser.clock.since(begun) < Duration::from_secs(1));
    page.granting.is_silent.set(false);
    page.login(PIN).unwrap();
}
