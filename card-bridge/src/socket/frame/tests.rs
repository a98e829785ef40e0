//! Frames as a browser sends them, and as none would.

mod cases;
mod tables;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{super::Incoming, encode, read_all};

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = encode(first & 0x0F, payload);
    frame[0] = first;
    frame[1] |= 0x80;
    let header = frame.len() - payload.len();
    let mask = [1, 2, 3, 4];
    let body: Vec<u8> = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect();
    [&frame[..header], &mask, &body].concat()
}

async fn read(bytes: &[u8]) -> Vec<Incoming> {
    let (sender, mut receiver) = mpsc::channel(64);
    read_all(bytes, sender).await;
    let mut all = Vec::new();
    while let Some(incoming) = receiver.recv().await {
        all.push(incoming);
    }
    all
}

fn text(text: &str) -> Incoming {
    Incoming::Text(Zeroizing::new(text.to_owned()))
}

#[tokio::test]
async fn messages_are_put_together() {
    let stream = [
        masked(0x81, "你好".as_bytes()),
        masked(0x01, "你".as_bytes()),
        masked(0x89, b"still there?"),
        masked(0x00, "".as_bytes()),
        masked(0x80, "好".as_bytes()),
        masked(0x8A, b""),
        masked(0x88, b""),
    ]
    .concat();
    let expected = [
        text("你好"),
        Incoming::Ping(b"still there?".to_vec()),
        text("你好"),
        Incoming::Pong,
        Incoming::Close,
    ];
    assert_eq!(read(&stream).await, expected);
    for end in 0..stream.len() {
        assert!(read(&stream[..end]).await.len() <= expected.len());
    }
}

#[tokio::test]
async fn long_messages_are_passed_over_and_endless_ones_end_it() {
    let limit = card_protocol::bridge::MAX_MESSAGE;
    let longest = "a".repeat(limit);
    let too_long = [longest.as_bytes(), b"a"].concat();
    let stream = [
        masked(0x81, longest.as_bytes()),
        masked(0x81, &too_long),
        masked(0x01, longest.as_bytes()),
        masked(0x80, b"a"),
        masked(0x81, b"next"),
    ]
    .concat();
    assert_eq!(
        read(&stream).await,
        [
            text(&longest),
            Incoming::Unreadable,
            Incoming::Unreadable,
            text("next"),
        ]
    );
    let endless: Vec<u8> = std::iter::once(masked(0x01, longest.as_bytes()))
        .chain((0..16).map(|_| masked(0x00, longest.as_bytes())))
        .flatten()
        .collect();
    assert_eq!(read(&endless).await, [Incoming::Violation(1009)]);
}

#[tokio::test]
async fn violations_are_named() {
    for (stream, expected) in [
        (encode(0x1, b"unmasked"), Incoming::Violation(1002)),
        (masked(0xC1, b"compressed"), Incoming::Violation(1002)),
        (
            masked(0x80, b"goes on from nothing"),
            Incoming::Violation(1002),
        ),
        (masked(0x83, b"reserved"), Incoming::Violation(1002)),
        (masked(0x8B, b"reserved"), Incoming::Violation(1002)),
        (masked(0x09, b"divided ping"), Incoming::Violation(1002)),
        (masked(0x89, &[0; 126]), Incoming::Violation(1002)),
        (masked(0x81, &[0xFF]), Incoming::Violation(1007)),
        (masked(0x82, b"binary"), Incoming::Unreadable),
    ] {
        assert_eq!(read(&stream).await, [expected]);
    }
    let two = [masked(0x01, b"a"), masked(0x81, b"b")].concat();
    assert_eq!(read(&two).await, [Incoming::Violation(1002)]);
}

/// §7.4: which codes an endpoint may send, and what may follow them.
#[tokio::test]
async fn what_a_close_frame_says_is_checked() {
    let close = |code: u16, reason: &[u8]| {
        let payload = [&code.to_be_bytes(), reason].concat();
        masked(0x88, &payload)
    };
    for code in [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4401, 4999] {
        let stream = close(code, "再见".as_bytes());
        assert_eq!(read(&stream).await, [Incoming::Close], "{code}");
    }
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
    ] {
        let stream = close(code, b"");
        assert_eq!(read(&stream).await, [Incoming::Violation(1002)], "{code}");
    }
    assert_eq!(
        read(&masked(0x88, &[0x03])).await,
        [Incoming::Violation(1002)]
    );
    assert_eq!(
        read(&close(1000, &[0xFF])).await,
        [Incoming::Violation(1007)]
    );
    // Nothing is read after it.
    let stream = [close(1000, b""), masked(0x81, b"more")].concat();
    assert_eq!(read(&stream).await, [Incoming::Close]);
}
