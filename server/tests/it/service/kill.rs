//! `kill -9` of the real server in the middle of acts: after each restart no
//! acknowledged act is missing, and none is half there.

use std::{collections::BTreeMap, sync::Arc};

use card_domain::{CardId, CardState, EventOutcome};
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, Person, TestServer, statement},
};
use tokio::sync::Mutex;

use crate::process::{Process, configure};

on_both!(fifty_kills_lose_nothing);

const KILLS: u32 = 50;
const WORKERS: usize = 4;

/// The moments within a request at which a sweep kills the server.
pub(crate) const MICROSECONDS: [u64; 10] = [50, 200, 400, 700, 1000, 1500, 2000, 3000, 5000, 8000];

/// What the clients know: the acknowledged acts of each card, in their order.
type Acknowledged = Arc<Mutex<BTreeMap<CardId, Vec<(i64, &'static str)>>>>;

async fn fifty_kills_lose_nothing(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let mut operators = Vec::new();
    for number in 0..WORKERS {
        operators.push(server.operator(&format!("{number:04}")).await.card);
    }
    server.clock.set(jiff::Timestamp::UNIX_EPOCH);
    let (port, origin) = configure(server.folder.path());
    let acknowledged: Acknowledged = Arc::default();
    let mut in_flight = 0;
    for round in 0..KILLS {
        let mut process = Process::start(server.folder.path(), port, &server.url);
        let browser = legal.log_in(&origin).await;
        let workers: Vec<_> = operators
            .iter()
            .map(|card| work(legal.clone(), browser.clone(), *card, acknowledged.clone()))
            .map(tokio::spawn)
            .collect();
        // Killed after some acts, at no particular moment of the next ones.
        let goal = total(&acknowledged).await + 1 + usize::try_from(round % 5).unwrap();
        while total(&acknowledged).await < goal {
            tokio::task::yield_now().await;
        }
        process.kill();
        for worker in workers {
            in_flight += u32::from(worker.await.unwrap());
        }
        check(&server, &operators, &acknowledged).await;
    }
    let last = Process::start(server.folder.path(), port, &server.url);
    last.end().await;
    assert!(
        in_flight > KILLS / 2,
        "most kills hit acts under way: {in_flight}"
    );
}

async fn total(acknowledged: &Acknowledged) -> usize {
    acknowledged.lock().await.values().map(Vec::len).sum()
}

/// Freezes and unfreezes a card until the server is gone. Whether an act was
/// under way then.
async fn work(legal: Person, browser: Browser, card: CardId, acknowledged: Acknowledged) -> bool {
    loop {
        let body = json!({ "card": card });
        let Some(detail) = browser.try_call("/api/cards/detail", body).await else {
            return false;
        };
        let action = match detail.good()["row"]["state"]["name"].as_str().unwrap() {
            "normal" => "freeze",
            "frozen" => "unfreeze",
            other => panic!("{other}"),
        };
        let body = json!({ "card": card, "action": action });
        let Some(proposed) = browser.try_call("/api/acts/propose", body).await else {
            return false;
        };
        let statement = statement(&proposed.good());
        let signature = legal.signature(&browser.origin, &statement);
        let body = json!({ "statement": statement, "signature": signature });
        let Some(done) = browser.try_call("/api/acts/commit", body).await else {
            return true;
        };
        let event = done.good()["event"].as_i64().unwrap();
        acknowledged
            .lock()
            .await
            .entry(card)
            .or_default()
            .push((event, action));
    }
}

/// The log has every acknowledged act, its acts alternate, and each card's
/// state is what its last event made of it.
async fn check(server: &TestServer, operators: &[CardId], acknowledged: &Acknowledged) {
    let acknowledged = acknowledged.lock().await;
    // The server is dead: this is another instance's view of what is durable.
    let store = test_support::database::open(&server.url).await;
    for card in operators {
        let mut log = Vec::new();
        let mut before = None;
        loop {
            let page = store
                .events(server.enterprise, Some(*card), before, 200)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.seq);
            log.extend(page);
        }
        log.reverse();
        let acts: Vec<_> = log
            .iter()
            .filter(|event| matches!(event.act.as_str(), "freeze" | "unfreeze"))
            .filter(|event| event.outcome == EventOutcome::Done)
            .collect();
        for (position, act) in acts.iter().enumerate() {
            let expected = if position % 2 == 0 {
                "freeze"
            } else {
                "unfreeze"
            };
            assert_eq!(act.act, expected);
            assert!(act.statement.is_some());
        }
        for (event, action) in acknowledged.get(card).into_iter().flatten() {
            assert!(
                acts.iter()
                    .any(|act| act.seq == *event && act.act == *action),
                "{action} of {card} was acknowledged as {event} and is missing"
            );
        }
        let record = store.card(server.enterprise, *card).await.unwrap();
        let frozen = matches!(record.state, CardState::Frozen { .. });
        assert_eq!(
            frozen,
            acts.len() % 2 == 1,
            "state and log of {card} disagree"
        );
        // One version for making the card, one for each act.
        assert_eq!(
            record.version,
            i64::try_from(acts.len()).unwrap() + first_version()
        );
    }
    store.close().await;
}

/// The version of a card that was just made.
const fn first_version() -> i64 {
    1
}
