//! A card is looked at, and its holder logs in, at every level of exchange.

use card_operations::authenticate::is_nonce;
use card_protocol::{CardError, token::login_message};
use serde_json::json;

use crate::fixture::{LEVELS, ORIGIN, PIN, Page, READER, card, nonce};

#[test]
fn a_card_shows_what_is_public() {
    for level in LEVELS {
        let (page, _port) = Page::with_key(level);
        let readers = page.readers();
        assert_eq!(readers[0]["name"], READER, "{level:?}");
        assert_eq!(readers[0]["slot"]["name"], "card");
        assert_eq!(readers[0]["slot"]["insertion"], 1);
        assert_eq!(readers[0]["is_virtual"], false);
        assert_eq!(readers[0]["has_pin_pad"], false);
        let identity = page.identify().unwrap();
        assert_eq!(identity["chip"], json!(page.card.chip));
        assert_eq!(identity["certificate"], card());
        assert_eq!(identity["pin_tries"], 3);
        assert_eq!(identity.get("fault"), None);
    }
}

#[test]
fn the_right_pin_logs_in() {
    assert!(is_nonce(&nonce()));
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        let token = page.login(PIN).unwrap();
        assert_eq!(token["unverifiedCertificate"], card(), "{level:?}");
        let signature = token["signature"].as_str().unwrap();
        let message = login_message(ORIGIN, &nonce());
        assert!(page.card.has_signed(&message, signature), "{level:?}");
        assert_eq!(port.pins_sent(), 1);
        assert_eq!(port.resets.get(), 0);
    }
}

#[test]
fn a_challenge_that_the_server_did_not_sign_costs_no_pin() {
    let (page, port) = Page::with_key(LEVELS[0]);
    let mut login = page.login_of(READER, PIN);
    login["challenge"]["signature"] = json!("AAAA");
    let refused = page.ask("authenticate", login).unwrap_err();
    assert_eq!(refused.code(), "not_proposed");
    assert_eq!(port.pins_sent(), 0);
}

#[test]
fn what_is_the_bridge_s_own_is_no_request_here() {
    let (page, _port) = Page::with_key(LEVELS[0]);
    for (method, params) in [
        ("request_grant", json!({})),
        ("virtual_cards", json!({})),
        ("virtual_remove", json!({ "reader": READER })),
    ] {
        assert_eq!(page.ask(method, params), Err(CardError::BadRequest));
    }
    let nobody = json!({ "reader": "Ikey 2" });
    assert_eq!(page.ask("identify", nobody), Err(CardError::NoReader));
}

#[test]
fn nothing_is_done_without_a_grant_and_one_is_renewed_in_time() {
    let (page, port) = Page::with_key(LEVELS[0]);
    page.granting.is_down.set(true);
    assert_eq!(page.identify(), Err(CardError::BridgeNotRunning));
    assert!(port.sent.borrow().is_empty(), "the card was not asked");
    page.granting.is_down.set(false);
    page.login(PIN).unwrap();
    page.identify().unwrap();
    assert_eq!(page.granting.fetched.get(), 2);
    // Four of five minutes later it is renewed, and goes on if it can't be.
    page.browser
        .clock
        .advance(std::time::Duration::from_secs(245));
    page.granting.is_down.set(true);
    page.identify().unwrap();
    assert_eq!(page.granting.fetched.get(), 3);
    page.browser
        .clock
        .advance(std::time::Duration::from_mins(1));
    assert_eq!(page.identify(), Err(CardError::BridgeNotRunning));
    // What was verified ends with it.
    page.browser.run(page.transport.sweep());
    page.granting.is_down.set(false);
    assert_eq!(page.tries(), 3);
}
