//! The gate for PINs: who may bring one, to which card it goes, and what of a
//! card's tries a page can use.

use std::path::Path;

use card_protocol::{bridge::PinEntry, statement::Statement};
use serde_json::{Value, json};
use test_support::bridge::{BridgeFixture, CERTIFICATE, Page};

use crate::{
    dialog::pinentry,
    gated_bridge::{
        GatedBridge, PIN, READER, card, challenge, get_granted, nonce, other_server, server,
    },
};

fn login(pin: Option<&str>) -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": pin })
}

/// The same for a page of the other origin.
fn login_there(pin: &str) -> Value {
    let challenge = other_server().challenge(&nonce());
    json!({ "reader": READER, "card": card(), "challenge": challenge, "pin": pin })
}

fn sign(card: &Value, pin: Option<&str>) -> Value {
    let statement = Statement {
        nonce: nonce(),
        text: "冻结".to_owned(),
        structured: "{}".to_owned(),
    };
    let proposal = server().signed_proposal(&statement, CERTIFICATE);
    json!({ "reader": READER, "card": card, "statement": statement,
        "proposal": proposal, "pin": pin })
}

async fn two_wrong(page: &mut Page) {
    for _ in 0..2 {
        let wrong = page.refused("authenticate", login(Some("654321"))).await;
        assert_eq!(wrong["code"], "wrong_pin");
    }
}

/// Every message that may bring a PIN, with one in each place. What else they ask
/// for makes no sense, and is not even looked at.
#[tokio::test]
async fn no_page_brings_a_pin_where_pins_are_typed_elsewhere() {
    for entry in [PinEntry::Dialog, PinEntry::PinPad] {
        let nowhere = Path::new("/nonexistent/pinentry");
        let bridge = GatedBridge::with(entry, nowhere).await;
        let mut page = bridge.page_with_card().await;
        let program = json!({ "body": "{}", "signature": "" });
        for (method, params) in [
            ("authenticate", login(Some("654321"))),
            ("sign_statement", sign(&json!(card()), Some("654321"))),
            (
                "change_pin",
                json!({ "reader": READER, "card": card(), "old": "654321" }),
            ),
            (
                "change_pin",
                json!({ "reader": READER, "card": card(), "new": "654321" }),
            ),
            (
                "run_program",
                json!({ "reader": READER, "program": program, "new_pin": "864209" }),
            ),
        ] {
            let refused = page.refused(method, params).await;
            assert_eq!(refused, json!({ "code": "pin_not_taken" }), "{method}");
        }
        assert_eq!(GatedBridge::tries(&mut page).await, 3);
    }
}

#[tokio::test]
async fn a_pin_is_changed_without_the_page() {
    let folder = tempfile::tempdir().unwrap();
    // The present one is asked for first, the new one is typed twice.
    let answer =
        "if grep -q SETREPEAT '{log}'; then echo 'D 86420975'; else echo 'D 123456'; fi; echo OK"
            .replace("{log}", &folder.path().join("log").display().to_string());
    let program = pinentry(folder.path(), &answer);
    let bridge = GatedBridge::with(PinEntry::Dialog, &program).await;
    let mut page = bridge.page_with_card().await;
    let change = json!({ "reader": READER, "card": card() });
    assert_eq!(page.call("change_pin", change).await, Ok(json!({})));
    // From here on the dialog answers with the new one.
    page.call("authenticate", login(None)).await.unwrap();
}

#[tokio::test]
async fn a_pin_goes_to_the_chosen_card_only() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let other = json!("MAsxMjM0NTY3ODkwMQ==");
    for (method, params) in [
        (
            "authenticate",
            json!({ "reader": READER, "card": other, "challenge": challenge(), "pin": "654321" }),
        ),
        ("sign_statement", sign(&other, Some("654321"))),
        (
            "change_pin",
            json!({ "reader": READER, "card": other, "old": "654321", "new": "864209" }),
        ),
    ] {
        let refused = page.refused(method, params).await;
        assert_eq!(refused, json!({ "code": "other_card" }), "{method}");
    }
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
    // Nor does a verified card sign for another one.
    page.call("authenticate", login(Some(PIN))).await.unwrap();
    let refused = page.refused("sign_statement", sign(&other, None)).await;
    assert_eq!(refused["code"], "other_card");
}

