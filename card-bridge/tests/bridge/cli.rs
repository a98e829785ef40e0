//! The command line: what it allows, and what it prints.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use card_bridge::key::ProgramKey;
use serde_json::{Value, json};

use crate::gated_bridge::signing_key;

fn bridge(settings: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_card-bridge"));
    command.arg("--allow-config").arg(settings).arg("--json");
    command.env_remove("CARD_BRIDGE_TOKEN");
    command
}

fn run(settings: &Path, args: &[&str]) -> Output {
    bridge(settings).args(args).output().unwrap()
}

fn answer(settings: &Path, args: &[&str]) -> Value {
    let output = run(settings, args);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(settings: &Path, args: &[&str]) -> String {
    let output = run(settings, args);
    assert!(!output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn origins_are_allowed_and_disallowed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path();
    let key = ProgramKey::new(*signing_key().verifying_key()).to_string();
    assert_eq!(answer(settings, &["allowed"]), json!([]));
    let allow = ["allow", "https://Cards.example:443/", "--key", &key];
    let entry = json!({ "origin": "https://cards.example", "program_key": key });
    assert_eq!(answer(settings, &allow), entry);
    assert_eq!(answer(settings, &["allowed"]), json!([entry]));
    answer(settings, &["disallow", "https://cards.example"]);
    assert_eq!(answer(settings, &["allowed"]), json!([]));
    for wrong in [
        "http://cards.example",
        "cards.example",
        "https://cards.example/x",
    ] {
        refusal(settings, &["allow", wrong, "--key", &key]);
    }
    refusal(
        settings,
        &["allow", "https://cards.example", "--key", "AAAA"],
    );
    refusal(settings, &["disallow", "https://cards.example"]);
}

#[test]
fn enroll_says_what_it_misses() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path();
    let key = ProgramKey::new(*signing_key().verifying_key()).to_string();
    let enroll = [
        "enroll",
        "--server",
        "http://127.0.0.1:1",
        "--enterprise",
        "91350200000000000X",
    ];
    let with = |more: &[&str]| refusal(settings, &[&enroll[..], more].concat());
    assert!(with(&["--legal-person"]).contains("card-bridge allow http://127.0.0.1:1"));
    let allow = ["allow", "http://127.0.0.1:1", "--key", &key];
    answer(settings, &allow);
    let no_key = with(&["--legal-person"]);
    assert!(
        no_key.contains("card-bridge allow http://127.0.0.1:1"),
        "{no_key}"
    );
    answer(settings, &[&allow[..], &["--enrol-key", &key]].concat());
    assert!(with(&["--legal-person"]).contains("CARD_BRIDGE_TOKEN"));
    with(&["--legal-person", "--operator", "1"]);
    with(&[]);
    with(&["--operator", "1", "--token", "secret"]);
}

#[test]
fn settings_with_unknown_keys_do_not_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), "colour = 1").unwrap();
    assert!(refusal(folder.path(), &["run"]).contains("colour"));
}

#[test]
fn the_first_free_port_is_taken_and_a_signal_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cards.json"), "[]").unwrap();
    let mut bridge = bridge(folder.path())
        .args(["run", "--port", "0", "--no-pcsc", "--virtual"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(bridge.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let address = line["listening"]
        .as_str()
        .unwrap()
        .strip_prefix("ws://")
        .unwrap();
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    drop(std::net::TcpStream::connect(address).unwrap());
    // A port that is taken is said, not passed over.
    assert!(refusal(folder.path(), &["run", "--port", port]).contains("in use"));
    let id = bridge.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());
    assert!(bridge.wait().unwrap().success());
}
