//! Untrusted bytes for a parser: seeds that are changed, joined and cut, for a
//! bounded number of cases or a bounded time.
//!
//! The generator is `proptest`'s: it is in the lock file already, runs on the
//! stable toolchain, and shrinks what it finds to a few bytes that a test can
//! name. It has no feedback from coverage; the seeds make up for it, so give one
//! of every kind that the parser knows.

use std::{
    cell::Cell,
    env,
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    sample::{Index, select},
    strategy::Union,
    test_runner::{Config, TestCaseError, TestRunner},
};

/// Names how many seconds each target may take; absent, [`CASES`] are tried.
pub const VARIABLE: &str = "IC_CARD_FUZZ_SECONDS";

/// Cases of a target in an ordinary run, and between two looks at the time.
const CASES: u32 = 2_000;

/// One change of the bytes.
#[derive(Clone, Debug)]
enum Change {
    /// Other bits in a byte.
    Flip(Index, u8),
    /// Bytes put in.
    Insert(Index, Vec<u8>),
    /// Bytes taken out.
    Remove(Index, usize),
    /// What follows is another seed's.
    Splice(Index, Vec<u8>, Index),
    /// A part once more, elsewhere.
    Repeat(Index, Index, usize),
    /// The end is missing.
    Cut(Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        match self {
            Self::Flip(index, bits) => {
                if !bytes.is_empty() {
                    let place = index.index(bytes.len());
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte ^= bits;
                    }
                }
            }
            Self::Insert(index, new) => {
                let place = place(index, bytes);
                bytes.splice(place..place, new.iter().copied());
            }
            Self::Remove(index, count) => {
                let place = place(index, bytes);
                let end = bytes.len().min(place + count);
                bytes.drain(place..end);
            }
            Self::Splice(index, other, from) => {
                bytes.truncate(place(index, bytes));
                let from = place(from, other);
                bytes.extend(other.iter().skip(from));
            }
            Self::Repeat(from, to, count) => {
                let from = place(from, bytes);
                let part: Vec<u8> = bytes.iter().skip(from).take(*count).copied().collect();
                let to = place(to, bytes);
                bytes.splice(to..to, part);
            }
            Self::Cut(index) => bytes.truncate(place(index, bytes)),
        }
    }
}

fn changes(seeds: &[Vec<u8>]) -> impl Strategy<Value = Change> + use<> {
    let seeds = seeds.to_vec();
    let any_index = any::<Index>;
    // Numbers that lengths and counts are read from.
    let edges = select(vec![
        vec![0],
        vec![0xFF],
        vec![0; 4],
        vec![0xFF; 4],
        vec![0x7F, 0xFF, 0xFF, 0xFF],
        vec![0x80, 0, 0, 0],
        vec![0xFF; 8],
        b"\n".to_vec(),
        b"\n\n".to_vec(),
        "— ".as_bytes().to_vec(),
        b"18446744073709551615".to_vec(),
        b"-1".to_vec(),
        b"\"".to_vec(),
        b"}".to_vec(),
    ]);
    Union::new([
        (any_index(), 1_u8..)
            .prop_map(|(at, bits)| Change::Flip(at, bits))
            .boxed(),
        (any_index(), vec(any::<u8>(), 1..9))
            .prop_map(|(at, new)| Change::Insert(at, new))
            .boxed(),
        (any_index(), edges)
            .prop_map(|(at, new)| Change::Insert(at, new))
            .boxed(),
        (any_index(), 1_usize..40)
            .prop_map(|(at, count)| Change::Remove(at, count))
            .boxed(),
        (any_index(), select(seeds), any_index())
            .prop_map(|(at, other, from)| Change::Splice(at, other, from))
            .boxed(),
        (any_index(), any_index(), 1_usize..200)
            .prop_map(|(from, to, count)| Change::Repeat(from, to, count))
            .boxed(),
        any_index().prop_map(Change::Cut).boxed(),
    ])
}

/// Shows a parser changed seeds, and bytes from nowhere: [`CASES`] of them, or
/// for as many seconds as [`VARIABLE`] says. `check` gives what was wrong, or panics,
/// when the parser did what it must not; a panic of the parser is one.
///
/// # Panics
///
/// With the smallest bytes found for which `check` fails.
pub fn run(seeds: &[Vec<u8>], check: impl Fn(&[u8]) -> Result<(), &'static str>) {
    assert!(!seeds.is_empty(), "without seeds nothing is reached");
    for seed in seeds {
        check(seed).unwrap();
    }
    let changed =
        (select(seeds.to_vec()), vec(changes(seeds), 1..6)).prop_map(|(mut bytes, changes)| {
            for change in changes {
                change.apply(&mut bytes);
            }
            bytes
        });
    let bytes = Union::new_weighted(vec![
        (9, changed.boxed()),
        (1, vec(any::<u8>(), 0..300).boxed()),
        (1, Just(Vec::new()).boxed()),
    ]);
    let seconds = env::var(VARIABLE)
        .ok()
        .map(|seconds| seconds.parse().unwrap());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let cases = Cell::new(0_u64);
    loop {
        // A runner counts its successes over all of its runs: each needs a new one.
        let found = TestRunner::new(config.clone()).run(&bytes, |bytes| {
            cases.set(cases.get() + 1);
            check(&bytes).map_err(TestCaseError::fail)
        });
        found.unwrap_or_else(|failure| panic!("{failure}"));
        if end.is_none_or(|end| Instant::now() >= end) {
            break;
        }
    }
    if seconds.is_some() {
        let name = std::thread::current()
            .name()
            .unwrap_or("a target")
            .to_owned();
        println!("{name}: {} cases", cases.get());
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::run;

    /// A parser with a fault that only a changed length reaches.
    fn faulty(bytes: &[u8]) -> Result<(), &'static str> {
        match bytes {
            [1, length, rest @ ..] if usize::from(*length) > rest.len() => Err("out of bounds"),
            _ => Ok(()),
        }
    }

    #[test]
    fn a_fault_behind_a_seed_is_found_and_an_honest_parser_passes() {
        let seeds = [vec![1, 3, 7, 7, 7], vec![2]];
        let found = catch_unwind(AssertUnwindSafe(|| run(&seeds, faulty)));
        let message = found.unwrap_err();
        let message = message.downcast_ref::<String>().unwrap();
        assert!(message.contains("out of bounds"), "{message}");
        run(&seeds, |_| Ok(()));
    }
}
