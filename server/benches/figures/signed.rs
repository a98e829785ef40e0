//! The whole verification, as `server audit verify` does it: the log, every signature
//! with its signer, and the register that the log explains. One event in ten is an
//! act of the legal person's with a true signature; the others are logins.

mod author;

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use event_log::{
    certificate::TrustAnchors,
    keys::PublicKeys,
    verify::{Options, verify},
};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use server::{audit::StoreLog, config::Database, keys::files, storage::open_to_read};

use self::author::{Signed, fill};
use crate::{
    audit::{bare, processor_time},
    data::{Register, now},
    people::People,
    report::Report,
};

/// Cards that are acted on, one after the other.
const CARDS: u32 = 1000;

/// How often its memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// One act in so many events.
const EVENTS_TO_AN_ACT: u32 = 10;

/// The argument with which the benchmark calls itself for the verification alone,
/// followed by address and key folder: so its memory is its own.
pub(crate) const VERIFY: &str = "--verify-only";

/// Fills a log and has it verified by a process of its own.
pub(crate) async fn measure(events: u32, report: &mut Report) {
    let register = Register::rows(CARDS).await;
    let folder = register.folder().join("keys");
    files::create(&folder, "示例CA", now()).unwrap();
    let keys = files::load(&folder).unwrap();
    let people = People::everybody(&register, &keys).await;
    let sample = fill(&register, &keys, people.legal(), events).await;
    report.heading(format!(
        "The whole verification, {events} events, one in {EVENTS_TO_AN_ACT} signed"
    ));
    let floor = floor(
        &register,
        &test_support::service::point(&people.legal().key),
        &sample,
    )
    .await;
    let verified = Command::new(std::env::current_exe().unwrap())
        .args([VERIFY, &register.url()])
        .arg(&folder)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(verified.status.success(), "{said}");
    let figures: Vec<f64> = said
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    let (seconds, busy) = (figures[0], figures[1]);
    let (own, mapped) = (figures[2], figures[3]);
    let events = f64::from(events);
    report.rate("SHA-256 and P-256 alone (floor)", floor, None);
    let rate = events / seconds;
    report.rate("verified from SQLite", rate, Some(rate / floor));
    let rate = events / busy;
    report.rate("the same on one core", rate, Some(rate / floor));
    report.heading(format!(
        "  at most {own:.0} MB of memory (goal: 256 at ten million events); with what it read \
         of the database's file, {mapped:.0} MB"
    ));
}

/// Verifies what is at this address; prints seconds, those of a core, the most memory
/// that it took in MB, and the same with the mapped pages of the database's file, which
/// the system takes back as it likes.
pub(crate) async fn verify_only(url: &str, folder: &str) {
    let folder = Path::new(folder);
    let keys = files::load(folder).unwrap();
    let pem = std::fs::read(folder.join("ca.cert.pem")).unwrap();
    let options = Options {
        anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
        ..Options::of(PublicKeys {
            witness: None,
            ..keys.audit.public()
        })
    };
    let store = open_to_read(&Database::at(url)).await.unwrap();
    let memory = OwnMemory::watch();
    let (started, busy) = (Instant::now(), processor_time());
    let found = verify(&StoreLog(store.as_ref()), &options, &mut |_| {}).await;
    let (seconds, busy) = (started.elapsed().as_secs_f64(), processor_time() - busy);
    let found = found.unwrap();
    store.close().await;
    assert!(found.is_good(), "{:?}", found.findings.first());
    assert!(found.signatures > 0 && found.cards > 0);
    println!("{seconds} {busy} {} {}", memory.most(), status("VmHWM:"));
}

/// The most memory of its own that this process has, looked at every few milliseconds:
/// the system keeps no high-water mark of that.
struct OwnMemory {
    over: Sender<()>,
    watching: JoinHandle<f64>,
}

impl OwnMemory {
    fn watch() -> Self {
        let (over, is_over) = mpsc::channel();
        let watching = thread::spawn(move || {
            let mut most: f64 = 0.0;
            while is_over.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                most = most.max(status("RssAnon:"));
            }
            most
        });
        Self { over, watching }
    }

    fn most(self) -> f64 {
        drop(self.over);
        self.watching.join().unwrap()
    }
}

/// A line of what the system says of this process, in MB (proc(5), `status`).
fn status(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<f64>().unwrap() / 1024.0
}

/// Events a second by what can't be left out: SHA-256 of each leaf and of a node, and
/// the signatures that there are.
async fn floor(register: &Register, point: &[u8], sample: &[Signed]) -> f64 {
    let leaves = register.store.leaves(1, i64::MAX, 50_000).await.unwrap();
    let hashing = 1.0 / bare(&leaves);
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    let started = Instant::now();
    for (message, signature) in sample {
        key.verify(message, signature).unwrap();
    }
    let signatures = u32::try_from(sample.len()).unwrap();
    let verifying = started.elapsed().as_secs_f64() / f64::from(signatures);
    1.0 / (hashing + verifying / f64::from(EVENTS_TO_AN_ACT))
}
