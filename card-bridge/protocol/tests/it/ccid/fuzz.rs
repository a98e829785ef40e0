//! The bytes of a reader, changed: descriptors, and a session told what it never
//! expects. The same as `fuzz/fuzz_targets/ccid.rs`, with the same seeds.

use std::{fs, path::Path};

use card_protocol::{
    Limits,
    ccid::{Configuration, Notification, Outcome, ReaderLimits, Session, Step},
};
use test_support::fuzz;

use super::device::Reader;

/// What the seeds in `fuzz/seeds/ccid` hold.
fn seeds() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/ccid");
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

const LIMITS: ReaderLimits = ReaderLimits {
    exchange: Limits {
        response_bytes: 400,
        rounds: 8,
    },
    time_extensions: 4,
    late_answers: 4,
    answer: core::time::Duration::from_secs(1),
    longest_wait: core::time::Duration::from_secs(2),
};

/// Transfers, each after its length; the reader says nothing more after the last one.
fn transfers(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut transfers = Vec::new();
    while let Some((length, tail)) = rest.split_first() {
        let (transfer, tail) = tail.split_at(tail.len().min(usize::from(*length)));
        transfers.push(transfer);
        rest = tail;
    }
    transfers
}

/// Goes on until the command is over, or nothing is said any more.
fn play(
    session: &mut Session,
    said: &mut impl Iterator<Item = Vec<u8>>,
) -> Result<Option<Outcome>, &'static str> {
    for _ in 0..4000 {
        match session.step() {
            Step::Send(_) | Step::Control(_) => session.sent(),
            Step::Receive { length, .. } => {
                if length == 0 || length > 2 * 64 + 10 + 65_544 {
                    return Err("a read of no sensible length");
                }
                let Some(transfer) = said.next() else {
                    return Ok(None);
                };
                if session.receive(&transfer).is_err() {
                    return Ok(None);
                }
            }
            Step::Done(outcome) => return Ok(Some(outcome)),
            Step::Idle => return Err("nothing runs, and nobody said why"),
        }
    }
    Err("no end")
}

fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let _ = Notification::parse(bytes, 3);
    if let Ok(configuration) = Configuration::parse(bytes) {
        for reader in configuration.readers {
            let _unsupported = Session::new(reader, 0, LIMITS);
        }
    }
    let (kind, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let features = [
        0x0004_00FE,
        0x0004_0032,
        0x0002_04BA,
        0x0001_0230,
        0x0001_0478,
    ];
    let reader = Reader {
        features: features[usize::from(*kind & 0x7F) % features.len()],
        message: 54,
        ..Reader::default()
    };
    let mut session = reader.session(LIMITS);
    let mut said = transfers(rest).into_iter().map(<[u8]>::to_vec);
    session
        .power_on()
        .map_err(|_busy| "busy at the beginning")?;
    play(&mut session, &mut said)?;
    let apdu = [&[0, 0xDB, 0x3F, 0xFF, 80][..], &[7; 80]].concat();
    for _ in 0..3 {
        if session.transmit(&apdu).is_err() {
            break;
        }
        if *kind & 0x80 != 0 {
            session.sent();
            session.abort();
        }
        if let Some(Outcome::Response(response)) = play(&mut session, &mut said)?
            && response.len() > 400
        {
            return Err("more than the limit");
        }
    }
    Ok(())
}

#[test]
fn ccid() {
    fuzz::run(&seeds(), check);
}
