//! A smart-card service that is not there, and one that refuses this user by the
//! system's policy (bug 21): both are said, and neither is an exit code of 0.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::{Command, Output},
};

/// `SCARD_W_SECURITY_VIOLATION`, as pcscd answers whom polkit does not let in.
const SECURITY_VIOLATION: u32 = 0x8010_006A;

/// pcscd's command to begin (`CMD_VERSION`, `winscard_msg.h`).
const VERSION: u32 = 0x11;

fn readers(socket: &Path) -> Output {
    let settings = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_card-bridge"))
        .arg("--allow-config")
        .arg(settings.path())
        .arg("readers")
        .env("PCSCLITE_CSOCK_NAME", socket)
        .output()
        .unwrap()
}

/// Answers as pcscd does: a header of size and command, then a body of numbers whose
/// last one is the result.
fn refuse(mut client: UnixStream) {
    let mut header = [0; 8];
    while client.read_exact(&mut header).is_ok() {
        let number = |at: usize| u32::from_ne_bytes(header[at..at + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(number(0)).unwrap()];
        client.read_exact(&mut body).unwrap();
        let result = if number(4) == VERSION {
            0
        } else {
            SECURITY_VIOLATION
        };
        let end = body.len() - 4;
        body[end..].copy_from_slice(&result.to_ne_bytes());
        client.write_all(&body).unwrap();
    }
}

#[test]
fn a_service_that_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = readers(&folder.path().join("no.socket"));
    assert!(!output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("can't be reached"), "{said}");
}

#[test]
fn a_refusal_by_the_system_s_policy_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pcscd.socket");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            std::thread::spawn(move || refuse(client));
        }
    });
    let output = readers(&path);
    assert!(!output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("policy"), "{said}");
}
