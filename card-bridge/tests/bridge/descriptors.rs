//! A bridge that has no descriptor left waits instead of spinning, and serves
//! again as soon as it has some.

use std::{
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use card_bridge::config::{Allowed, Config};
use card_operations::key::ProgramKey;
use serde_json::Value;
use test_support::bridge::Page;

use crate::{
    gated_bridge::{ORIGIN, signing_key},
    peers::Ended,
};

/// The processor time that a process used so far, in ticks of 10 ms.
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in brackets is the second field and may hold spaces.
    let (_name, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<u64>().unwrap();
    ticks(14) + ticks(15)
}

#[tokio::test]
async fn without_descriptors_it_waits_and_then_goes_on() {
    let settings = tempfile::tempdir().unwrap();
    std::fs::write(settings.path().join("cards.json"), "[]").unwrap();
    let mut config = Config::default();
    config.allow(Allowed {
        origin: ORIGIN.parse().unwrap(),
        program_key: ProgramKey::new(*signing_key().verifying_key()),
        enrol_key: None,
    });
    config.save(settings.path()).unwrap();
    let mut bridge = Command::new("/bin/bash");
    bridge
        .args(["-c", r#"ulimit -n 32 && exec "$@""#, "bash"])
        .arg(env!("CARGO_BIN_EXE_card-bridge"))
        .args(["--json", "run", "--port", "0", "--no-pcsc", "--virtual"])
        .arg(settings.path())
        .arg("--allow-config")
        .arg(settings.path())
        .arg("--state")
        .arg(settings.path().join("state"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut bridge = Ended(bridge.spawn().unwrap());
    let mut line = String::new();
    let mut said = BufReader::new(bridge.0.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let address = line["listening"].as_str().unwrap();
    let address: SocketAddr = address.strip_prefix("ws://").unwrap().parse().unwrap();

    let held: Vec<_> = (0..64)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = ticks(bridge.0.id());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = ticks(bridge.0.id()) - before;
    assert!(used < 50, "{used} of 200 ticks: it spins");

    drop(held);
    let is_served = async {
        loop {
            let host = address.to_string();
            if let Ok(mut page) = Page::open(address, Some(ORIGIN), &host).await {
                let hello = serde_json::json!({ "protocol": 3 });
                page.send("hello", hello).await;
                if page.is_answered().await {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), is_served)
        .await
        .unwrap();
}
