//! One operation at a time; cancelled, pulled out, left alone.

use std::sync::mpsc;

use card_bridge::reader::{Disposition, ReaderBackend as _};
use serde_json::{Value, json};

use crate::gated_bridge::{GatedBridge, PIN, READER, card, challenge};

const VERIFY: u8 = 0x20;
const GET_DATA: u8 = 0xCB;
const SIGN: u8 = 0x87;

fn login() -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN })
}

fn reader() -> Value {
    json!({ "reader": READER })
}

#[tokio::test]
async fn a_second_operation_is_told_to_wait() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut other = bridge.page().await;
    bridge.gate.shut(GET_DATA);
    let first = page.send("identify", reader()).await;
    bridge.gate.reached().await;
    assert_eq!(page.refused("identify", reader()).await["code"], "busy");
    assert_eq!(other.refused("identify", reader()).await["code"], "busy");
    // What needs no card works on.
    page.call("watch", json!({})).await.unwrap();
    bridge.gate.open();
    assert!(page.answer(first).await.is_ok());
    assert!(other.call("identify", reader()).await.is_ok());
}

#[tokio::test]
async fn two_pages_that_look_at_the_same_card_take_turns() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut other = bridge.page().await;
    bridge.gate.shut(GET_DATA);
    let first = page.send("identify", reader()).await;
    bridge.gate.reached().await;
    let second = other.send("identify", reader()).await;
    // The second one is being waited for when this is answered.
    other.call("watch", json!({})).await.unwrap();
    bridge.gate.open();
    assert!(page.answer(first).await.is_ok());
    assert!(other.answer(second).await.is_ok());
}

#[tokio::test]
async fn cancel_ends_an_operation_at_its_next_command() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    page.call("cancel", json!({})).await.unwrap();
    bridge.gate.shut(GET_DATA);
    let login = page.send("authenticate", login()).await;
    bridge.gate.reached().await;
    page.call("cancel", json!({})).await.unwrap();
    bridge.gate.open();
    let outcome = page.answer(login).await;
    assert_eq!(outcome, Err((-32000, json!({ "code": "cancelled" }))));
    let identity = page.call("identify", reader()).await.unwrap();
    assert_eq!(identity["pin_tries"], 3, "the PIN was not tried");
}

#[tokio::test]
async fn cancel_ends_the_wait_for_a_card_that_another_program_has() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let (begun, has_begun) = mpsc::channel();
    let (finish, finished) = mpsc::channel::<()>();
    let mut connection = bridge.software.connect(READER).unwrap();
    let program = std::thread::spawn(move || {
        connection
            .transaction(&mut |_card| {
                begun.send(()).unwrap();
                finished.recv().unwrap();
            })
            .unwrap();
        connection.disconnect(Disposition::Leave);
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
        .await
        .unwrap();
    let identify = page.send("identify", reader()).await;
    page.call("cancel", json!({})).await.unwrap();
    assert_eq!(
        page.answer(identify).await.unwrap_err().1["code"],
        "cancelled"
    );
    finish.send(()).unwrap();
    program.join().unwrap();
}

#[tokio::test]
async fn a_card_pulled_out_in_the_middle_is_named() {
    let bridge = GatedBridge::start().await;
    for instruction in [GET_DATA, VERIFY, SIGN] {
        let mut page = bridge.page_with_card().await;
        bridge.gate.shut(instruction);
        let login_id = page.send("authenticate", login()).await;
        bridge.gate.reached().await;
        page.call("virtual_remove", reader()).await.unwrap();
        bridge.gate.open();
        let outcome = page.answer(login_id).await;
        assert_eq!(outcome, Err((-32000, json!({ "code": "card_removed" }))));
        // The card is as good as before.
        page.call(
            "virtual_insert",
            json!({ "reader": READER, "card": "legal" }),
        )
        .await
        .unwrap();
        page.call("authenticate", login()).await.unwrap();
        page.call("virtual_remove", reader()).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_that_leaves_in_the_middle_frees_and_resets_the_card() {
    let mut bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    bridge.gate.shut(SIGN);
    page.send("authenticate", login()).await;
    bridge.gate.reached().await;
    page.close().await;
    let mut other = bridge.page().await;
    assert_eq!(other.refused("identify", reader()).await["code"], "busy");
    bridge.gate.open();
    assert_eq!(bridge.dispositions.recv().await, Some(Disposition::Reset));
    let identity = other.call("identify", reader()).await.unwrap();
    assert_eq!(identity["pin_tries"], 3);
}
