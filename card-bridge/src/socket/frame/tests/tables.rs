//! What comes of which frames, by the numbers of Autobahn's cases. [`super::cases`] reads
//! them.

use card_protocol::bridge::MAX_MESSAGE;

use super::{masked, text};
use crate::socket::Incoming;

pub(super) const TEXT: u8 = 0x81;
pub(super) const TEXT_BEGUN: u8 = 0x01;
const GOES_ON: u8 = 0x00;
const ENDS: u8 = 0x80;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
pub(super) const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

pub(super) const WRONG: Incoming = Incoming::Violation(1002);
pub(super) const NOT_UTF8: Incoming = Incoming::Violation(1007);
const TOO_BIG: Incoming = Incoming::Violation(1009);

/// A name, the frames, and what comes of them.
pub(super) type Case = (String, Vec<Vec<u8>>, Vec<Incoming>);

fn case(name: &str, frames: Vec<Vec<u8>>, expected: Vec<Incoming>) -> Case {
    (name.to_owned(), frames, expected)
}

fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    masked(first, payload.as_ref())
}

fn ping(payload: &[u8]) -> Incoming {
    Incoming::Ping(payload.to_vec())
}

/// A header whose length is written in so many bytes, and four bytes of mask.
fn header(first: u8, length: &[u8]) -> Vec<u8> {
    [&[first], length, &[0; 4]].concat()
}

