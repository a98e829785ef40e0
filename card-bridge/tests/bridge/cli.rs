//! The command line: what it allows, and what it prints.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread::JoinHandle,
};

use card_operations::key::ProgramKey;
use card_protocol::{ChipId, grant::Purpose, piv, program::ProgramKind};
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use test_support::{
    bridge::{CardFixture, Page, ProgramSigner, ServerSigner, command_step},
    signals::{self, Signal},
};

use crate::gated_bridge::{ORIGIN, READER, run as run_call, signing_key};

fn bridge(settings: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_card-bridge"));
    command.arg("--allow-config").arg(settings).arg("--json");
    command.arg("--state").arg(settings.join("state"));
    command.env_remove("CARD_BRIDGE_TOKEN");
    command
}

fn run(settings: &Path, args: &[&str]) -> Output {
    bridge(settings).args(args).output().unwrap()
}

pub(crate) fn answer(settings: &Path, args: &[&str]) -> Value {
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

/// A server that answers these requests, one each, and its origin.
fn serve(answers: Vec<(&'static str, &'static str, String)>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        for (path, status, body) in answers {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            assert_eq!(line, format!("GET {path} HTTP/1.1\r\n"));
            while line != "\r\n" {
                line.clear();
                stream.read_line(&mut line).unwrap();
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (origin, served)
}

/// Both keys come from the server; one that has no key for 制卡 is allowed all
/// the same, and one that answers nonsense is not.
#[test]
fn both_keys_are_taken_over_from_the_server() {
    const PROGRAM: &str = "/.well-known/ic-card-program-key";
    const ENROL: &str = "/.well-known/ic-card-enrol-key";
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path();
    let key = ProgramKey::new(*signing_key().verifying_key()).to_string();
    let enrol_key = SigningKey::from_slice(&[0x44; 32]).unwrap();
    let enrol_key = ProgramKey::new(*enrol_key.verifying_key()).to_string();

    let (origin, served) = serve(vec![
        (PROGRAM, "200 OK", key.clone()),
        (ENROL, "200 OK", enrol_key.clone()),
    ]);
    let entry = json!({ "origin": origin, "program_key": key, "enrol_key": enrol_key });
    assert_eq!(answer(settings, &["allow", &origin]), entry);
    assert_eq!(answer(settings, &["allowed"]), json!([entry]));
    served.join().unwrap();

    let (older, served) = serve(vec![
        (PROGRAM, "200 OK", key.clone()),
        (ENROL, "404 Not Found", String::new()),
    ]);
    let entry = json!({ "origin": older, "program_key": key });
    assert_eq!(answer(settings, &["allow", &older]), entry);
    served.join().unwrap();

    for (status, body) in [("200 OK", "<html>"), ("500 Internal Server Error", "")] {
        let (broken, served) = serve(vec![
            (PROGRAM, "200 OK", key.clone()),
            (ENROL, status, body.to_owned()),
        ]);
        refusal(settings, &["allow", &broken]);
        served.join().unwrap();
    }
    let allowed = answer(settings, &["allowed"]);
    assert_eq!(allowed.as_array().unwrap().len(), 2);
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

/// A bridge with software cards, and where it listens.
pub(crate) fn start(settings: &Path) -> (Child, SocketAddr) {
    start_with(settings, &[])
}

/// The same, with more options; the other end of its standard input is the child's.
fn start_with(settings: &Path, more: &[&str]) -> (Child, SocketAddr) {
    let mut bridge = bridge(settings)
        .args(["run", "--port", "0", "--no-pcsc", "--virtual"])
        .arg(settings)
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(bridge.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let address = line["listening"].as_str().unwrap();
    let address = address.strip_prefix("ws://").unwrap().parse().unwrap();
    (bridge, address)
}

/// What ran is known to the next bridge, although this one could not say good-bye.
#[tokio::test]
async fn a_program_does_not_run_again_after_the_bridge_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path();
    let card = CardFixture::make(&settings.join("legal.card"), ChipId([0x44; 16]));
    let shelf = json!([{ "key": "legal", "label": "法人卡", "file": "legal.card" }]);
    std::fs::write(settings.join("cards.json"), shelf.to_string()).unwrap();
    let server = ProgramSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        operation: "0190a5c8-0000-7000-8000-000000000003".to_owned(),
        chip: Some(card.chip),
        // By its own clock, which begins where its grants say.
        expires_at: 300,
    };
    let key = server.public_key().to_string();
    answer(settings, &["allow", ORIGIN, "--key", &key]);
    let look = |sequence| {
        let steps = vec![command_step(&piv::verify_status(), &["63C3"])];
        run_call(&server.sign(&server.clear(ProgramKind::Look, sequence, steps)))
    };
    let insert = json!({ "reader": READER, "card": "legal" });
    let granting = ServerSigner {
        origin: ORIGIN.to_owned(),
        key: server.key.clone(),
        now: 0,
    };
    for sequence in [0, 1] {
        let (mut bridge, address) = start(settings);
        let mut page = Page::enter(address, &granting, Purpose::Login).await;
        page.call("virtual_insert", insert.clone()).await.unwrap();
        for earlier in 0..sequence {
            let refused = page.refused("run_program", look(earlier)).await;
            assert_eq!(refused["reason"], "expired");
        }
        page.call("run_program", look(sequence)).await.unwrap();
        // SIGKILL.
        bridge.kill().unwrap();
        assert_eq!(bridge.wait().unwrap().code(), None);
    }
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
    let (mut bridge, address) = start(folder.path());
    let port = address.port().to_string();
    drop(std::net::TcpStream::connect(address).unwrap());
    // A port that is taken is said, not passed over.
    assert!(refusal(folder.path(), &["run", "--port", &port]).contains("in use"));
    signals::send(bridge.id(), Signal::TERM);
    assert!(bridge.wait().unwrap().success());
}

/// Who started it is gone, and could not say so: on Windows there is no other way
/// to ask a program without a window.
#[test]
fn it_ends_with_whoever_started_it_if_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cards.json"), "[]").unwrap();
    let (mut bridge, address) = start_with(folder.path(), &["--until-input-ends"]);
    // What comes over it is no end.
    let mut input = bridge.stdin.take().unwrap();
    input.write_all(b"on with it\n").unwrap();
    drop(std::net::TcpStream::connect(address).unwrap());
    assert!(bridge.try_wait().unwrap().is_none());
    drop(input);
    assert!(bridge.wait().unwrap().success());

    let (mut bridge, address) = start(folder.path());
    drop(bridge.stdin.take());
    drop(std::net::TcpStream::connect(address).unwrap());
    assert!(bridge.try_wait().unwrap().is_none(), "nobody asked for it");
    bridge.kill().unwrap();
    bridge.wait().unwrap();
}
