//! Untrusted bytes for the frames of a WebSocket. The judge is tungstenite's reader,
//! which the bridge does not use because its buffers can't be wiped: what ours takes
//! for a message is what that takes for one, in the same order.

use std::{
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll},
};

use card_bridge::socket::{Incoming, read_all};
use card_protocol::bridge::MAX_MESSAGE;
use test_support::fuzz;
use tokio::{
    io::{AsyncRead, ReadBuf},
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    error::ProtocolError,
    protocol::{Role, WebSocket, WebSocketConfig},
};

/// What both say of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Text(String),
    /// Binary, or longer than ours keeps.
    Unreadable,
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// How a reader came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// By a close frame, or where the bytes end.
    Orderly,
    /// Something was wrong.
    Refused,
}

/// Gives so many bytes at a time.
struct Parts<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl AsyncRead for Parts<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = self.size.min(room.remaining()).min(self.bytes.len());
        let (part, rest) = self.bytes.split_at(size);
        room.put_slice(part);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

fn ours(bytes: &[u8], size: usize) -> (Vec<Said>, End) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (sender, mut receiver) = mpsc::channel(8);
    let mut said = Vec::new();
    let mut end = End::Orderly;
    runtime.block_on(async {
        let drain = async {
            while let Some(incoming) = receiver.recv().await {
                match incoming {
                    Incoming::Text(text) => said.push(Said::Text(text.to_string())),
                    Incoming::Unreadable => said.push(Said::Unreadable),
                    Incoming::Ping(payload) => said.push(Said::Ping(payload)),
                    Incoming::Pong => said.push(Said::Pong),
                    Incoming::Close => said.push(Said::Close),
                    Incoming::Violation(_) => end = End::Refused,
                }
            }
        };
        tokio::join!(read_all(Parts { bytes, size }, sender), drain);
    });
    (said, end)
}

/// Reads from the bytes; what is written goes nowhere.
struct Wire<'a>(&'a [u8]);

impl Read for Wire<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn theirs(bytes: &[u8]) -> (Vec<Said>, End) {
    // Where ours ends it, too.
    let longest = Some(1024 * 1024);
    let config = WebSocketConfig::default()
        .max_message_size(longest)
        .max_frame_size(longest);
    let mut socket = WebSocket::from_raw_socket(Wire(bytes), Role::Server, Some(config));
    let mut said = Vec::new();
    loop {
        said.push(match socket.read() {
            Ok(Message::Text(text)) if text.len() <= MAX_MESSAGE => Said::Text(text.to_string()),
            Ok(Message::Text(_) | Message::Binary(_)) => Said::Unreadable,
            Ok(Message::Ping(payload)) => Said::Ping(payload.to_vec()),
            Ok(Message::Pong(_)) => Said::Pong,
            Ok(Message::Close(_)) => {
                said.push(Said::Close);
                return (said, End::Orderly);
            }
            Ok(Message::Frame(_)) => continue,
            // The bytes end.
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                return (said, End::Orderly);
            }
            Err(Error::Protocol(_) | Error::Utf8(_) | Error::Capacity(_)) => {
                return (said, End::Refused);
            }
            Err(_lost) => return (said, End::Orderly),
        });
    }
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let length = match payload.len() {
        short @ 0..=125 => vec![0x80 | u8::try_from(short).unwrap()],
        long => [&[0xFE], &u16::try_from(long).unwrap().to_be_bytes()[..]].concat(),
    };
    let body = payload.iter().zip(mask.iter().cycle());
    let body: Vec<u8> = body.map(|(byte, mask)| byte ^ mask).collect();
    [&[first], length.as_slice(), &mask, &body].concat()
}

fn seeds() -> Vec<Vec<u8>> {
    let hello = br#"{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":4}}"#;
    vec![
        frame(0x81, hello),
        [frame(0x01, "你".as_bytes()), frame(0x80, "好".as_bytes())].concat(),
        [
            frame(0x01, b"a"),
            frame(0x89, b"still there?"),
            frame(0x00, b""),
            frame(0x8A, b""),
            frame(0x80, b"b"),
        ]
        .concat(),
        [frame(0x81, &[b'a'; 300]), frame(0x82, &[0xFF; 130])].concat(),
        [frame(0x81, b"a"), frame(0x88, b"\x03\xE8bye")].concat(),
        frame(0x88, b""),
        frame(0x81, &[0xF0, 0x9F, 0x98, 0x80, 0xED, 0x9F, 0xBF]),
    ]
}

#[test]
fn frames() {
    fuzz::run(&seeds(), |bytes| {
        let (said, end) = ours(bytes, usize::MAX);
        for size in [1, 7] {
            if ours(bytes, size) != (said.clone(), end) {
                return Err("it depends on the parts in which it comes");
            }
        }
        let (judged, judged_end) = theirs(bytes);
        if !judged.starts_with(&said) {
            return Err("it took for a message what is none");
        }
        match (end, judged_end) {
            // Ours is stricter: lengths in more bytes than they need, close codes.
            (End::Refused, _) => Ok(()),
            (End::Orderly, End::Refused) => Err("it took what is to be refused"),
            (End::Orderly, End::Orderly) if said == judged => Ok(()),
            (End::Orderly, End::Orderly) => Err("it left a message out"),
        }
    });
}
