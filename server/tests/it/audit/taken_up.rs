//! What is done under a signature was begun under it, and was not given up meanwhile:
//! the verification says so of an event that only says it is done.

use event_log::{
    CardFacts, EventFacts,
    body::Body,
    certificate::TrustAnchors,
    verify::{Finding, Options},
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{CardReader, LegalPersonClient, TestServer},
};

use super::log_fixture::check;

on_both!(
    what_was_given_up_is_not_done,
    what_was_not_begun_is_not_done,
);

/// A 延期 that was signed, and withdrawn before the card was seen; its beginning.
async fn withdrawn(database: &TestDatabase) -> (TestServer, i64) {
    let server = TestServer::new(database).await;
    let client = LegalPersonClient::new(&server).await;
    let reader = CardReader::operator(&server, "0001").await;
    let begun = client.begin(&[reader.card], "renew").await;
    client
        .cancel(begun["ticket"].as_str().unwrap())
        .await
        .good();
    let events = server.events(10).await;
    let beginning = events.iter().find(|event| event.act == "renew_begin");
    let beginning = beginning.unwrap().seq;
    // An event that says that it is done, under the same signature.
    let explained = server.store.explain(reader.card).await.unwrap().unwrap();
    let bytes = database.body(beginning).await;
    let body = Body::decode(&bytes).unwrap();
    let facts = EventFacts {
        card: Some(CardFacts { ..explained.facts }),
        ..EventFacts::read(body.facts)
    };
    let facts = facts.to_json().unwrap();
    let body = Body {
        facts: Some(&facts),
        ..body
    };
    let id = database.uuid(reader.card.0);
    for sql in [
        format!(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
             SELECT at, enterprise_id, actor_card, 'renew', target_card, 'done', {} FROM events \
             WHERE seq = {beginning}",
            database.bytes(&body.encode())
        ),
        format!("UPDATE cards SET state_event = (SELECT max(seq) FROM events) WHERE id = {id}"),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    (server, beginning)
}

/// What the verification finds.
async fn findings(server: TestServer) -> Vec<Finding> {
    let pem = server.folder.path().join("keys/ca.cert.pem");
    let options = Options {
        anchors: Some(TrustAnchors::from_pem(&std::fs::read(pem).unwrap()).unwrap()),
        ..Options::of(server.keys.audit.public())
    };
    server.instance.stop().await;
    check(&server.store, &options).await.findings
}

async fn what_was_given_up_is_not_done(database: TestDatabase) {
    let (server, _beginning) = withdrawn(&database).await;
    let found = findings(server).await;
    assert!(
        matches!(found.as_slice(), [Finding::TakenUpAgain { .. }]),
        "{found:?}"
    );
}

async fn what_was_not_begun_is_not_done(database: TestDatabase) {
    let (server, beginning) = withdrawn(&database).await;
    let unbind = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed"
    } else {
        "ALTER TABLE events DISABLE TRIGGER ALL"
    };
    database.raw(unbind).await.unwrap();
    let other = format!("UPDATE events SET outcome = 'refused' WHERE seq = {beginning}");
    assert_eq!(database.raw(&other).await.unwrap(), 1);
    let found = findings(server).await;
    let is_named = |found: &Finding| matches!(found, Finding::NotBegun { .. });
    assert!(found.iter().any(is_named), "{found:?}");
}
