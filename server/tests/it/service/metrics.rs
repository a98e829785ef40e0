//! `/metrics` over HTTP: what happened is in the figures, and nothing else is.

mod book;
mod cards;
mod gone;
mod limits;
mod scrape;

use jiff::SignedDuration;
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{CODE, TestServer, begin},
};

use self::scrape::{Scrape, ask, counting, scrape, until};

on_both!(
    requests_logins_and_events_are_counted,
    a_log_that_stands_still_is_seen,
    a_store_that_does_not_answer_is_down,
    off_is_off,
    nothing_but_the_figures_is_served,
    a_taken_port_is_named,
);

async fn requests_logins_and_events_are_counted(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    legal.act(&client, operator.card, "freeze").await.good();
    let reply = operator.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "login/frozen");
    let token = legal.token(server.origin(), "no challenge of theirs");
    let body = json!({ "token": token });
    let reply = server.browser().call("/api/login", body).await;
    assert_eq!(reply.code(), "login/challenge_used");

    let now = until(server.origin(), |now| {
        now.count("ic_card_sequencer_waiting_events", &[]) == 0
    })
    .await;
    for (outcome, count) in [
        ("done", 1),
        ("frozen", 1),
        ("challenge_used", 1),
        ("too_many", 0),
        ("expired", 0),
    ] {
        let labels = [("outcome", outcome)];
        assert_eq!(
            now.count("ic_card_logins_total", &labels),
            count,
            "{outcome}"
        );
    }
    for (route, status, count) in [
        ("/api/login", "200", 1),
        ("/api/login", "401", 2),
        ("/api/challenge", "200", 2),
        ("/api/acts/commit", "200", 1),
    ] {
        let labels = [("route", route), ("method", "POST"), ("status", status)];
        assert_eq!(
            now.count("ic_card_http_requests_total", &labels),
            count,
            "{route}"
        );
    }
    let times = "ic_card_http_request_duration_seconds";
    let labels = [("route", "/api/login"), ("method", "POST")];
    assert_eq!(now.count(&format!("{times}_count"), &labels), 3);
    let took = now.value(&format!("{times}_sum"), &labels);
    assert!(took > 0.0 && took < 30.0, "{took}");
    let bucket = format!("{times}_bucket");
    let half_minute = [labels[0], labels[1], ("le", "30")];
    assert_eq!(now.count(&bucket, &half_minute), 3);
    assert_eq!(now.count("ic_card_http_requests_in_flight", &[]), 0);

    // Enterprise, cards, logins, the act: each event has its place.
    let events = server.store.event_count().await.unwrap();
    assert_eq!(now.count("ic_card_sequencer_events_total", &[]), events);
    assert_eq!(
        now.count("ic_card_sequencer_oldest_waiting_seconds", &[]),
        0
    );
    assert_eq!(now.count("ic_card_store_up", &[]), 1);
    assert_eq!(
        now.count("process_start_time_seconds", &[]),
        u64::try_from(begin().as_second()).unwrap()
    );
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(now.count("ic_card_build_info", &version), 1);
    let state = |state| now.count("ic_card_store_connections", &[("state", state)]);
    let most = now.count("ic_card_store_connections_max", &[]);
    assert!((1..=most).contains(&(state("idle") + state("in_use"))));
    if database.is_sqlite() {
        assert_eq!(now.count("ic_card_sqlite_queue_length", &[]), 0);
        let writes = now.count("ic_card_sqlite_batch_writes_sum", &[]);
        let batches = now.count("ic_card_sqlite_batch_writes_count", &[]);
        assert!(batches > 0 && writes >= batches);
        assert_eq!(
            now.count("ic_card_sqlite_batch_duration_seconds_count", &[]),
            batches
        );
    } else {
        assert!(!now.text.contains("ic_card_sqlite"), "{}", now.text);
    }
    let own = client.call("/api/cards/own", json!({})).await.good();
    let card_no = own["row"]["card_no"].as_str().unwrap();
    let card = legal.card.to_string();
    for secret in [
        card_no,
        &card,
        "张三",
        "王明",
        "测试企业",
        CODE,
        "110101",
        "127.0.0.1",
    ] {
        assert!(!now.text.contains(secret), "{secret} in {}", now.text);
    }
}

