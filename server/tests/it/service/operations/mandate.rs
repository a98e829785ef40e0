//! The database's administrator and the journal: an operation goes on with its card
//! only as the legal person signed it, for that card, whatever the rows say.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, LegalPersonClient, PIN, TestServer,
        legal_person::{heal, step, tag},
    },
};

on_both!(
    what_nobody_signed_is_not_begun,
    what_nobody_signed_is_not_healed,
    a_ticket_is_one_that_a_server_made,
);

/// A row of the journal as servers wrote it before it had a tag.
const UNTAGGED: &str =
    r#"{"sequence":0,"stage":null,"looks":0,"new_key":false,"touched_before":true}"#;

/// What is changed past the server in the rows of a 延期 that was signed for `one`.
fn changes(database: &TestDatabase, one: &CardReader, two: &CardReader) -> Vec<String> {
    let batch = |set: &str| format!("UPDATE operation_batches SET {set}");
    let replace = |column: &str, from: &str, to: &str| {
        batch(&format!("{column} = replace({column}, '{from}', '{to}')"))
    };
    let (signed, other) = (one.card.0.to_string(), two.card.0.to_string());
    let two = database.uuid(two.card.0);
    vec![
        batch("act = 'unlock'"),
        replace("structured", "\"renew\"", "\"unlock\""),
        replace("structured", &signed, &other),
        replace("statement", "延期", "解锁"),
        replace("origin", "http", "hxxp"),
        batch("nonce = NULL, origin = NULL"),
        batch(&format!("actor_card = {two}")),
        batch(&format!("certificate = {}", database.bytes(&[7; 32]))),
        batch(&format!("signature = {}", database.bytes(&[7; 64]))),
        batch("created_at = created_at + 600000000"),
        // The same, signed for one card, at another.
        format!("UPDATE operations SET card_id = {two}, payload = '{UNTAGGED}'"),
    ]
}

/// Keeps the rows of the journal as they are.
async fn keep(database: &TestDatabase) {
    for table in ["operation_batches", "operations"] {
        let copy = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
        database.raw(&copy).await.unwrap();
    }
}

/// Sets them back.
async fn set_back(database: &TestDatabase) {
    let tables = [
        (
            "operation_batches",
            "act = k.act, statement = k.statement, structured = k.structured, \
             origin = k.origin, nonce = k.nonce, actor_card = k.actor_card, \
             certificate = k.certificate, signature = k.signature, created_at = k.created_at",
        ),
        ("operations", "card_id = k.card_id, payload = k.payload"),
    ];
    for (table, columns) in tables {
        let set =
            format!("UPDATE {table} SET {columns} FROM kept_{table} k WHERE k.id = {table}.id");
        assert_eq!(database.raw(&set).await.unwrap(), 1);
    }
}

async fn what_nobody_signed_is_not_begun(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut one = CardReader::operator(&server, "0001").await;
    let two = CardReader::operator(&server, "0002").await;
    let begun = client.begin(&[one.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    keep(&database).await;
    for change in changes(&database, &one, &two) {
        assert_eq!(database.raw(&change).await.unwrap(), 1, "{change}");
        let reply = client.next(ticket, json!("inserted")).await;
        assert_eq!(reply.code(), "card_record", "{change}: {}", reply.body);
        assert!(!reply.body.contains("program"), "{change}: {}", reply.body);
        set_back(&database).await;
    }
    let done = client.drive(ticket, &mut one, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
}

async fn what_nobody_signed_is_not_healed(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut one = CardReader::operator(&server, "0001").await;
    let two = CardReader::operator(&server, "0002").await;
    let begun = client.begin(&[one.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let looked = step(&look["next"], &mut one, PIN).unwrap();
    let writing = client.next(ticket, looked).await.good();
    assert_eq!(tag(&writing["next"]), "run");
    // The page is closed before the card is written.
    client.cancel(ticket).await.good();
    keep(&database).await;
    let browser = server.browser();
    let events = server.events(1000).await.len();
    let identity = one.identify().unwrap();
    for change in changes(&database, &one, &two) {
        assert_eq!(database.raw(&change).await.unwrap(), 1, "{change}");
        let body = json!({ "identity": identity });
        let reply = browser.call("/api/insertions/seen", body).await;
        assert!(!reply.body.contains("program"), "{change}: {}", reply.body);
        set_back(&database).await;
    }
    // A claim names nobody in the record.
    assert_eq!(server.events(1000).await.len(), events);
    let healed = heal(&browser, &mut one).await;
    assert_eq!(tag(&healed), "healed", "{healed}");
}

async fn a_ticket_is_one_that_a_server_made(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut one = CardReader::operator(&server, "0001").await;
    let begun = client.begin(&[one.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let hash = |ticket: &str| database.bytes(&Sha256::digest(ticket));
    let set = |columns: String| format!("UPDATE operation_batches SET {columns}");
    for length in [86, 44] {
        let made_up = "A".repeat(length);
        let put = set(format!("ticket_hash = {}", hash(&made_up)));
        database.raw(&put).await.unwrap();
        let reply = client.next(&made_up, json!("inserted")).await;
        assert_eq!(reply.code(), "ticket_void", "{}", reply.body);
    }
    let longer = set(format!(
        "ticket_hash = {}, ticket_ends_at = ticket_ends_at + 1",
        hash(ticket)
    ));
    database.raw(&longer).await.unwrap();
    let reply = client.next(ticket, json!("inserted")).await;
    assert_eq!(reply.code(), "ticket_void", "{}", reply.body);
    let back = set(String::from("ticket_ends_at = ticket_ends_at - 1"));
    database.raw(&back).await.unwrap();
    let done = client.drive(ticket, &mut one, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
}
