//! The bridge's process is asked to end (SIGTERM) while a card owes it an answer: it ends,
//! and the card in the other reader is verified no more.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use card_protocol::ChipId;
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};
use serde_json::{Value, json};
use test_support::{
    bridge::{CERTIFICATE, CardFixture, Page, readers::has_card, session_of},
    pcscd::{PcscFixture, READER_0, READER_1, wait_until},
    signals::{self, Signal},
};
use virtual_card::{VirtualCard, vpcd};

use crate::{
    fixture::{ORIGIN, PIN, card, challenge, server},
    odd_card::{Answer, OddCard},
};

/// The bridge, which is ended whatever becomes of the test.
struct BridgeProcess(Child);

impl Drop for BridgeProcess {
    fn drop(&mut self) {
        // It may have ended.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn bridge(settings: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_card-bridge"));
    command.arg("--allow-config").arg(settings).arg("--json");
    command.arg("--state").arg(settings.join("state"));
    command
}

/// What the card in the first reader answers another program that asks for the PIN's
/// status.
fn pin_status() -> Option<Vec<u8>> {
    let context = Context::establish(Scope::User).ok()?;
    let name = std::ffi::CString::new(READER_0).unwrap();
    let mut card = context
        .connect(&name, ShareMode::Shared, Protocols::ANY)
        .ok()?;
    let status = card.transaction().ok().and_then(|transaction| {
        let mut buffer = [0; 258];
        let select = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08];
        transaction.transmit(&select, &mut buffer).ok()?;
        let status = transaction.transmit(&[0x00, 0x20, 0x00, 0x80], &mut buffer);
        Some(status.ok()?.to_vec())
    });
    // Only that it is let go of counts.
    let _parted = card.disconnect(Disposition::LeaveCard);
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_card_keeps_neither_the_bridge_nor_another_card() {
    let pcsc = tokio::task::spawn_blocking(PcscFixture::without_service);
    let mut pcsc = pcsc.await.unwrap();
    pcsc.start_service();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    CardFixture::make(&file, ChipId([0x33; 16]));
    let key = server().public_key().to_string();
    let allowed = bridge(folder.path())
        .args(["allow", ORIGIN, "--key", &key])
        .output()
        .unwrap();
    assert!(allowed.status.success(), "{allowed:?}");
    let process = bridge(folder.path())
        .args(["run", "--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut process = BridgeProcess(process.unwrap());
    let mut line = String::new();
    let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let address = line["listening"].as_str().unwrap();
    let address = address.strip_prefix("ws://").unwrap().parse().unwrap();

    let mut page = Page::enter(address, &server(), session_of(CERTIFICATE)).await;
    page.watch(|readers| readers["service"] == true).await;
    let inserted = vpcd::insert(
        VirtualCard::open(&file).unwrap(),
        ("127.0.0.1", pcsc.port(0)),
    );
    let _inserted = inserted.unwrap();
    page.readers(has_card).await;
    let login = json!({ "reader": READER_0, "card": card(), "challenge": challenge(), "pin": PIN });
    page.call("authenticate", login).await.unwrap();
    assert_eq!(pin_status(), None, "it is the bridge's alone");

    let (asked, is_asked) = std::sync::mpsc::channel();
    let _silent = OddCard::insert(pcsc.port(1), &virtual_card::ATR, move |_| {
        // The test may be over.
        let _heard = asked.send(());
        Answer::Silence
    });
    let is_second = |readers: &Value| readers["readers"][1]["slot"]["name"] == "card";
    page.readers(is_second).await;
    page.send("identify", json!({ "reader": READER_1 })).await;
    tokio::task::spawn_blocking(move || is_asked.recv().unwrap())
        .await
        .unwrap();

    let told = Instant::now();
    signals::send(process.0.id(), Signal::TERM);
    let ended = tokio::task::spawn_blocking(move || {
        let ended = wait_until(|| process.0.try_wait().unwrap().is_some());
        (ended, process)
    });
    assert!(ended.await.unwrap().0, "it goes on");
    assert!(told.elapsed() < Duration::from_secs(8));
    let is_reset = tokio::task::spawn_blocking(|| {
        wait_until(|| pin_status().is_some_and(|status| status == [0x63, 0xC3]))
    });
    assert!(is_reset.await.unwrap());
}