async fn a_log_that_stands_still_is_seen(database: TestDatabase) {
    let server = TestServer::with(&database, |config| {
        // A folder can't be appended to.
        config.audit.witness = Some(std::env::temp_dir());
        counting(config);
    })
    .await;
    let failures = |now: &Scrape, reason: &str| {
        now.count("ic_card_sequencer_failures_total", &[("reason", reason)])
    };
    let now = until(server.origin(), |now| failures(now, "witness") > 1).await;
    assert_eq!(failures(&now, "store"), 0);
    let waiting = |now: &Scrape| now.count("ic_card_sequencer_waiting_events", &[]);
    assert_eq!(waiting(&now), 0, "it is only not witnessed");

    // No checkpoint can be written, so no event gets its place.
    let rename = "ALTER TABLE log_checkpoints RENAME TO elsewhere";
    database.raw(rename).await.unwrap();
    let person = server.operator("0001").await;
    person.log_in(server.origin()).await;
    person.log_in(server.origin()).await;
    server.clock.advance(SignedDuration::from_secs(90));
    let now = until(server.origin(), |now| failures(now, "store") > 0).await;
    assert!(waiting(&now) > 2, "{}", now.text);
    let oldest = "ic_card_sequencer_oldest_waiting_seconds";
    assert_eq!(now.count(oldest, &[]), 90);
    assert_eq!(now.count("ic_card_store_up", &[]), 1);
    let rename = "ALTER TABLE elsewhere RENAME TO log_checkpoints";
    database.raw(rename).await.unwrap();
    let now = until(server.origin(), |now| waiting(now) == 0).await;
    assert_eq!(now.count(oldest, &[]), 0);
}

async fn a_store_that_does_not_answer_is_down(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    assert_eq!(
        scrape(server.origin()).await.count("ic_card_store_up", &[]),
        1
    );
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        database.raw(&sql).await.unwrap();
    };
    rename("operations", "elsewhere").await;
    let now = scrape(server.origin()).await;
    assert_eq!(now.count("ic_card_store_up", &[]), 0);
    // What it would have said is not known, which is not what it said before.
    assert!(now.value("ic_card_operations_unsettled", &[]).is_nan());
    assert!(now.value("ic_card_sequencer_waiting_events", &[]).is_nan());
    rename("elsewhere", "operations").await;
    let now = scrape(server.origin()).await;
    assert_eq!(now.count("ic_card_store_up", &[]), 1);
    assert_eq!(now.count("ic_card_operations_unsettled", &[]), 0);
}

async fn off_is_off(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    let reply = browser.send("GET", "/metrics", &[], Vec::new()).await;
    assert_eq!(reply.status, 404, "the portal never has it");
    assert!(!reply.body.contains("ic_card_http_requests"));
    let address = scrape::address(server.origin());
    let refused = tokio::net::TcpStream::connect(address).await;
    assert!(refused.is_err(), "somebody listens on {address}");
}

async fn nothing_but_the_figures_is_served(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    for (method, path, status) in [
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("GET", "/", 404),
        ("GET", "/healthz", 404),
        ("GET", "/login", 404),
    ] {
        let reply = ask(server.origin(), method, path).await;
        assert_eq!(reply.status, status, "{method} {path}");
        let is_served = reply.body.contains("ic_card_build_info");
        assert_eq!(is_served, (method, path) == ("GET", "/metrics"));
    }
    let portal = server.browser();
    let reply = portal.send("GET", "/metrics", &[], Vec::new()).await;
    assert_eq!(reply.status, 404, "the portal never has it");
}

async fn a_taken_port_is_named(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    scrape(server.origin()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = server::config::Config {
        origins: vec![server::config::Origin::parse(server.origin()).unwrap()],
        keys: server.folder.path().join("keys"),
        ..server::config::Config::default()
    };
    config.database.url.clone_from(&server.url);
    counting(&mut config);
    let stop = std::future::pending();
    let error = server::run(config, server.clock.clone(), listener, stop).await;
    let error = error.unwrap_err().to_string();
    let address = scrape::address(server.origin());
    let named = format!("metrics.listen: {address} can't be listened on: ");
    assert!(error.starts_with(&named), "{error}");
}
