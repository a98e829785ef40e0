//! A bad way between two machines: answers that are lost, late, slow, or cut off in the
//! middle. What was acknowledged is there; what was not can be sent again, and is done
//! once.

use std::time::{Duration, Instant};

use card_domain::CardId;
use event_log::verify::Options;
use serde_json::{Value, json};
use server::config::Origin;
use test_support::{
    bad_way::BadWay,
    database::{TestDatabase, on_both, on_postgres},
    service::{Browser, Instance, Person, Reply, TestServer, statement},
};

use super::{long_or, workers::Workers};
use crate::audit::log_fixture::{check, sentences};

on_both!(an_answer_that_is_lost_is_given_again);

/// A server that is also reached by a bad way: that is its own name.
pub(super) async fn behind(database: &TestDatabase) -> (TestServer, BadWay, String) {
    // Nobody is there yet: the way is led to the server once that has its port.
    let way = BadWay::to("127.0.0.1:1").await;
    let origin = format!("http://{}", way.address());
    let also = Origin::parse(&origin).unwrap();
    let server = TestServer::with(database, |config| config.origins.insert(0, also)).await;
    way.lead_to(server.origin().trim_start_matches("http://"));
    (server, way, origin)
}

/// Sends until an answer comes, of which the first so many get lost.
async fn send_again(way: &BadWay, browser: &Browser, path: &str, body: &Value, lost: u32) -> Reply {
    way.lose_answers(lost);
    for attempt in 0..=lost {
        if let Some(reply) = browser.try_call(path, body.clone()).await {
            assert_eq!(attempt, lost, "an answer came although it was to be lost");
            return reply;
        }
    }
    panic!("no answer came");
}

/// What is to be committed: a proposal, signed.
async fn signed(browser: &Browser, legal: &Person, path: &str, body: Value) -> Value {
    let proposal = browser.call(path, body).await.good();
    let statement = statement(&proposal);
    let signature = legal.signature(&browser.origin, &statement);
    json!({ "statement": statement, "signature": signature })
}

async fn is_open(server: &TestServer, card: CardId) -> bool {
    let unfinished = server.store.unfinished_operation(card).await.unwrap();
    unfinished.is_some_and(|operation| operation.state.is_open())
}

async fn an_answer_that_is_lost_is_given_again(database: TestDatabase) {
    let (server, way, origin) = behind(&database).await;
    let legal = server.legal_person().await;
    let card = server.operator("0001").await.card;
    for round in 0..long_or(3, 100) {
        let browser = legal.log_in(&origin).await;
        for (action, state) in [("freeze", "frozen"), ("unfreeze", "normal")] {
            let body = json!({ "card": card, "action": action });
            let request = signed(&browser, &legal, "/api/acts/propose", body).await;
            let before = server.last_event().await.seq;
            let lost = 1 + round % 2;
            let reply = send_again(&way, &browser, "/api/acts/commit", &request, lost).await;
            assert_eq!(reply.good()["state"], state);
            let newest = server.last_event().await;
            assert_eq!((newest.seq, newest.act.as_str()), (before + 1, action));
        }
        let body = json!({ "cards": [card], "action": "renew" });
        let mut request = signed(&browser, &legal, "/api/operations/propose", body).await;
        request["second_reader"] = json!(round % 2 == 0);
        let path = "/api/operations/commit";
        let ticket = send_again(&way, &browser, path, &request, 1).await.good();
        assert!(is_open(&server, card).await);
        let cancel = json!({ "ticket": ticket["ticket"] });
        let path = "/api/operations/cancel";
        send_again(&way, &browser, path, &cancel, 1).await.good();
        assert!(!is_open(&server, card).await);
        let out = send_again(&way, &browser, "/api/logout", &json!({}), 1).await;
        out.good();
    }
}

/// Everything between the server and its database is late, narrow and cut now and then.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_at_the_end_of_a_bad_way_loses_nothing() {
    on_postgres(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let mut cards = Vec::new();
        for number in 0..3 {
            cards.push(server.operator(&format!("{number:04}")).await.card);
        }
        let (_user, rest) = database.url.split_once('@').unwrap();
        let (host, _path) = rest.split_once('/').unwrap();
        let way = BadWay::to(host).await;
        let keys = server.folder.path().join("keys");
        let url = way.url(&database.url);
        let far = Instance::start(&url, keys, server.clock.clone(), |_config| {}).await;
        way.delay(Duration::from_millis(1));
        way.narrow(2_000_000);
        let workers = Workers::begin(&legal, &far.origin, &cards, &server.store);
        let until = Instant::now() + Duration::from_secs(long_or(10, 120));
        let late = until + Duration::from_mins(1);
        while Instant::now() < until || workers.done() <= 3 {
            assert!(Instant::now() < late, "nothing comes through");
            tokio::time::sleep(Duration::from_secs(2)).await;
            way.cut();
        }
        let done = workers.done();
        let acknowledged = workers.end().await;
        way.delay(Duration::ZERO);
        way.narrow(0);
        for (card, acts) in acknowledged {
            let events = server
                .store
                .events(server.enterprise, Some(card), None, 1000)
                .await;
            let events: Vec<i64> = events.unwrap().iter().map(|event| event.seq).collect();
            assert!(
                acts.iter().all(|seq| events.contains(seq)),
                "an act is gone"
            );
        }
        println!("{done} acts were acknowledged over a bad way");
        let options = Options::of(server.keys.audit.public());
        far.stop().await;
        let report = check(&server.store, &options).await;
        assert_eq!(sentences(&report), [""; 0]);
    })
    .await;
}
