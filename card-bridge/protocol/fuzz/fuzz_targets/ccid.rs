//! A reader that says anything at all: descriptors are read or refused, and a session
//! ends within its limits. (The seeds: a byte for the kind of reader, whose highest bit
//! aborts each command, then transfers, each after its length.)
#![no_main]

use std::time::Duration;

use card_protocol::{
    Limits,
    ccid::{Configuration, Notification, Outcome, ReaderLimits, Session, Step},
};
use libfuzzer_sys::fuzz_target;

const LIMITS: ReaderLimits = ReaderLimits {
    exchange: Limits { response_bytes: 400, rounds: 8 },
    time_extensions: 4,
    late_answers: 4,
    answer: Duration::from_secs(1),
    longest_wait: Duration::from_secs(2),
};

fuzz_target!(|bytes: &[u8]| {
    let _ = Notification::parse(bytes, 3);
    if let Ok(configuration) = Configuration::parse(bytes) {
        for reader in configuration.readers {
            let _ = Session::new(reader, 0, LIMITS);
        }
    }
    let Some((kind, mut rest)) = bytes.split_first() else { return };
    let mut said = std::iter::from_fn(move || {
        let (length, tail) = rest.split_first()?;
        let (transfer, tail) = tail.split_at(tail.len().min(usize::from(*length)));
        rest = tail;
        Some(transfer)
    });
    let mut session = Session::new(reader(*kind), 0, LIMITS).expect("a reader for us");
    session.power_on().expect("nothing runs");
    let _ = play(&mut session, &mut said);
    let apdu = [&[0, 0xDB, 0x3F, 0xFF, 80][..], &[7; 80]].concat();
    for _ in 0..3 {
        if session.transmit(&apdu).is_err() {
            return;
        }
        if kind & 0x80 != 0 {
            session.sent();
            session.abort();
        }
        if let Some(Outcome::Response(response)) = play(&mut session, &mut said) {
            assert!(response.len() <= 400);
        }
    }
});

fn play<'a>(session: &mut Session, said: &mut impl Iterator<Item = &'a [u8]>) -> Option<Outcome> {
    for _ in 0..4000 {
        match session.step() {
            Step::Send(_) | Step::Control(_) => session.sent(),
            Step::Receive { .. } => session.receive(said.next()?).ok()?,
            Step::Done(outcome) => return Some(outcome),
            Step::Idle => panic!("nothing runs, and nobody said why"),
        }
    }
    panic!("no end");
}

fn reader(kind: u8) -> card_protocol::ccid::ReaderInterface {
    let features = [0x0004_00FE_u32, 0x0004_0032, 0x0002_04BA, 0x0001_0230, 0x0001_0478];
    let mut functional = vec![54, 0x21, 0x10, 0x01, 0, 7];
    for number in [3_u32, 4000, 4000] {
        functional.extend(number.to_le_bytes());
    }
    functional.push(0);
    for number in [10_752_u32, 344_086] {
        functional.extend(number.to_le_bytes());
    }
    functional.push(0);
    for number in [254, 0, 0, features[usize::from(kind & 0x7F) % features.len()], 54] {
        functional.extend(number.to_le_bytes());
    }
    functional.extend([0xFF, 0xFF, 0, 0, 0, 1]);
    let endpoints = [[7, 5, 0x02, 2, 64, 0, 0], [7, 5, 0x81, 2, 64, 0, 0]].concat();
    let body = [vec![9, 4, 0, 0, 2, 0xFF, 0, 0, 0], functional, endpoints].concat();
    let length = u8::try_from(9 + body.len()).expect("a short one");
    let whole = [vec![9, 2, length, 0, 1, 1, 0, 0x80, 50], body].concat();
    Configuration::parse(&whole).expect("it adds up").readers[0]
}
