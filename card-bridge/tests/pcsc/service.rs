//! The smart-card service that is not there yet, dies, and comes back; readers
//! and cards that come and go.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use ::pcsc::{Context, ReaderState, Scope, State};
use serde_json::{Value, json};
use test_support::{
    bridge::readers::{has_card, slot},
    pcscd::READER_0 as READER,
};

use crate::fixture::{PIN, PcscBridge, card, challenge};

fn login() -> Value {
    json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN })
}

#[tokio::test]
async fn a_service_that_dies_is_missed_and_found_again() {
    let mut bridge = PcscBridge::start(false).await;
    let mut page = bridge.page(false).await;
    assert_eq!(
        page.refused("authenticate", login()).await["code"],
        "no_reader"
    );

    for _ in 0..2 {
        bridge.pcsc.start_service();
        page.readers(|readers| readers["service"] == true).await;
        let inserted = bridge.insert();
        page.readers(has_card).await;
        page.call("authenticate", login()).await.unwrap();

        bridge.pcsc.kill_service();
        let gone = page.readers(|readers| readers["service"] == false).await;
        assert_eq!(gone["readers"], json!([]));
        assert_eq!(
            page.refused("authenticate", login()).await["code"],
            "no_reader"
        );
        inserted.wait().unwrap();
    }
}

/// Started anew between two acts: the second one goes on within itself, whether a card was
/// held or not.
#[tokio::test]
async fn a_service_that_is_started_anew_is_not_missed() {
    let mut bridge = PcscBridge::start(true).await;
    let mut page = bridge.page(true).await;
    let mut inserted = bridge.insert();
    page.readers(has_card).await;
    page.call("authenticate", login()).await.unwrap();
    let identify = json!({ "reader": READER });
    for (method, params, lets_go) in [
        ("authenticate", login(), false),
        ("identify", identify.clone(), true),
        ("authenticate", login(), true),
    ] {
        if lets_go {
            page.call("release", json!({})).await.unwrap();
        }
        bridge.pcsc.kill_service();
        inserted.wait().unwrap();
        bridge.pcsc.start_service();
        inserted = bridge.insert();
        page.call(method, params).await.unwrap();
    }
}

#[tokio::test]
async fn each_insertion_is_told_at_once_and_counted() {
    let bridge = PcscBridge::start(true).await;
    let mut page = bridge.page(true).await;
    let (mut insertion, mut soonest) = (0, Duration::MAX);
    for _ in 0..3 {
        // Another program waits for the same event.
        let seen = tokio::task::spawn_blocking(|| {
            let context = Context::establish(Scope::User).unwrap();
            let mut states = [ReaderState::new(
                std::ffi::CString::new(READER).unwrap(),
                State::UNAWARE,
            )];
            loop {
                context
                    .get_status_change(Duration::from_secs(30), &mut states)
                    .unwrap();
                if states[0].event_state().contains(State::PRESENT) {
                    return Instant::now();
                }
                states[0].sync_current_state();
            }
        });
        let inserted = bridge.insert();
        let readers = page.readers(has_card).await;
        let told = Instant::now();
        soonest = soonest.min(told.saturating_duration_since(seen.await.unwrap()));
        assert!(slot(&readers)["insertion"].as_u64().unwrap() > insertion);
        assert_eq!(slot(&readers)["atr"].as_str().unwrap().len(), 28);
        insertion = slot(&readers)["insertion"].as_u64().unwrap();
        inserted.pull().unwrap();
        page.readers(|readers| !has_card(readers)).await;
    }
    println!("{soonest:?} after the other program");
    assert!(soonest <= Duration::from_millis(50), "{soonest:?}");
}

#[tokio::test]
async fn the_command_line_lists_the_readers() {
    let bridge = PcscBridge::start(true).await;
    let mut page = bridge.page(true).await;
    let _inserted = bridge.insert();
    page.readers(has_card).await;
    let output = tokio::task::spawn_blocking(|| {
        Command::new(env!("CARGO_BIN_EXE_card-bridge"))
            .args(["readers", "--json"])
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let readers: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(has_card(&readers), "{readers}");
}
