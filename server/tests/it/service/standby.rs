//! The primary of PostgreSQL is lost under load and its standby promoted, behind one
//! address: nothing that was acknowledged is lost, and the service goes on by itself. Two
//! rounds; `IC_CARD_FAULTS=long` has ten.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use card_domain::{CardId, CardState, EventOutcome};
use serde_json::json;
use server::config::Config;
use test_support::{
    database::{TestDatabase, cluster, on_cluster},
    service::{Browser, Person, TestServer, statement},
    standby::{Death, Pair},
};
use tokio::sync::Mutex;

use crate::{audit::log_fixture::sentences, faults::long_or};

/// Cards, each with a client of its own, over two instances.
const CLIENTS: usize = 8;

/// Acts before the primary is lost, and after the standby was promoted.
const ACTS: usize = 30;

/// How long nobody notices that the primary is gone.
const UNNOTICED: Duration = Duration::from_millis(400);

/// By then somebody acts again. The goal is 2 s; a busy machine is slower, and this is to
/// find what never happens.
const GOES_ON: Duration = Duration::from_secs(30);

/// An act that was answered with 200.
#[derive(Clone, Copy, Debug)]
struct Acknowledged {
    card: CardId,
    event: i64,
    action: &'static str,
    at: Instant,
}

type AllAcknowledged = Arc<Mutex<Vec<Acknowledged>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_with_the_primary() {
    // The clusters are this test's own, and PostgreSQL is left out as it is elsewhere.
    if cluster().is_none() {
        return;
    }
    let mut slowest = Duration::ZERO;
    let rounds = long_or(2_usize, 10);
    for round in 0..rounds {
        let (death, is_early) = match round % 4 {
            0 => (Death::Killed, false),
            1 => (Death::Immediate, true),
            2 => (Death::Immediate, false),
            _ => (Death::Killed, true),
        };
        let mut pair = Pair::start().await;
        let cluster = pair.url();
        on_cluster(&cluster, async |database| {
            let first = lose(&database, &mut pair, death, is_early).await;
            println!("{death:?}, early {is_early}: the first act {first:?} after promotion");
            slowest = slowest.max(first);
        })
        .await;
    }
    println!("the slowest of {rounds}: {slowest:?}");
}

/// The witness file of a server's data folder.
fn witness(config: &Config) -> Option<PathBuf> {
    Some(config.keys.parent()?.join("witness.jsonl"))
}

/// Loses the primary; gives how long after the promotion somebody acted again. With
/// `is_early` the address leads to the standby before that is promoted.
async fn lose(database: &TestDatabase, pair: &mut Pair, death: Death, is_early: bool) -> Duration {
    let witnessed = |config: &mut Config| config.audit.witness = witness(config);
    let server = TestServer::with(database, witnessed).await;
    let other = server.another().await;
    let legal = server.legal_person().await;
    let (acknowledged, stop) = (AllAcknowledged::default(), Arc::new(AtomicBool::new(false)));
    let (mut cards, mut clients) = (Vec::new(), Vec::new());
    for number in 0..CLIENTS {
        let card = server.operator(&format!("{number:04}")).await.card;
        let origin = [server.origin(), &other.origin][number % 2];
        let browser = legal.log_in(origin).await;
        let (legal, acknowledged, stop) =
            (legal.clone(), Arc::clone(&acknowledged), Arc::clone(&stop));
        clients.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                if let Some(done) = act(&legal, &browser, card).await {
                    acknowledged.lock().await.push(done);
                } else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }));
        cards.push(card);
    }
    until(&acknowledged, ACTS).await;
    pair.lose_primary(death);
    if is_early {
        pair.lead_to_standby();
    }
    tokio::time::sleep(UNNOTICED).await;
    let before = acknowledged.lock().await.len();
    pair.promote().await;
    let promoted = Instant::now();
    pair.lead_to_standby();
    until(&acknowledged, before + ACTS).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let acknowledged = acknowledged.lock().await;
    let first = acknowledged
        .iter()
        .find(|done| done.at > promoted)
        .unwrap()
        .at;
    check(&server, &cards, &acknowledged).await;
    other.stop().await;
    verify(server).await;
    first.duration_since(promoted)
}

/// Freezes or unfreezes a card. None where there was no answer, or another one: whether
/// it was done then, the next look shows.
async fn act(legal: &Person, browser: &Browser, card: CardId) -> Option<Acknowledged> {
    let good = async |path: &str, body| {
        let reply = browser.try_call(path, body).await?;
        assert!(
            matches!(reply.status, 200 | 503 | 409),
            "{path}: {} {}",
            reply.status,
            reply.body
        );
        (reply.status == 200).then(|| reply.json())
    };
    let detail = good("/api/cards/detail", json!({ "card": card })).await?;
    let action = match detail["row"]["state"]["name"].as_str()? {
        "normal" => "freeze",
        "frozen" => "unfreeze",
        other => panic!("{other}"),
    };
    let body = json!({ "card": card, "action": action });
    let statement = statement(&good("/api/acts/propose", body).await?);
    let signature = legal.signature(&browser.origin, &statement);
    let body = json!({ "statement": statement, "signature": signature });
    let event = good("/api/acts/commit", body).await?["event"].as_i64()?;
    Some(Acknowledged {
        card,
        event,
        action,
        at: Instant::now(),
    })
}

async fn until(acknowledged: &AllAcknowledged, acts: usize) {
    let started = Instant::now();
    while acknowledged.lock().await.len() < acts {
        assert!(started.elapsed() < GOES_ON, "nobody acts any more");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What the new primary has: every acknowledged act, in turn, and each card's state as
/// its last event made it.
async fn check(server: &TestServer, cards: &[CardId], acknowledged: &[Acknowledged]) {
    for card in cards {
        let all = server
            .store
            .events(server.enterprise, Some(*card), None, 10_000);
        let mut all = all.await.unwrap();
        all.reverse();
        all.retain(|event| {
            matches!(event.act.as_str(), "freeze" | "unfreeze")
                && event.outcome == EventOutcome::Done
        });
        for (number, event) in all.iter().enumerate() {
            assert_eq!(event.act, ["freeze", "unfreeze"][number % 2]);
        }
        for done in acknowledged.iter().filter(|done| done.card == *card) {
            assert!(
                all.iter()
                    .any(|event| event.seq == done.event && event.act == done.action),
                "{done:?} was acknowledged and is missing"
            );
        }
        let record = server.store.card(server.enterprise, *card).await.unwrap();
        let is_frozen = matches!(record.state, CardState::Frozen { .. });
        assert_eq!(
            is_frozen,
            all.len() % 2 == 1,
            "state and log of {card} disagree"
        );
    }
}

/// Every event has its place, and the log is the one that was witnessed before.
async fn verify(server: TestServer) {
    server.all_have_places().await;
    let pem = std::fs::read(server.folder.path().join("keys/ca.cert.pem")).unwrap();
    let options = event_log::verify::Options {
        anchors: Some(event_log::certificate::TrustAnchors::from_pem(&pem).unwrap()),
        witnesses: vec![server.folder.path().join("witness.jsonl")],
        ..event_log::verify::Options::of(server.keys.audit.public())
    };
    // With its last checkpoint in the witness file.
    server.instance.stop().await;
    let report = crate::audit::log_fixture::check(&server.store, &options).await;
    assert_eq!(sentences(&report), Vec::<String>::new());
}
