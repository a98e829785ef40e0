//! Whose connections are served: this user's, and nobody else's, the superuser's
//! included. The other user is a real one, which only root can be: without it
//! these tests say so and look at nothing.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    process::{Child, Command, Stdio},
};

use card_bridge::listener::Listener;

use crate::gated_bridge::{GatedBridge, ORIGIN};

/// `nobody` of Debian and most others.
const OTHER_USER: u32 = 65_534;

/// Whether this process may be another user for a moment.
fn is_root() -> bool {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        eprintln!("left out: only root can connect as another user");
    }
    is_root
}

/// A shell with the address in `$HOST` and `$PORT`, as another user if one is
/// named. Bash opens sockets itself.
fn shell(address: SocketAddr, user: Option<u32>, script: &str) -> Command {
    let mut shell = Command::new("/bin/bash");
    shell
        .args(["-c", script])
        .env("HOST", address.ip().to_string())
        .env("PORT", address.port().to_string())
        .current_dir("/");
    if let Some(user) = user {
        shell.uid(user).gid(user);
    }
    shell
}

/// Whether a whole handshake is answered by a byte. Another user's is waited for
/// as long as an answer to this one's never takes on a machine with time to spare.
async fn is_answered(address: SocketAddr, user: Option<u32>) -> bool {
    let seconds = if user.is_some() { 3 } else { 30 };
    let script = format!(
        r#"exec 3<>"/dev/tcp/$HOST/$PORT" || exit 1
        printf 'GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: {ORIGIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n' >&3
        timeout {seconds} head -c 1 <&3 | wc -c"#
    );
    let mut shell = shell(address, user, &script);
    let output = tokio::task::spawn_blocking(move || shell.output().unwrap());
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let count = String::from_utf8(output.stdout).unwrap();
    count.trim() == "1"
}

#[tokio::test]
async fn another_user_gets_no_byte() {
    if !is_root() {
        return;
    }
    let bridge = GatedBridge::start().await;
    let v4 = bridge.address();
    let v6: SocketAddr = ([0, 0, 0, 0, 0, 0, 0, 1], v4.port()).into();
    for address in [v4, v6] {
        if std::net::TcpStream::connect(address).is_err() {
            eprintln!("left out: {address}, this machine has no IPv6");
            continue;
        }
        assert!(is_answered(address, None).await, "{address}");
        assert!(!is_answered(address, Some(OTHER_USER)).await, "{address}");
        assert!(is_answered(address, None).await, "{address}");
    }
}

/// A process that is ended with this.
pub(crate) struct Ended(pub(crate) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

#[tokio::test]
async fn another_user_takes_nobody_s_place() {
    if !is_root() {
        return;
    }
    let bridge = GatedBridge::start().await;
    // More than this user's own may have.
    let script = r#"for i in $(seq 150); do exec {fd}<>"/dev/tcp/$HOST/$PORT"; done
        echo open; sleep 60"#;
    let mut shell = shell(bridge.address(), Some(OTHER_USER), script);
    let mut others = Ended(shell.stdout(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(others.0.stdout.take().unwrap());
    let said = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        line
    });
    assert_eq!(said.await.unwrap(), "open\n");
    let page = tokio::time::timeout(std::time::Duration::from_secs(30), bridge.page());
    drop(page.await.unwrap());
}

/// A program that listens at a free port, as this user or another, and its port.
fn listening(user: Option<u32>) -> (Ended, u16) {
    let script = r#"use IO::Socket::INET; $| = 1;
        $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die;
        print $s->sockport, "\n"; sleep 60"#;
    let mut perl = Command::new("/usr/bin/perl");
    perl.args(["-e", script]).current_dir("/");
    if let Some(user) = user {
        perl.uid(user).gid(user);
    }
    let mut program = Ended(perl.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    let mut said = BufReader::new(program.0.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    (program, line.trim().parse().unwrap())
}

/// The bridge says which ports before its own another user's program holds, and says
/// nothing of this user's.
#[tokio::test]
async fn who_listens_before_it_is_told() {
    if !is_root() {
        return;
    }
    let (_other, held) = listening(Some(OTHER_USER));
    let (_own, own) = listening(None);
    let listener = Listener::bind_first(&[held, own, 0]).await.unwrap();
    assert_eq!(listener.held(), [held]);
    let listener = Listener::bind_first(&[own, 0]).await.unwrap();
    assert!(listener.held().is_empty());
    assert!(Listener::bind_first(&[held]).await.is_err());
}