/// 1: lengths around the borders of their forms.
fn framing() -> Vec<Case> {
    let lengths = [0, 1, 125, 126, 127, 128, 65_535, MAX_MESSAGE];
    let mut cases: Vec<_> = lengths
        .into_iter()
        .map(|length| {
            let message = "*".repeat(length);
            let name = format!("1.1 {length} bytes");
            case(&name, vec![frame(TEXT, &message)], vec![text(&message)])
        })
        .collect();
    cases.push(case(
        "1.2 binary",
        vec![frame(BINARY, [0xFF, 0xFE]), frame(TEXT, "next")],
        vec![Incoming::Unreadable, text("next")],
    ));
    // §5.2: as few bytes as it can be, the first bit 0.
    for (name, length) in [
        ("125 in three bytes", &[0xFE, 0, 125][..]),
        ("0 in three bytes", &[0xFE, 0, 0]),
        ("65535 in nine bytes", &[0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        ("0 in nine bytes", &[0xFF, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("2^63", &[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("2^64 - 1", &[0xFF; 9]),
    ] {
        cases.push(case(name, vec![header(TEXT, length)], vec![WRONG]));
    }
    cases
}

/// 2: pings and pongs.
fn pings() -> Vec<Case> {
    let long = [0xFE; 125];
    vec![
        case("2.1", vec![frame(PING, "")], vec![ping(b"")]),
        case("2.2", vec![frame(PING, "Hello")], vec![ping(b"Hello")]),
        case(
            "2.3 what is no text",
            vec![frame(PING, [0, 0xFF, 0xFE])],
            vec![ping(&[0, 0xFF, 0xFE])],
        ),
        case("2.4", vec![frame(PING, long)], vec![ping(&long)]),
        case("2.5", vec![frame(PING, [0xFE; 126])], vec![WRONG]),
        case("2.7", vec![frame(PONG, "")], vec![Incoming::Pong]),
        case("2.8", vec![frame(PONG, "unasked")], vec![Incoming::Pong]),
        case("2.x", vec![frame(PONG, [0; 126])], vec![WRONG]),
        case(
            "2.9",
            vec![frame(PONG, "unasked"), frame(PING, "a")],
            vec![Incoming::Pong, ping(b"a")],
        ),
        case(
            "2.10 ten of them",
            (0..10).map(|number| frame(PING, [number])).collect(),
            (0..10).map(|number| ping(&[number])).collect(),
        ),
    ]
}

/// 3 and 4: bits and opcodes that nothing was agreed on for.
fn reserved() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in 1..8_u8 {
        for opcode in [TEXT, BINARY, TEXT_BEGUN, CLOSE, PING, PONG] {
            let name = format!("3.{bits} {opcode:02x}");
            let frames = vec![
                frame(TEXT, "before"),
                frame(opcode | bits << 4, "x"),
                frame(PING, ""),
            ];
            cases.push(case(&name, frames, vec![text("before"), WRONG]));
        }
    }
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        for payload in ["", "x"] {
            let frames = vec![
                frame(TEXT, "before"),
                frame(0x80 | opcode, payload),
                frame(PING, ""),
            ];
            let name = format!("4 {opcode:x}");
            cases.push(case(&name, frames, vec![text("before"), WRONG]));
        }
        let frames = vec![frame(TEXT_BEGUN, "a"), frame(opcode, "x")];
        cases.push(case("4 amid a message", frames, vec![WRONG]));
    }
    cases
}

/// 5: messages in parts.
fn fragments() -> Vec<Case> {
    let parts = |count: usize| -> Vec<Vec<u8>> {
        let middle = (1..count).map(|_| frame(GOES_ON, "a"));
        std::iter::once(frame(TEXT_BEGUN, "a"))
            .chain(middle)
            .chain([frame(ENDS, "")])
            .collect()
    };
    vec![
        case("5.1", vec![frame(0x09, "a"), frame(0x80, "b")], vec![WRONG]),
        case("5.2", vec![frame(0x0A, "a"), frame(0x80, "b")], vec![WRONG]),
        case("5.x close in parts", vec![frame(0x08, "")], vec![WRONG]),
        case(
            "5.3",
            vec![frame(TEXT_BEGUN, "a"), frame(ENDS, "b")],
            vec![text("ab")],
        ),
        case(
            "5.6 a ping in between",
            vec![frame(TEXT_BEGUN, "a"), frame(PING, "p"), frame(ENDS, "b")],
            vec![ping(b"p"), text("ab")],
        ),
        case("5.9", vec![frame(ENDS, "a"), frame(TEXT, "b")], vec![WRONG]),
        case(
            "5.12",
            vec![frame(GOES_ON, "a"), frame(TEXT, "b")],
            vec![WRONG],
        ),
        case(
            "5.15",
            vec![
                frame(TEXT_BEGUN, "a"),
                frame(ENDS, "b"),
                frame(GOES_ON, "c"),
            ],
            vec![text("ab"), WRONG],
        ),
        case(
            "5.18 a message amid another",
            vec![frame(TEXT_BEGUN, "a"), frame(TEXT, "b")],
            vec![WRONG],
        ),
        case(
            "5.x binary amid a text",
            vec![frame(TEXT_BEGUN, "a"), frame(BINARY, "b")],
            vec![WRONG],
        ),
        case(
            "5.19 pings in between, five parts",
            vec![
                frame(TEXT_BEGUN, "1"),
                frame(GOES_ON, "2"),
                frame(PING, "p"),
                frame(GOES_ON, "3"),
                frame(GOES_ON, "4"),
                frame(PING, "q"),
                frame(ENDS, "5"),
            ],
            vec![ping(b"p"), ping(b"q"), text("12345")],
        ),
        case(
            "5.x empty parts",
            vec![frame(TEXT_BEGUN, ""), frame(GOES_ON, ""), frame(ENDS, "")],
            vec![text("")],
        ),
        case(
            "5.x a close in between",
            vec![frame(TEXT_BEGUN, "a"), frame(CLOSE, "")],
            vec![Incoming::Close],
        ),
        case(
            "5.x a thousand parts",
            parts(1_000),
            vec![text(&"a".repeat(1_000))],
        ),
    ]
}

/// 6: texts. What of them is good is in `utf8.rs`.
fn texts() -> Vec<Case> {
    let greek = "Hello-µ@ßöäüàá-UTF-8!!";
    let mut cases = vec![
        case("6.1", vec![frame(TEXT, "")], vec![text("")]),
        case("6.2.1", vec![frame(TEXT, greek)], vec![text(greek)]),
        case(
            "6.2.3 in bytes",
            std::iter::once(frame(TEXT_BEGUN, ""))
                .chain(greek.bytes().map(|byte| frame(GOES_ON, [byte])))
                .chain([frame(ENDS, "")])
                .collect(),
            vec![text(greek)],
        ),
        case(
            "6.2.x a ping amid a character",
            vec![
                frame(TEXT_BEGUN, [0xE4, 0xBD]),
                frame(PING, [0xFF]),
                frame(ENDS, [0xA0]),
            ],
            vec![ping(&[0xFF]), text("你")],
        ),
        // It ends amid a character: not wrong before that.
        case(
            "6.x cut",
            vec![frame(TEXT_BEGUN, [0xE4]), frame(ENDS, [0xBD])],
            vec![NOT_UTF8],
        ),
        case(
            "6.x cut at once",
            vec![frame(TEXT, [0xF0, 0x9F])],
            vec![NOT_UTF8],
        ),
    ];
    for (name, wrong) in [
        (
            "6.3 surrogate",
            &b"\xCE\xBA\xE1\xBD\xB9\xED\xA0\x80edited"[..],
        ),
        ("6.4 beyond U+10FFFF", b"\xCE\xBA\xF4\x90\x80\x80edited"),
        ("6.8 lone first byte", b"\xC3 "),
        ("6.10 too long a form", b"\xC0\xAF"),
        ("6.11 too long a form", b"\xE0\x80\xAF"),
        ("6.12 too long a form", b"\xF0\x80\x80\xAF"),
        ("6.14 lone second byte", b"\x80"),
        ("6.20 impossible", b"\xFE"),
        ("6.21 impossible", b"\xF8\x88\x80\x80\x80"),
    ] {
        cases.push(case(name, vec![frame(TEXT, wrong)], vec![NOT_UTF8]));
        let bytes = std::iter::once(frame(TEXT_BEGUN, ""))
            .chain(wrong.iter().map(|byte| frame(GOES_ON, [*byte])))
            .collect();
        cases.push(case(name, bytes, vec![NOT_UTF8]));
        // Also where nothing is kept.
        let long = [&vec![b'a'; MAX_MESSAGE + 1], wrong].concat();
        cases.push(case(name, vec![frame(TEXT, long)], vec![NOT_UTF8]));
        cases.push(case(
            name,
            vec![frame(BINARY, wrong)],
            vec![Incoming::Unreadable],
        ));
    }
    cases
}

/// 7: the end.
fn closes() -> Vec<Case> {
    let close = |code: u16, reason: &[u8]| frame(CLOSE, [&code.to_be_bytes(), reason].concat());
    let over = || vec![Incoming::Close];
    let mut cases = vec![
        case(
            "7.1.1",
            vec![frame(TEXT, "a"), close(1000, b""), frame(TEXT, "b")],
            vec![text("a"), Incoming::Close],
        ),
        case(
            "7.1.2 twice",
            vec![close(1000, b""), close(1000, b"")],
            over(),
        ),
        case(
            "7.1.3 then a ping",
            vec![close(1000, b""), frame(PING, "")],
            over(),
        ),
        case("7.3.1 empty", vec![frame(CLOSE, "")], over()),
        case("7.3.2 half a code", vec![frame(CLOSE, "a")], vec![WRONG]),
        case("7.3.3 a code", vec![close(1000, b"")], over()),
        case("7.3.4 a reason", vec![close(1000, b"Hello")], over()),
        case("7.3.5 the longest", vec![close(1000, &[b'*'; 123])], over()),
        case(
            "7.3.6 one more",
            vec![close(1000, &[b'*'; 124])],
            vec![WRONG],
        ),
        case(
            "7.5.1",
            vec![close(1000, b"\xCE\xBA\xED\xA0\x80")],
            vec![NOT_UTF8],
        ),
    ];
    let good = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999,
    ];
    for code in good {
        cases.push(case(&format!("7.7 {code}"), vec![close(code, b"")], over()));
    }
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        cases.push(case(
            &format!("7.9 {code}"),
            vec![close(code, b"")],
            vec![WRONG],
        ));
    }
    cases
}

/// 10, and our own limits: what is too long is passed over, what is endless ends it.
fn limits() -> Vec<Case> {
    let longest = "*".repeat(MAX_MESSAGE);
    let one_more = "*".repeat(MAX_MESSAGE + 1);
    let in_parts: Vec<_> = std::iter::once(frame(TEXT_BEGUN, &longest))
        .chain([frame(GOES_ON, ""), frame(ENDS, "*"), frame(TEXT, "next")])
        .collect();
    vec![
        case(
            "10.1 parts of 1300",
            std::iter::once(frame(TEXT_BEGUN, ""))
                .chain(
                    longest
                        .as_bytes()
                        .chunks(1_300)
                        .map(|part| frame(GOES_ON, part)),
                )
                .chain([frame(ENDS, "")])
                .collect(),
            vec![text(&longest)],
        ),
        case(
            "one more",
            vec![frame(TEXT, &one_more), frame(TEXT, "next")],
            vec![Incoming::Unreadable, text("next")],
        ),
        case(
            "one more in parts",
            in_parts,
            vec![Incoming::Unreadable, text("next")],
        ),
        case(
            "a mebibyte and one",
            vec![header(TEXT, &[0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1])],
            vec![TOO_BIG],
        ),
        case(
            "2^63 - 1",
            vec![header(
                TEXT,
                &[0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            )],
            vec![TOO_BIG],
        ),
        case(
            "a mebibyte in parts",
            std::iter::once(frame(TEXT_BEGUN, &longest))
                .chain((0..16).map(|_| frame(GOES_ON, &longest)))
                .collect(),
            vec![TOO_BIG],
        ),
    ]
}

/// §5.1: whoever does not mask is no client.
fn masks() -> Vec<Case> {
    let mut cases = Vec::new();
    for first in [TEXT, BINARY, TEXT_BEGUN, CLOSE, PING, PONG] {
        let mut bare = frame(first, "");
        bare[1] &= 0x7F;
        cases.push(case("not masked", vec![bare], vec![WRONG]));
    }
    // A mask of zeros is one, and each frame has its own.
    let zeros = [&[TEXT_BEGUN, 0x82, 0, 0, 0, 0][..], b"ab"].concat();
    let others = vec![
        ENDS,
        0x85,
        9,
        8,
        7,
        6,
        b'c' ^ 9,
        b'd' ^ 8,
        b'e' ^ 7,
        b'f' ^ 6,
        b'g' ^ 9,
    ];
    cases.push(case("masks", vec![zeros, others], vec![text("abcdefg")]));
    cases
}

/// All of them.
pub(super) fn all() -> Vec<Case> {
    let groups = [
        framing(),
        pings(),
        reserved(),
        fragments(),
        texts(),
        closes(),
        limits(),
        masks(),
    ];
    groups.into_iter().flatten().collect()
}
