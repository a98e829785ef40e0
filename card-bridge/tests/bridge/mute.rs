//! A card that does not answer: it is given up after a while, or a moment after 取消, and
//! nothing else waits for it.

use std::time::{Duration, Instant};

use card_bridge::reader::{Disposition, ReaderBackend as _, demo::READERS};
use serde_json::{Value, json};
use test_support::bridge::Page;
use tokio::time::timeout;

use crate::gated_bridge::{GatedBridge, PIN, READER, card, challenge, get_granted, server};

const VERIFY: u8 = 0x20;
const GET_DATA: u8 = 0xCB;

/// What the settings say unless they say otherwise.
const IDLE: i64 = 5 * 60;

fn login() -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN })
}

fn reader() -> Value {
    json!({ "reader": READER })
}

#[tokio::test]
async fn a_card_that_does_not_answer_is_given_up_and_reset() {
    let mut bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    bridge.gate.shut(VERIFY);
    let asked = Instant::now();
    let mute = json!({ "code": "card_mute" });
    assert_eq!(page.refused("authenticate", login()).await, mute);
    let took = asked.elapsed();
    // A security key waits fifteen seconds for a finger.
    assert!(took > Duration::from_secs(16), "{took:?}");
    assert!(took < Duration::from_secs(25), "{took:?}");
    // Whoever else wants it hears the same, and not that somebody is busy.
    let mut other = bridge.page().await;
    assert_eq!(other.refused("identify", reader()).await, mute);
    // When it answers after all, it is reset, and good for the next.
    bridge.gate.open();
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Reset));
    let identity = other.call("identify", reader()).await.unwrap();
    assert_eq!(identity["pin_tries"], 3);
    page.call("authenticate", login()).await.unwrap();
}

#[tokio::test]
async fn cancel_ends_what_waits_for_an_answer() {
    let mut bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    bridge.gate.shut(GET_DATA);
    let login_id = page.send("authenticate", login()).await;
    bridge.gate.reached().await;
    let asked = Instant::now();
    page.call("cancel", json!({})).await.unwrap();
    let outcome = page.answer(login_id).await;
    assert_eq!(outcome.unwrap_err().1, json!({ "code": "cancelled" }));
    assert!(asked.elapsed() < Duration::from_secs(6));
    bridge.gate.open();
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Reset));
    assert_eq!(GatedBridge::tries(&mut page).await, 3, "no PIN was sent");
}

/// A page that verified the card in the first reader, while the card in the second one
/// owes it an answer.
async fn held_up(bridge: &GatedBridge) -> Page {
    let mut page = bridge.page_with_card().await;
    page.call("authenticate", login()).await.unwrap();
    let insert = json!({ "reader": READERS[1], "card": "blank" });
    page.call("virtual_insert", insert).await.unwrap();
    bridge.gate.shut_all();
    page.send("identify", json!({ "reader": READERS[1] })).await;
    bridge.gate.reached().await;
    page
}

/// The card in the first reader is anybody's again, and not verified.
async fn is_let_go_of(bridge: &mut GatedBridge) {
    let reset = timeout(Duration::from_secs(9), bridge.dispositions.recv()).await;
    assert_eq!(reset.expect("it is still held"), Some(Disposition::Reset));
    let other = bridge.software.connect(READER).unwrap();
    other.disconnect(Disposition::Leave);
}

#[tokio::test]
async fn a_release_does_not_wait_for_another_readers_card() {
    let mut bridge = GatedBridge::start().await;
    let mut page = held_up(&bridge).await;
    let asked = Instant::now();
    assert_eq!(page.call("release", json!({})).await, Ok(json!({})));
    assert!(asked.elapsed() < Duration::from_secs(6));
    is_let_go_of(&mut bridge).await;
}

#[tokio::test]
async fn the_end_of_its_time_does_not_either() {
    let mut bridge = GatedBridge::start().await;
    let mut page = held_up(&bridge).await;
    bridge.wait(IDLE);
    get_granted(&mut page, &server()).await;
    is_let_go_of(&mut bridge).await;
}

#[tokio::test]
async fn the_end_of_the_page_does_not_either() {
    let mut bridge = GatedBridge::start().await;
    let page = held_up(&bridge).await;
    page.close().await;
    is_let_go_of(&mut bridge).await;
}

#[tokio::test]
async fn the_end_of_the_bridge_does_not_either() {
    let mut bridge = GatedBridge::start().await;
    let _page = held_up(&bridge).await;
    let asked = Instant::now();
    bridge.end().await;
    assert!(asked.elapsed() < Duration::from_secs(6));
    is_let_go_of(&mut bridge).await;
}

/// The page's next operation, on the other reader, only waits for the page's turn.
#[tokio::test]
async fn a_card_that_was_given_up_leaves_the_other_reader_alone() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    page.call("authenticate", login()).await.unwrap();
    let insert = json!({ "reader": READERS[1], "card": "blank" });
    page.call("virtual_insert", insert).await.unwrap();
    bridge.gate.shut(0xA4);
    let stuck = page.send("identify", json!({ "reader": READERS[1] })).await;
    bridge.gate.reached().await;
    page.call("cancel", json!({})).await.unwrap();
    page.answer(stuck).await.unwrap_err();
    // The first card is held, so nothing is selected on it.
    let statement = card_protocol::statement::Statement {
        nonce: crate::gated_bridge::nonce(),
        text: "冻结".to_owned(),
        structured: "{}".to_owned(),
    };
    let proposal = server().signed_proposal(&statement, test_support::bridge::CERTIFICATE);
    let sign = json!({ "reader": READER, "card": card(), "statement": statement,
        "proposal": proposal });
    page.call("sign_statement", sign).await.unwrap();
}

/// What is at work when all is let go of goes with its end.
#[tokio::test]
async fn a_release_ends_what_is_just_being_verified() {
    let mut bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    bridge.gate.shut(0x87);
    let login_id = page.send("authenticate", login()).await;
    bridge.gate.reached().await;
    let release = page.send("release", json!({})).await;
    // It was heard when this is answered.
    page.call("watch", json!({})).await.unwrap();
    bridge.gate.open();
    page.answer(login_id).await.unwrap();
    assert_eq!(page.answer(release).await, Ok(json!({})));
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Reset));
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
}
