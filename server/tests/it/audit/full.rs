//! An act whose event can't be written does not happen, and reads go on: the
//! disk is full, the database is read-only, the table of events refuses.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both, on_postgres, on_sqlite},
    service::{Browser, Person, TestServer, statement},
    small_disk::SmallDisk,
};

on_both!(without_its_event_nothing_happens,);

/// Acts, reveals and exports fail as a whole; reading goes on.
async fn nothing_is_written(client: &Browser, legal: &Person, operator: &Person) {
    let proposed = legal.act(client, operator.card, "freeze").await;
    assert_eq!(
        (proposed.status, proposed.code().as_str()),
        (503, "unavailable"),
        "{}",
        proposed.body
    );
    let body = json!({ "card": operator.card });
    let revealed = client.call("/api/cards/reveal", body.clone()).await;
    assert_eq!(
        (revealed.status, revealed.code().as_str()),
        (503, "unavailable")
    );
    assert!(!revealed.body.contains("11010119"), "{}", revealed.body);
    let exported = client
        .send("GET", "/export/events.csv", &[], Vec::new())
        .await;
    assert_eq!(exported.status, 503, "{}", exported.body);
    reading_goes_on(client, operator).await;
}

async fn reading_goes_on(client: &Browser, operator: &Person) {
    let body = json!({ "card": operator.card });
    let detail = client.call("/api/cards/detail", body).await.good();
    assert_eq!(detail["row"]["state"]["name"], "normal");
    let history = json!({ "query": {
        "of": { "card": operator.card }, "act": null, "outcome": null, "from": null, "to": null,
        "cursor": null,
    } });
    let page = client.call("/api/history/list", history).await.good();
    assert!(!page["rows"].as_array().unwrap().is_empty());
}

async fn without_its_event_nothing_happens(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let refuse = if database.is_sqlite() {
        "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END"
    } else {
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'full'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()"
    };
    database.raw(refuse).await.unwrap();
    let before = server.events(100).await.len();
    nothing_is_written(&client, &legal, &operator).await;
    assert_eq!(server.events(100).await.len(), before);
    let again = if database.is_sqlite() {
        "DROP TRIGGER refuse"
    } else {
        "DROP TRIGGER refuse ON events"
    };
    database.raw(again).await.unwrap();
    legal.act(&client, operator.card, "freeze").await.good();
}

/// The real thing: a file system of a few megabytes that is filled to its last
/// byte.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_loses_nothing() {
    let Some(disk) = SmallDisk::mount(12) else {
        return without_a_disk().await;
    };
    let database = disk.database().await;
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    // The proposal is there before the disk is full.
    let body = json!({ "card": operator.card, "action": "freeze" });
    let proposed = client.call("/api/acts/propose", body).await.good();
    disk.fill();
    let statement = statement(&proposed);
    let signature = legal.signature(server.origin(), &statement);
    let body = json!({ "statement": statement, "signature": signature });
    let committed = client.call("/api/acts/commit", body.clone()).await;
    assert_eq!(
        (committed.status, committed.code().as_str()),
        (503, "unavailable"),
        "{}",
        committed.body
    );
    reading_goes_on(&client, &operator).await;
    let healthy = || client.send("GET", "/healthz", &[], Vec::new());
    let health = healthy().await;
    assert_eq!(
        (health.status, health.body.as_str()),
        (503, "store unavailable\n")
    );
    let ready = client.send("GET", "/readyz", &[], Vec::new()).await;
    assert_eq!(ready.status, 200);
    // Room again: everything goes on, with the same proposal.
    disk.make_room();
    client.call("/api/acts/commit", body).await.good();
    assert_eq!(healthy().await.status, 200);
    let events = server.events(100).await;
    assert_eq!(
        events
            .iter()
            .filter(
                |event| event.act == "freeze" && event.outcome == card_domain::EventOutcome::Done
            )
            .count(),
        1
    );
    server.instance.stop().await;
    database.store.close().await;
}

/// Without root the table of events alone is full, and has room again.
async fn without_a_disk() {
    on_sqlite(without_its_event_nothing_happens).await;
}

/// A standby, or an administrator's command: PostgreSQL refuses every write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_only_database_is_read() {
    on_postgres(async |database| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let operator = server.operator("0001").await;
        let client = legal.log_in(server.origin()).await;
        let (_, name) = server.url.rsplit_once('/').unwrap();
        let name = name.split('?').next().unwrap();
        // New connections have the setting; those that are open are ended, as
        // at a switch to a standby.
        let switch = async |on: &str| {
            let sql = format!(
                "BEGIN READ WRITE; \
                 ALTER DATABASE {name} SET default_transaction_read_only = {on}; COMMIT; \
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()"
            );
            database.raw(&sql).await.unwrap();
        };
        switch("on").await;
        nothing_is_written(&client, &legal, &operator).await;
        switch("off").await;
        legal.act(&client, operator.card, "freeze").await.good();
    })
    .await;
}
