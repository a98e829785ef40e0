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

/// Another program that has the card, and the moment at which it lets go of it: five
/// seconds later, as somebody would who reads a card with something else first.
fn lets_go_soon(bridge: &GatedBridge, takes_alone: bool) -> std::thread::JoinHandle<()> {
    let mut connection = bridge.software.connect(READER).unwrap();
    if takes_alone {
        connection.take_alone().unwrap();
    }
    let (begun, has_begun) = mpsc::channel();
    let program = std::thread::spawn(move || {
        let hold = std::time::Duration::from_secs(5);
        if takes_alone {
            begun.send(()).unwrap();
            std::thread::park_timeout(hold);
        } else {
            let hold = &mut |_card: &mut dyn card_bridge::reader::CardAccess| {
                begun.send(()).unwrap();
                std::thread::park_timeout(hold);
            };
            connection.transaction(hold).unwrap();
        }
        connection.disconnect(Disposition::Leave);
    });
    has_begun.recv().unwrap();
    program
}

#[tokio::test]
async fn what_waits_for_another_program_goes_on_when_that_lets_go() {
    let bridge = GatedBridge::start().await;
    for takes_alone in [true, false] {
        for (method, params) in [("identify", reader()), ("authenticate", login())] {
            let mut page = bridge.page_with_card().await;
            let program = lets_go_soon(&bridge, takes_alone);
            if takes_alone && method == "identify" {
                // What is read again by itself holds nothing else up.
                let refused = page.refused(method, params.clone()).await;
                assert_eq!(refused, json!({ "code": "card_in_use" }));
            } else {
                page.call(method, params).await.unwrap();
            }
            program.join().unwrap();
            page.call("release", json!({})).await.unwrap();
            page.call("virtual_remove", reader()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_program_for_a_card_that_another_has_alone_goes_on_too() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let program = lets_go_soon(&bridge, true);
    let status =
        test_support::bridge::command_step(&card_protocol::piv::verify_status(), &["63C3"]);
    let signer = crate::gated_bridge::signer(&bridge);
    let look = signer.clear(card_protocol::program::ProgramKind::Look, 0, vec![status]);
    let run = crate::gated_bridge::run(&signer.sign(&look));
    let outcome = page.call("run_program", run).await.unwrap();
    assert_eq!(outcome["steps"][0]["status"], "63C3");
    program.join().unwrap();
}

#[tokio::test]
async fn cancel_ends_the_wait_for_a_card_that_another_program_has_alone() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let mut connection = bridge.software.connect(READER).unwrap();
    connection.take_alone().unwrap();
    let login_id = page.send("authenticate", login()).await;
    page.call("cancel", json!({})).await.unwrap();
    assert_eq!(
        page.answer(login_id).await.unwrap_err().1["code"],
        "cancelled"
    );
    connection.disconnect(Disposition::Leave);
    assert_eq!(GatedBridge::tries(&mut page).await, 3, "no PIN was sent");
}
