//! `sign_statement`: without a PIN exactly as long as this page's PIN lives.

use card_bridge::reader::{Disposition, ReaderBackend as _};
use card_protocol::statement::{Statement, StatementSignature};
use serde_json::{Value, json};

use test_support::bridge::{CERTIFICATE, Page};

use crate::gated_bridge::{
    GatedBridge, ORIGIN, PIN, READER, card, challenge, nonce, other_server, server,
};

fn statement() -> Statement {
    Statement {
        nonce: nonce(),
        text: "冻结操作员卡 2100000000001".to_owned(),
        structured: r#"{"act":"freeze"}"#.to_owned(),
    }
}

fn sign(pin: Option<&str>) -> Value {
    let proposal = server().signed_proposal(&statement(), CERTIFICATE);
    json!({ "reader": READER, "card": card(), "statement": statement(), "proposal": proposal, "pin": pin })
}

async fn login(page: &mut Page) {
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    page.call("authenticate", login).await.unwrap();
}

async fn is_pin_required(page: &mut Page) -> bool {
    wants_pin(page, sign(None)).await
}

/// The same for a page of the other origin.
async fn is_pin_required_there(page: &mut Page) -> bool {
    let proposal = other_server().signed_proposal(&statement(), CERTIFICATE);
    let sign =
        json!({ "reader": READER, "card": card(), "statement": statement(), "proposal": proposal });
    wants_pin(page, sign).await
}

async fn wants_pin(page: &mut Page, sign: Value) -> bool {
    match page.call("sign_statement", sign).await {
        Ok(_) => false,
        Err((_, data)) => {
            assert_eq!(data, json!({ "code": "pin_required" }));
            true
        }
    }
}

#[tokio::test]
async fn a_login_is_enough_until_the_card_forgets_it() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    assert!(is_pin_required(&mut page).await);
    login(&mut page).await;
    for _ in 0..3 {
        let answer = page.call("sign_statement", sign(None)).await.unwrap();
        let answer: StatementSignature = serde_json::from_value(answer).unwrap();
        assert!(
            bridge
                .card
                .has_signed(&statement().message(ORIGIN), &answer.signature)
        );
    }
    // Identifying the card in between does not spoil it.
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], Value::Null);
    assert!(!is_pin_required(&mut page).await);

    let reader = json!({ "reader": READER });
    page.call("virtual_remove", reader).await.unwrap();
    assert_eq!(
        page.refused("sign_statement", sign(None)).await["code"],
        "no_card"
    );
    let insert = json!({ "reader": READER, "card": "legal" });
    page.call("virtual_insert", insert).await.unwrap();
    assert!(is_pin_required(&mut page).await);
    page.call("sign_statement", sign(Some(PIN))).await.unwrap();
    assert!(!is_pin_required(&mut page).await);
    // A wrong PIN withdraws it.
    let wrong = page.refused("sign_statement", sign(Some("654321"))).await;
    assert_eq!(wrong, json!({ "code": "wrong_pin", "tries_left": 2 }));
    assert!(is_pin_required(&mut page).await);
}

#[tokio::test]
async fn no_other_program_gets_at_a_verified_card() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let other = bridge.software.connect(READER).unwrap();
    // Nor is a PIN verified while one is there.
    let signing = page.refused("sign_statement", sign(Some(PIN))).await;
    assert_eq!(signing["code"], "card_in_use");
    other.disconnect(Disposition::Leave);
    login(&mut page).await;
    let refused = bridge.software.connect(READER).err();
    assert_eq!(refused, Some(card_protocol::CardError::CardInUse));
    assert!(!is_pin_required(&mut page).await);
    page.call("release", json!({})).await.unwrap();
    bridge
        .software
        .connect(READER)
        .unwrap()
        .disconnect(Disposition::Leave);
}

#[tokio::test]
async fn one_pages_pin_is_no_other_pages_pin() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    login(&mut page).await;
    let mut twin = bridge.page().await;
    let mut other = bridge.other_page().await;
    assert!(is_pin_required(&mut twin).await);
    assert!(is_pin_required_there(&mut other).await);
    assert!(!is_pin_required(&mut page).await);
}

#[tokio::test]
async fn a_card_that_nobody_verified_is_left_as_it_is() {
    let mut bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    page.call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Leave));
}
