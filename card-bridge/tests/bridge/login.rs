//! `identify` and `authenticate`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::token::{AuthToken, login_message};
use serde_json::{Value, json};

use test_support::bridge::CERTIFICATE;

use crate::gated_bridge::{GatedBridge, ORIGIN, PIN, READER, card, challenge, nonce, server};

fn login(pin: &str) -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": pin })
}

#[tokio::test]
async fn a_card_is_identified() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page().await;
    let reader = json!({ "reader": READER });
    assert_eq!(
        page.refused("identify", reader.clone()).await["code"],
        "no_card"
    );
    assert_eq!(
        page.refused("identify", json!({ "reader": "x" })).await["code"],
        "no_reader"
    );

    let insert = |card| json!({ "reader": READER, "card": card });
    page.call("virtual_insert", insert("legal")).await.unwrap();
    let identity = page.call("identify", reader.clone()).await.unwrap();
    assert_eq!(identity["chip"], bridge.card.chip.to_string());
    assert_eq!(identity["certificate"], BASE64_STANDARD.encode(CERTIFICATE));
    assert_eq!(identity["pin_tries"], 3);

    page.call("virtual_remove", reader.clone()).await.unwrap();
    page.call("virtual_insert", insert("blank")).await.unwrap();
    let identity = page.call("identify", reader).await.unwrap();
    assert_eq!(identity["certificate"], Value::Null);
    // Without a certificate, the PIN is not even tried.
    assert_eq!(
        page.refused("authenticate", login(PIN)).await,
        json!({ "code": "unfit_card", "reason": "no_certificate" })
    );
}

#[tokio::test]
async fn a_login_is_signed_for_the_origin_of_the_page() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let token = page.call("authenticate", login(PIN)).await.unwrap();
    let token: AuthToken = serde_json::from_value(token).unwrap();
    assert_eq!(token.format, "web-eid:1.0");
    assert_eq!(token.algorithm, "ES256");
    assert_eq!(token.origin, ORIGIN);
    assert_eq!(
        token.unverified_certificate,
        BASE64_STANDARD.encode(CERTIFICATE)
    );
    let signed = |origin| {
        bridge
            .card
            .has_signed(&login_message(origin, &nonce()), &token.signature)
    };
    assert!(signed(ORIGIN));
    assert!(!signed("https://evil.example"));
}

#[tokio::test]
async fn a_wrong_pin_costs_one_try_and_the_last_one_blocks() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let wrong = |tries: u8| json!({ "code": "wrong_pin", "tries_left": tries });
    assert_eq!(
        page.refused("authenticate", login("654321")).await,
        wrong(2)
    );
    page.call("authenticate", login(PIN)).await.unwrap();
    assert_eq!(
        page.refused("authenticate", login("654321")).await,
        wrong(2)
    );
    assert_eq!(
        page.refused("authenticate", login("654321")).await,
        wrong(1)
    );
    // See `gate`: the last one is not used just because a page wants it.
    GatedBridge::last_try_is_refused(&mut page, &login(PIN)).await;
    GatedBridge::reinsert(&mut page).await;
    let blocked = json!({ "code": "pin_blocked" });
    assert_eq!(page.refused("authenticate", login("654321")).await, blocked);
    assert_eq!(page.refused("authenticate", login(PIN)).await, blocked);
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], 0);
}

#[tokio::test]
async fn what_makes_no_sense_costs_no_try() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    for params in [
        login("12345"),
        login("123456789"),
        login("12345a"),
        login(""),
        json!({ "reader": READER, "card": card(), "challenge": server().challenge(""), "pin": "654321" }),
        json!({ "reader": READER, "card": card(), "challenge": server().challenge("我同意转账"), "pin": "654321" }),
        json!({ "reader": READER, "card": card(), "challenge": server().challenge(&BASE64_STANDARD.encode([7; 31])), "pin": "654321" }),
    ] {
        let outcome = page.call("authenticate", params).await;
        assert_eq!(outcome, Err((-32602, json!({ "code": "bad_request" }))));
    }
    let without = json!({ "reader": READER, "card": card(), "challenge": challenge() });
    assert_eq!(
        page.refused("authenticate", without).await["code"],
        "pin_required"
    );
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], 3);
}
