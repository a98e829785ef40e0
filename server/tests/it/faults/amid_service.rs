//! Nobody is accused of anything while everybody works: a verification while acts are
//! done, and instances that append to one log at the same time.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use event_log::{
    certificate::TrustAnchors,
    verify::{Options, Progress, verify},
};
use server::{
    audit::{Sequencer, StoreLog, WitnessFile},
    clock::Clock as _,
    config::{Config, Database},
    storage,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Person, TestServer},
};
use tokio::{sync::Semaphore, task::JoinSet};

use super::long_or;
use crate::audit::log_fixture::sentences;

on_both!(
    a_verification_amid_acts_finds_nothing,
    instances_that_append_at_once_find_nothing,
);

/// How the log is verified by who has keys, CA and witness file.
fn options(server: &TestServer, witness: PathBuf) -> Options {
    let pem = std::fs::read(server.folder.path().join("keys/ca.cert.pem")).unwrap();
    Options {
        anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
        witnesses: vec![witness],
        now: Some(server.clock.now()),
        ..Options::of(server.keys.audit.public())
    }
}

/// Acts that are done while one verification runs: more of them make the log long, and
/// each verification reads all of it.
const ACTS_AMID: usize = 4;

/// Cards that are frozen and unfrozen until it is enough.
struct Acts {
    enough: Arc<AtomicBool>,
    /// How many more may be done.
    allowed: Arc<Semaphore>,
    done: Arc<AtomicU64>,
    working: JoinSet<()>,
}

impl Acts {
    /// Begins, with so many cards, at one of these servers each.
    async fn begin(server: &TestServer, legal: &Person, origins: &[&str], cards: usize) -> Self {
        let mut acts = Self {
            enough: Arc::default(),
            allowed: Arc::new(Semaphore::new(0)),
            done: Arc::default(),
            working: JoinSet::new(),
        };
        for number in 0..cards {
            let card = server.operator(&format!("{number:04}")).await.card;
            let legal = legal.clone();
            let browser = legal.log_in(origins[number % origins.len()]).await;
            let (enough, done) = (acts.enough.clone(), acts.done.clone());
            let allowed = acts.allowed.clone();
            acts.working.spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    for action in ["freeze", "unfreeze"] {
                        allowed.acquire().await.unwrap().forget();
                        legal.act(&browser, card, action).await.good();
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        acts
    }

    /// So many more may be done.
    fn allow(&self, count: usize) {
        self.allowed.add_permits(count);
    }

    /// Ends, once all are at rest; gives how many acts were done.
    async fn end(mut self) -> u64 {
        self.enough.store(true, Ordering::SeqCst);
        self.allow(Semaphore::MAX_PERMITS / 2);
        while let Some(ended) = self.working.join_next().await {
            ended.unwrap();
        }
        self.done.load(Ordering::SeqCst)
    }
}

fn witness_of(server: &TestServer) -> PathBuf {
    server.folder.path().join("witness.jsonl")
}

async fn a_verification_amid_acts_finds_nothing(database: TestDatabase) {
    let folder = tempfile::TempDir::new().unwrap();
    let witness = folder.path().join("witness.jsonl");
    let witnessed = |path: &Path| {
        let path = path.to_owned();
        move |config: &mut Config| config.audit.witness = Some(path)
    };
    let server = TestServer::with(&database, witnessed(&witness)).await;
    let legal = server.legal_person().await;
    let acts = Acts::begin(&server, &legal, &[server.origin()], 3).await;
    acts.allow(100);
    // What the test itself wrote has its place: two of its events may be the same.
    while !witness.exists() || server.store.log_head().await.unwrap().size < 100 {
        tokio::task::yield_now().await;
    }
    let options = options(&server, witness);
    // The work of a moment is enough to be in the middle of it.
    let rounds = long_or(25, 2000);
    let mut behind = 0;
    for round in 0..rounds {
        acts.allow(ACTS_AMID);
        let store = storage::open_to_read(&Database::at(&database.url))
            .await
            .unwrap();
        let mut progress = |_: Progress| {};
        let report = verify(&StoreLog(store.as_ref()), &options, &mut progress).await;
        store.close().await;
        let report = report.unwrap();
        assert_eq!(sentences(&report), [""; 0], "round {round}");
        assert!(report.times_back.is_empty(), "{:?}", report.times_back);
        behind += u32::from(report.witness_behind.is_some());
    }
    let acts = acts.end().await;
    println!("{rounds} verifications amid {acts} acts, {behind} between a checkpoint and its line");
    assert!(acts > 10, "nothing was amid anything");
}

async fn instances_that_append_at_once_find_nothing(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let other = server.another().await;
    let origins = [server.origin(), other.origin.as_str()];
    let acts = Acts::begin(&server, &legal, &origins, 4).await;
    acts.allow(Semaphore::MAX_PERMITS / 4);
    let mut appending = JoinSet::new();
    let rounds = long_or(300, 2000);
    for number in 0..2 {
        let (store, keys) = (database.another().await, server.keys.audit.clone());
        let witness = witness_of(&server).with_extension(number.to_string());
        let clock = server.clock.clone();
        appending.spawn(async move {
            let mut sequencer = Sequencer::new(Some(WitnessFile::new(witness)));
            let mut placed = 0;
            for _ in 0..rounds {
                let now = clock.now();
                placed += sequencer.run(store.as_ref(), &keys, now).await.unwrap();
                tokio::task::yield_now().await;
            }
            store.close().await;
            placed
        });
    }
    let placed = appending.join_all().await;
    let acts = acts.end().await;
    println!(
        "{rounds} runs of two instances beside two servers amid {acts} acts: {placed:?} places"
    );
    assert!(placed.iter().all(|count| *count > 0), "{placed:?}");
}
