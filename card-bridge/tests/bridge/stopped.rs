//! The bridge's process stands still for a while (SIGSTOP), before a program and amid
//! one: the program runs once, its answer comes, and whoever asks it to end meanwhile is
//! heard as soon as it goes on. `IC_CARD_FAULTS=long` has it stand still for longer.

use std::{
    process::Child,
    time::{Duration, Instant},
};

use card_protocol::{
    ChipId,
    grant::Purpose,
    piv::{self, DataObject},
    program::ProgramKind,
};
use serde_json::json;
use test_support::{
    bridge::{CardFixture, Page, ProgramSigner, command_step, proof_step},
    length::long_or,
    signals::{self, Signal},
};

use crate::{
    cli::{answer, start},
    gated_bridge::{ORIGIN, READER, run as run_call, server as granting_server, signing_key},
};

/// So many microseconds after the program was sent the bridge stands still: before it
/// was read, and while the card works.
const MOMENTS: [u64; 6] = [0, 200, 600, 1_500, 4_000, 10_000];

fn stand_still() -> Duration {
    long_or(Duration::from_millis(700), Duration::from_secs(20))
}

/// The bridge, which is ended whatever becomes of the test.
struct BridgeProcess(Child);

impl BridgeProcess {
    fn signal(&self, signal: Signal) {
        signals::send(self.0.id(), signal);
    }
}

impl Drop for BridgeProcess {
    fn drop(&mut self) {
        // SIGKILL also ends what stands still; it may have ended before.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_outlives_a_bridge_that_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path();
    let card = CardFixture::make(&settings.join("legal.card"), ChipId([0x44; 16]));
    let shelf = json!([{ "key": "legal", "label": "法人卡", "file": "legal.card" }]);
    std::fs::write(settings.join("cards.json"), shelf.to_string()).unwrap();
    let mut server = ProgramSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        operation: String::new(),
        chip: Some(card.chip),
        // By its own clock, which begins where its grants say.
        expires_at: granting_server().now + 300,
    };
    let key = server.public_key().to_string();
    answer(settings, &["allow", ORIGIN, "--key", &key]);
    let (bridge, address) = start(settings);
    let mut bridge = BridgeProcess(bridge);
    let mut page = Page::enter(address, &granting_server(), Purpose::Login).await;
    let insert = json!({ "reader": READER, "card": "legal" });
    page.call("virtual_insert", insert).await.unwrap();
    let certificate = piv::get_data(DataObject::AuthenticationCertificate);
    let mut amid = 0;
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        server.operation = format!("0190a5c8-0000-7000-8000-{number:012}");
        let steps = vec![
            proof_step(&[4; 32]),
            command_step(&piv::verify_status(), &["63C3"]),
            command_step(&certificate, &["9000"]),
        ];
        let look = run_call(&server.sign(&server.clear(ProgramKind::Look, 0, steps)));
        let sent = Instant::now();
        if moment == 0 {
            bridge.signal(Signal::STOP);
        }
        let call = page.send("run_program", look.clone()).await;
        while sent.elapsed() < Duration::from_micros(moment) {
            std::hint::spin_loop();
        }
        bridge.signal(Signal::STOP);
        let stopped = Instant::now();
        let waiting = tokio::spawn(async move {
            let outcome = page.answer(call).await.unwrap();
            (page, outcome, Instant::now())
        });
        tokio::time::sleep(stand_still()).await;
        bridge.signal(Signal::CONT);
        let outcome;
        let answered;
        (page, outcome, answered) = waiting.await.unwrap();
        amid += u32::from(answered - stopped >= stand_still());
        let steps = outcome["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 3, "{outcome}");
        // It ran once, and does not run again.
        let refused = page.refused("run_program", look).await;
        assert_eq!(refused["reason"], "expired", "{moment}");
    }
    println!(
        "{amid} of {} times it stood still before its answer",
        MOMENTS.len()
    );
    assert!(amid > 1, "it never stood still amid a program");
    bridge.signal(Signal::STOP);
    bridge.signal(Signal::TERM);
    tokio::time::sleep(stand_still()).await;
    assert!(
        bridge.0.try_wait().unwrap().is_none(),
        "it did not stand still"
    );
    bridge.signal(Signal::CONT);
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = bridge.0.try_wait().unwrap() {
            break status;
        }
        assert!(asked.elapsed() < Duration::from_secs(10), "it goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(status.success(), "{status}");
}
