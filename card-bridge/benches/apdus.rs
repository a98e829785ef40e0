//! What a command to the card costs by way of the bridge: a page's program from its
//! message to the answer, beside the same commands sent to the same card by a program
//! that talks to PC/SC itself. The stack is the real one (pcscd, vpcd, a software card),
//! both in one run, in turns.
//!
//! `cargo bench -p card-bridge --bench apdus`, or `cargo xtask bench`, as root, with the
//! packages that `cargo xtask test it` installs.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first thing that goes wrong"
)]

use std::{
    ffi::CString,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use card_bridge::{clock, reader::pcsc::PcscReaders};
use card_operations::key::ProgramKey;
use card_protocol::{ChipId, piv, piv::DataObject, program::ProgramKind};
use p256::ecdsa::SigningKey;
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};
use serde_json::json;
use test_support::{
    bridge::{
        BridgeFixture, CERTIFICATE, CardFixture, ProgramSigner, ServerSigner, command_step,
        readers::has_card, session_of,
    },
    pcscd::{PcscFixture, READER_0 as READER},
};
use virtual_card::{VirtualCard, vpcd};

const ORIGIN: &str = "http://127.0.0.1:8080";

/// Turns of both, after one that is not counted.
const ROUNDS: u32 = 300;

/// The overhead that is aimed at for each command, at the 99th of a hundred programs.
const GOAL: Duration = Duration::from_micros(150);

#[tokio::main]
async fn main() {
    let pcsc = tokio::task::spawn_blocking(PcscFixture::with_service);
    let pcsc = pcsc.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    let card = CardFixture::make(&file, ChipId([0x33; 16]));
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let bridge = BridgeFixture::builder()
        .allow(ORIGIN, ProgramKey::new(*key.verifying_key()))
        .start(PcscReaders::start(false, Vec::new()).unwrap())
        .await;
    let server = ServerSigner {
        origin: ORIGIN.to_owned(),
        key: key.clone(),
        now: clock::system()().as_second(),
    };
    let mut page = bridge.page(&server, session_of(CERTIFICATE)).await;
    let sent = Arc::new(Mutex::new(Vec::new()));
    let watch = {
        let sent = Arc::clone(&sent);
        move |command: &[u8], _answer: &[u8], _took| sent.lock().unwrap().push(command.to_vec())
    };
    let virtual_card = VirtualCard::open(file).unwrap();
    let reader = ("127.0.0.1", pcsc.port(0));
    let inserted = vpcd::insert_watched(virtual_card, reader, watch).unwrap();
    page.watch(has_card).await;

    let (mut whole, mut direct, mut overhead) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let signer = ProgramSigner {
            origin: ORIGIN.to_owned(),
            key: key.clone(),
            operation: format!("0190a5c8-0000-7000-8000-{round:012}"),
            chip: Some(card.chip),
            expires_at: clock::system()().as_second() + 60,
        };
        let certificate = piv::get_data(DataObject::AuthenticationCertificate);
        let steps = vec![
            command_step(&piv::verify_status(), &["63C3"]),
            command_step(&certificate, &["9000"]),
        ];
        let program = signer.sign(&signer.clear(ProgramKind::Look, 0, steps));
        sent.lock().unwrap().clear();
        let begun = Instant::now();
        let call = json!({ "reader": READER, "program": program });
        page.call("run_program", call).await.unwrap();
        let by_bridge = begun.elapsed();
        let commands = std::mem::take(&mut *sent.lock().unwrap());
        let count = u32::try_from(commands.len()).unwrap();
        let alone = tokio::task::spawn_blocking(move || directly(&commands));
        let alone = alone.await.unwrap();
        if round > 0 {
            whole.push(by_bridge / count);
            direct.push(alone / count);
            overhead.push(by_bridge.saturating_sub(alone) / count);
        }
        if round == ROUNDS {
            println!("\nA program of {count} commands, for each command");
        }
    }
    inserted.pull().unwrap();
    let floor = line("directly over PC/SC (floor)", direct);
    let p99 = line("by the bridge", whole);
    // Of two times one after the other: what slows either of them counts here.
    line("what the bridge adds, each turn", overhead);
    let added = p99.saturating_sub(floor);
    let met = if added <= GOAL { "met" } else { "MISSED" };
    println!("p99 by the bridge is {added:.1?} above the floor's (at most {GOAL:?})  {met}");
}

/// Sends the commands within one transaction, as the bridge does.
fn directly(commands: &[Vec<u8>]) -> Duration {
    let context = Context::establish(Scope::User).unwrap();
    let name = CString::new(READER).unwrap();
    let mut card = context
        .connect(&name, ShareMode::Shared, Protocols::ANY)
        .unwrap();
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    let begun = Instant::now();
    let transaction = card.transaction().unwrap();
    for command in commands {
        transaction.transmit(command, &mut buffer).unwrap();
    }
    assert!(transaction.end(Disposition::LeaveCard).is_ok());
    let took = begun.elapsed();
    assert!(card.disconnect(Disposition::LeaveCard).is_ok());
    took
}

/// Prints a line; gives what 99 of a hundred stay below.
fn line(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    println!("{what:<32} p50 {:>9.1?}  p99 {:>9.1?}", at(50), at(99));
    at(99)
}
