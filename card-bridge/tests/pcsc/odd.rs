//! Cards and moments that are not as they should be, on the real PC/SC stack.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use test_support::{
    bridge::{Page, readers::has_card},
    pcscd::READER_0 as READER,
};
use virtual_card::vpcd::Puller;

use crate::{
    fixture::{PIN, PcscBridge, card, challenge},
    odd_card::{Answer, OddCard},
};

fn login() -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN })
}

fn reader() -> Value {
    json!({ "reader": READER })
}

/// Pulls the card in the middle of the command with this instruction byte.
async fn pulled_within(bridge: &PcscBridge, page: &mut Page, instruction: u8) -> Value {
    let puller: Arc<Mutex<Option<Puller>>> = Arc::default();
    let pulls = Arc::clone(&puller);
    let inserted = bridge.insert_watched(move |command, _answer, _took| {
        // Not the question for the PIN's status, which has no data.
        if command[1] == instruction && command.len() > 5 {
            pulls.lock().unwrap().as_ref().unwrap().pull();
        }
    });
    *puller.lock().unwrap() = Some(inserted.puller());
    page.readers(has_card).await;
    let refused = page.refused("authenticate", login()).await;
    drop(inserted);
    page.readers(|readers| !has_card(readers)).await;
    refused
}

#[tokio::test]
async fn a_card_pulled_within_a_command_is_pulled() {
    let bridge = PcscBridge::start(true).await;
    let mut page = bridge.page(true).await;
    for instruction in [0xCB, 0x20, 0x87] {
        let refused = pulled_within(&bridge, &mut page, instruction).await;
        assert_eq!(
            refused,
            json!({ "code": "card_removed" }),
            "{instruction:X}"
        );
    }
}

/// T=14 alone: no command can be sent.
#[tokio::test]
async fn a_memory_card_is_named() {
    let bridge = PcscBridge::start(true).await;
    let mut page = bridge.page(true).await;
    let atr: &[u8] = &[0x3B, 0x80, 0x0E, 0x8E];
    let _memory = OddCard::insert(bridge.pcsc.port(0), atr, |_| Answer::Say(vec![0x6F, 0x00]));
    page.readers(has_card).await;
    let memory = json!({ "code": "unfit_card", "reason": "no_protocol" });
    assert_eq!(page.refused("identify", reader()).await, memory);
    assert_eq!(page.refused("authenticate", login()).await, memory);
}

/// It answers to reset, and then no more: it is given up, and once it is pulled the reader
/// is as good as before.
#[tokio::test]
async fn a_card_that_does_not_answer_is_given_up() {
    let bridge = PcscBridge::start(true).await;
    let mut page = bridge.page(true).await;
    let silent = OddCard::insert(bridge.pcsc.port(0), &virtual_card::ATR, |_| Answer::Silence);
    page.readers(has_card).await;
    let asked = std::time::Instant::now();
    let mute = json!({ "code": "card_mute" });
    assert_eq!(page.refused("identify", reader()).await, mute);
    assert!(asked.elapsed() < std::time::Duration::from_secs(25));
    let again = page.send("identify", reader()).await;
    assert_eq!(page.answer(again).await.unwrap_err().1, mute);
    drop(silent);
    page.readers(|readers| !has_card(readers)).await;
    let _inserted = bridge.insert();
    page.readers(has_card).await;
    page.call("authenticate", login()).await.unwrap();
}
