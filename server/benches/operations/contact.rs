//! What passes the contacts of a card: counted, and, if wanted, as slow as on
//! a card of the field. The model is in `docs/operations.md`; its figures are
//! those of the `JCAlgTest` data base and of T=1 at a common speed.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// The model in a line.
pub(crate) const MODEL: &str = "2 ms an APDU, 0.15 ms a byte, P-256 28 ms, \
     a PIN or PUK 15 ms, a round of AES 8 ms, writing 0.06 ms a byte";

/// USB frames there and back, the frame of T=1, the card's dispatch.
const APDU: Duration = Duration::from_millis(2);
/// A kilobyte, about a certificate, crosses the contacts in 0.15 s.
const BYTE: Duration = Duration::from_micros(150);
/// The use of a P-256 key (24 to 33 ms on good cards).
const SIGN: Duration = Duration::from_millis(28);
/// A P-256 key pair.
const KEY_PAIR: Duration = Duration::from_millis(26);
/// A PIN or PUK: its counter is written before and after the comparison.
const SECRET: Duration = Duration::from_millis(15);
/// A round of the management key.
const MANAGEMENT: Duration = Duration::from_millis(8);
/// A byte into the card's memory: 4 ms for a page of 64.
const WRITE: Duration = Duration::from_micros(60);

/// The commands that passed between program and card, and the time they took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) apdus: u32,
    pub(crate) bytes: u32,
    /// How long the card took for all of it.
    pub(crate) card: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3} APDUs {:>5} bytes", self.apdus, self.bytes)
    }
}

/// The contacts of the card that is in the reader.
#[derive(Clone, Default)]
pub(crate) struct Contact(Arc<Mutex<Tally>>);

impl Contact {
    /// What has passed since it was asked last.
    pub(crate) fn take(&self) -> Tally {
        std::mem::take(&mut *self.tally())
    }

    /// Gives the function that counts each command with its answer and its time.
    pub(crate) fn watch(&self) -> impl FnMut(&[u8], &[u8], Duration) + Send + 'static {
        let contact = self.clone();
        move |command, answer, took| contact.note(command, answer, took)
    }

    /// Counts, and takes as long as a card of the field would.
    pub(crate) fn watch_slowly(&self) -> impl FnMut(&[u8], &[u8], Duration) + Send + 'static {
        let contact = self.clone();
        move |command, answer, took| {
            let begun = Instant::now();
            wait(time(command, answer).saturating_sub(took));
            contact.note(command, answer, took + begun.elapsed());
        }
    }

    fn note(&self, command: &[u8], answer: &[u8], took: Duration) {
        let mut tally = self.tally();
        tally.apdus += 1;
        tally.bytes += u32::try_from(command.len() + answer.len()).unwrap();
        tally.card += took;
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a card of the field takes for a command and its answer.
fn time(command: &[u8], answer: &[u8]) -> Duration {
    let crossing = BYTE * u32::try_from(command.len() + answer.len()).unwrap();
    let work = match *command {
        [_, 0x87, _, 0x9B, ..] => MANAGEMENT,
        [_, 0x87, ..] => SIGN,
        [_, 0x47, ..] => KEY_PAIR,
        [_, 0x20, _, _, _, _, ..] | [_, 0x24 | 0x2C, ..] => SECRET,
        [_, 0xDB, ..] => WRITE * u32::try_from(command.len()).unwrap(),
        _ => Duration::ZERO,
    };
    APDU + crossing + work
}

#[expect(
    clippy::disallowed_methods,
    reason = "a slow card is what is wanted; there is nothing to wait for"
)]
fn wait(time: Duration) {
    thread::sleep(time);
}