#[tokio::test]
async fn the_last_try_takes_a_hand_at_the_card() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    two_wrong(&mut page).await;
    // However often the page asks, also from another page of the origin.
    for _ in 0..3 {
        GatedBridge::last_try_is_refused(&mut page, &login(Some(PIN))).await;
    }
    let mut twin = bridge.page().await;
    GatedBridge::last_try_is_refused(&mut twin, &login(Some(PIN))).await;
    // A card that is inserted anew is a hand; for the origin that was refused.
    GatedBridge::reinsert(&mut page).await;
    let mut other = bridge.other_page().await;
    GatedBridge::last_try_is_refused(&mut other, &login_there(PIN)).await;
    GatedBridge::last_try_is_refused(&mut page, &login(Some(PIN))).await;
    GatedBridge::reinsert(&mut page).await;
    page.call("authenticate", login(Some(PIN))).await.unwrap();
}

#[tokio::test]
async fn an_old_refusal_is_no_invitation() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    two_wrong(&mut page).await;
    GatedBridge::last_try_is_refused(&mut page, &login(Some(PIN))).await;
    bridge.wait(120);
    GatedBridge::reinsert(&mut page).await;
    GatedBridge::last_try_is_refused(&mut page, &login(Some(PIN))).await;
}

#[tokio::test]
async fn the_dialog_asks_before_the_last_try() {
    for (confirm, code) in [
        ("echo OK", "pin_blocked"),
        ("echo 'ERR 83886194 Not confirmed'", "cancelled"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let answer = format!("echo 'D 654321'; echo OK ;;\n    CONFIRM) {confirm}");
        let program = pinentry(folder.path(), &answer);
        let bridge = GatedBridge::with(PinEntry::Dialog, &program).await;
        let mut page = bridge.page_with_card().await;
        for tries in [2, 1] {
            let wrong = page.refused("authenticate", login(None)).await;
            assert_eq!(wrong, json!({ "code": "wrong_pin", "tries_left": tries }));
        }
        let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(!log().contains("CONFIRM"));
        let outcome = page.refused("authenticate", login(None)).await;
        assert_eq!(outcome["code"], code);
        assert!(log().contains("CONFIRM"));
        let left = i32::from(code == "cancelled");
        assert_eq!(GatedBridge::tries(&mut page).await, left);
    }
}

/// The reader does not ask for a PIN that is to be changed: the dialog does, and says so.
#[tokio::test]
async fn the_dialog_asks_before_the_last_try_to_change_also_beside_a_pin_pad() {
    let folder = tempfile::tempdir().unwrap();
    let answer = "echo 'D 654321'; echo OK ;;\n    CONFIRM) echo 'ERR 83886194 Not confirmed'";
    let program = pinentry(folder.path(), answer);
    let bridge = GatedBridge::with(PinEntry::PinPad, &program).await;
    let mut page = bridge.page_with_card().await;
    let change = json!({ "reader": READER, "card": card() });
    for tries in [2, 1] {
        let wrong = page.refused("change_pin", change.clone()).await;
        assert_eq!(wrong, json!({ "code": "wrong_pin", "tries_left": tries }));
    }
    assert_eq!(
        page.refused("change_pin", change).await["code"],
        "cancelled"
    );
    assert_eq!(GatedBridge::tries(&mut page).await, 1);
}

#[tokio::test]
async fn an_origin_has_so_many_wrong_pins_an_hour() {
    let builder = BridgeFixture::builder();
    let builder = builder.configure(|config| {
        config.wrong_pins_per_hour = std::num::NonZeroU32::new(2).unwrap();
    });
    let bridge = GatedBridge::build(builder).await;
    let mut page = bridge.page_with_card().await;
    let wrong = login(Some("654321"));
    let refused = page.refused("authenticate", wrong.clone()).await;
    assert_eq!(refused["code"], "wrong_pin");
    // A right one does not count.
    for _ in 0..3 {
        page.call("authenticate", login(Some(PIN))).await.unwrap();
    }
    let refused = page.refused("authenticate", wrong).await;
    assert_eq!(refused["code"], "wrong_pin");
    let mut twin = bridge.page().await;
    for (method, params) in [
        ("authenticate", login(Some(PIN))),
        (
            "change_pin",
            json!({ "reader": READER, "card": card(), "old": PIN, "new": "864209" }),
        ),
    ] {
        let refused = twin.refused(method, params).await;
        assert_eq!(refused, json!({ "code": "too_many_tries" }), "{method}");
    }
    // Another origin has its own, and an hour later so has this one.
    let mut other = bridge.other_page().await;
    other.call("authenticate", login_there(PIN)).await.unwrap();
    bridge.wait(3600);
    get_granted(&mut page, &server()).await;
    page.call("authenticate", login(Some(PIN))).await.unwrap();
}
