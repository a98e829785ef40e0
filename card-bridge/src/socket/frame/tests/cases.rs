//! The cases of RFC 6455 as the field's own test suite has them (Autobahn's
//! fuzzingclient; its numbers in the names), for who reads as a server. Each is read in
//! one piece, byte by byte, and cut off anywhere.
//!
//! Left out: 1.x's echoes of binary messages (there is nothing here that is not text),
//! 9.x (speed), 12.x and 13.x (compression, which is never agreed on).

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWriteExt as _, ReadBuf},
    sync::mpsc,
    time::timeout,
};

use super::{
    read,
    tables::{NOT_UTF8, PING, TEXT, TEXT_BEGUN, WRONG, all},
};
use crate::socket::{Incoming, frame::read_all};

/// Cases of more bytes are not read a byte at a time, nor cut so often.
const LONG: usize = 10_000;

/// Gives so many bytes at a time.
struct Chopped<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl AsyncRead for Chopped<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let size = self.size.min(room.remaining()).min(self.bytes.len());
        let (part, rest) = self.bytes.split_at(size);
        room.put_slice(part);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

async fn read_from(reader: impl AsyncRead + Unpin) -> Vec<Incoming> {
    let (sender, mut receiver) = mpsc::channel(16);
    let mut all = Vec::new();
    let drain = async {
        while let Some(incoming) = receiver.recv().await {
            all.push(incoming);
        }
    };
    tokio::join!(read_all(reader, sender), drain);
    all
}

#[tokio::test]
async fn every_case_has_its_outcome() {
    for (name, frames, expected) in all() {
        assert_eq!(read_from(&*frames.concat()).await, expected, "{name}");
    }
}

#[tokio::test]
async fn in_whatever_parts_it_comes() {
    for (name, frames, expected) in all() {
        let bytes = frames.concat();
        let size = if bytes.len() > LONG { 997 } else { 1 };
        let bytes = &bytes;
        let found = read_from(Chopped { bytes, size }).await;
        assert_eq!(found, expected, "{name}, in parts of {size}");
    }
}

/// What is cut off said no more than what was there.
#[tokio::test]
async fn a_connection_that_is_lost_says_the_beginning() {
    for (name, frames, expected) in all() {
        let bytes = frames.concat();
        let steps = if bytes.len() > LONG { 5 } else { 40 };
        let step = (bytes.len() / steps).max(1);
        for end in (0..bytes.len()).step_by(step) {
            let found = read(&bytes[..end]).await;
            assert!(
                expected.starts_with(&found),
                "{name}, after {end}: {found:?}"
            );
        }
    }
}

/// 6.4: it is said at the first wrong byte, not when the message ends, and so is what is
/// wrong with a header.
#[tokio::test]
async fn what_is_wrong_is_said_at_once() {
    let begun = |payload: &[u8], of: u8| {
        let mut bytes = vec![TEXT_BEGUN, 0x80 | of, 0, 0, 0, 0];
        bytes.extend_from_slice(payload);
        bytes
    };
    for (bytes, expected) in [
        (begun(b"\xCE\xBA\xF4\x90", 50), NOT_UTF8),
        (begun(b"\xED\xA0", 50), NOT_UTF8),
        (begun(b"\xFF", 50), NOT_UTF8),
        (vec![0x83, 0x80], WRONG),
        (vec![0x8B, 0x80], WRONG),
        (vec![0xC1, 0x80], WRONG),
        (vec![TEXT, 0x05], WRONG),
        (vec![PING, 0xFE], WRONG),
        (vec![0x09, 0x80], WRONG),
        (vec![TEXT, 0xFE, 0, 125], WRONG),
        (vec![TEXT, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], WRONG),
    ] {
        let (mut client, server) = tokio::io::duplex(1024);
        let (sender, mut receiver) = mpsc::channel(16);
        let reading = tokio::spawn(read_all(server, sender));
        client.write_all(&bytes).await.unwrap();
        // The client is still there, and sends no more.
        let said = timeout(Duration::from_secs(30), receiver.recv()).await;
        assert_eq!(said.unwrap(), Some(expected), "{bytes:02x?}");
        reading.await.unwrap();
        drop(client);
    }
}
