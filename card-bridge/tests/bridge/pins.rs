//! `change_pin`.

use serde_json::{Value, json};

use crate::gated_bridge::{GatedBridge, PIN, READER, card, challenge};

fn change(old: &str, new: &str) -> Value {
    json!({ "reader": READER, "card": card(), "old": old, "new": new })
}

fn login(pin: &str) -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": pin })
}

#[tokio::test]
async fn who_knows_the_pin_can_change_it() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    assert_eq!(
        page.call("change_pin", change(PIN, "86420975")).await,
        Ok(json!({}))
    );
    let old = page.refused("authenticate", login(PIN)).await;
    assert_eq!(old, json!({ "code": "wrong_pin", "tries_left": 2 }));
    page.call("authenticate", login("86420975")).await.unwrap();
}

#[tokio::test]
async fn who_does_not_know_it_can_not() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    for (old, new) in [
        (PIN, "12345"),
        (PIN, "123456789"),
        (PIN, "新密码"),
        ("1", "864209"),
    ] {
        let outcome = page.call("change_pin", change(old, new)).await;
        assert_eq!(outcome, Err((-32602, json!({ "code": "bad_request" }))));
    }
    let wrong = |tries: u8| json!({ "code": "wrong_pin", "tries_left": tries });
    assert_eq!(
        page.refused("change_pin", change("654321", "864209")).await,
        wrong(2)
    );
    assert_eq!(
        page.refused("change_pin", change("654321", "864209")).await,
        wrong(1)
    );
    // The right one is not tried either.
    let refused = page.refused("change_pin", change(PIN, "864209")).await;
    assert_eq!(refused, json!({ "code": "last_try" }));
    GatedBridge::reinsert(&mut page).await;
    let blocked = page.refused("change_pin", change("654321", "864209")).await;
    assert_eq!(blocked, json!({ "code": "pin_blocked" }));
}
