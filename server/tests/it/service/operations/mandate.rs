//! The database's administrator and the journal: an operation goes on with its card
//! only as the legal person signed it, for that card, whatever the rows say.

mod put_in;

use card_domain::Validity;
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{clock::Clock as _, storage::Holder};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        Browser, CODE, CardReader, LegalPersonClient, PIN, Reply, TestServer,
        legal_person::{heal, step, tag},
    },
};

use super::good_certificate;

on_both!(
    what_nobody_signed_is_not_begun,
    what_nobody_signed_is_not_healed,
    a_ticket_is_one_that_a_server_made,
    what_is_over_is_not_taken_up_again,
    no_key_is_certified_that_was_put_into_the_register,
    what_was_signed_in_time_ends_later,
);

/// A row of the journal as servers wrote it before it had a tag.
const UNTAGGED: &str =
    r#"{"sequence":0,"stage":null,"looks":0,"new_key":false,"touched_before":true}"#;

/// As once the time of the tickets is over: until then what is healed waits.
const VOID: &str = "UPDATE operation_batches SET ticket_hash = NULL, session_hash = NULL";

/// A 延期 that the legal person signed for the first of two cards.
struct Renewal {
    server: TestServer,
    client: LegalPersonClient,
    one: CardReader,
    ticket: String,
    batch: Value,
}

impl Renewal {
    async fn begin(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let client = LegalPersonClient::new(&server).await;
        let one = CardReader::operator(&server, "0001").await;
        let mut renewal = Self {
            server,
            client,
            one,
            ticket: String::new(),
            batch: Value::Null,
        };
        renewal.begin_again().await;
        renewal
    }

    async fn begin_again(&mut self) {
        let begun = self.client.begin(&[self.one.card], "renew").await;
        begun["ticket"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.ticket);
        self.batch = begun["operations"]["batch"].clone();
    }

    /// Somebody says that the card is in a reader.
    async fn seen(&mut self) -> Reply {
        self.one.insert_again();
        let body = json!({ "identity": self.one.identify().unwrap() });
        let browser = self.server.browser();
        browser.call("/api/insertions/seen", body).await
    }

    async fn next(&self, report: Value) -> Reply {
        self.client.next(&self.ticket, report).await
    }

    /// Goes on to its end, as signed.
    async fn finish(&mut self) {
        let done = self.client.drive(&self.ticket, &mut self.one, PIN).await;
        assert_eq!(tag(&done["next"]), "finished", "{done}");
    }
}

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
    let mut renewal = Renewal::begin(&database).await;
    let two = CardReader::operator(&renewal.server, "0002").await;
    keep(&database).await;
    for change in changes(&database, &renewal.one, &two) {
        assert_eq!(database.raw(&change).await.unwrap(), 1, "{change}");
        let reply = renewal.next(json!("inserted")).await;
        assert_eq!(reply.code(), "card_record", "{change}: {}", reply.body);
        assert!(!reply.body.contains("program"), "{change}: {}", reply.body);
        set_back(&database).await;
    }
    renewal.finish().await;
}

async fn what_nobody_signed_is_not_healed(database: TestDatabase) {
    let mut renewal = Renewal::begin(&database).await;
    let two = CardReader::operator(&renewal.server, "0002").await;
    let look = renewal.next(json!("inserted")).await.good();
    let looked = step(&look["next"], &mut renewal.one, PIN).unwrap();
    let writing = renewal.next(looked).await.good();
    assert_eq!(tag(&writing["next"]), "run");
    // The page is closed before the card is written.
    renewal.client.cancel(&renewal.ticket).await.good();
    keep(&database).await;
    let browser = renewal.server.browser();
    let events = renewal.server.events(1000).await.len();
    let identity = renewal.one.identify().unwrap();
    for change in changes(&database, &renewal.one, &two) {
        assert_eq!(database.raw(&change).await.unwrap(), 1, "{change}");
        let body = json!({ "identity": identity });
        let reply = browser.call("/api/insertions/seen", body).await;
        assert!(!reply.body.contains("program"), "{change}: {}", reply.body);
        set_back(&database).await;
    }
    // A claim names nobody in the record.
    assert_eq!(renewal.server.events(1000).await.len(), events);
    let healed = heal(&browser, &mut renewal.one).await;
    assert_eq!(tag(&healed), "healed", "{healed}");
}

async fn a_ticket_is_one_that_a_server_made(database: TestDatabase) {
    let mut renewal = Renewal::begin(&database).await;
    let hash = |ticket: &str| database.bytes(&Sha256::digest(ticket));
    let set = |columns: String| format!("UPDATE operation_batches SET {columns}");
    for length in [86, 44] {
        let made_up = "A".repeat(length);
        let put = set(format!("ticket_hash = {}", hash(&made_up)));
        database.raw(&put).await.unwrap();
        let reply = renewal.client.next(&made_up, json!("inserted")).await;
        assert_eq!(reply.code(), "ticket_void", "{}", reply.body);
    }
    let longer = set(format!(
        "ticket_hash = {}, ticket_ends_at = ticket_ends_at + 1",
        hash(&renewal.ticket)
    ));
    database.raw(&longer).await.unwrap();
    let reply = renewal.next(json!("inserted")).await;
    assert_eq!(reply.code(), "ticket_void", "{}", reply.body);
    let back = set(String::from("ticket_ends_at = ticket_ends_at - 1"));
    database.raw(&back).await.unwrap();
    renewal.finish().await;
}

/// Signed once, and cancelled or done: the row is opened again past the server.
async fn what_is_over_is_not_taken_up_again(database: TestDatabase) {
    let newest = "id = (SELECT id FROM operations ORDER BY prepared_at DESC, id DESC LIMIT 1)";
    let set = |columns: &str| format!("UPDATE operations SET {columns} WHERE {newest}");
    let reopen = set(
        "state = 'prepared', touched_at = prepared_at, settled_at = NULL, certificate_id = NULL",
    );
    let close = set("state = 'abandoned', touched_at = NULL, abandoned_at = prepared_at");
    let mut renewal = Renewal::begin(&database).await;
    for is_done in [false, true] {
        if is_done {
            renewal.begin_again().await;
            renewal.finish().await;
        } else {
            renewal.client.cancel(&renewal.ticket).await.good();
        }
        let before = good_certificate(&renewal.server, &renewal.one).await;
        database.raw(VOID).await.unwrap();
        assert_eq!(database.raw(&reopen).await.unwrap(), 1);
        let reply = renewal.seen().await;
        assert_eq!(reply.code(), "card_record", "{is_done}: {}", reply.body);
        let body = json!({ "batch": renewal.batch, "second_reader": true });
        let browser = &renewal.client.browser;
        let resumed = browser.call("/api/operations/resume", body).await.good();
        let ticket = resumed["ticket"].as_str().unwrap();
        let reply = renewal.client.next(ticket, json!("inserted")).await;
        assert_eq!(reply.code(), "card_record", "{is_done}: {}", reply.body);
        let after = good_certificate(&renewal.server, &renewal.one).await;
        assert_eq!(after, before);
        database.raw(&close).await.unwrap();
        renewal.server.clock.advance(SignedDuration::from_secs(1));
    }
}

/// A 延期 over the same key takes the key from the register: not from a certificate
/// that was exchanged there under the digest of the good one.
async fn no_key_is_certified_that_was_put_into_the_register(database: TestDatabase) {
    let mut renewal = Renewal::begin(&database).await;
    let other = renewal.server.operator("0002").await;
    let honest = good_certificate(&renewal.server, &renewal.one).await;
    let card = database.uuid(renewal.one.card.0);
    let put = |der: &[u8]| {
        let der = database.bytes(der);
        format!("UPDATE certificates SET der = {der} WHERE card_id = {card} AND standing = 'good'")
    };
    database.raw(&put(&other.certificate)).await.unwrap();
    let reply = renewal.next(json!("inserted")).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    // Between the look and what follows from it.
    database.raw(&put(&honest)).await.unwrap();
    let look = renewal.next(json!("inserted")).await.good();
    let looked = step(&look["next"], &mut renewal.one, PIN).unwrap();
    database.raw(&put(&other.certificate)).await.unwrap();
    let reply = renewal.next(looked).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    database.raw(&put(&honest)).await.unwrap();
    renewal.finish().await;
}

/// The legal person signed while their certificate was good, and the card came back
/// when it was over: that is no forged event.
async fn what_was_signed_in_time_ends_later(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let not_before = server.clock.now();
    let validity = Validity {
        not_before,
        not_after: not_before + SignedDuration::from_hours(24),
    };
    let legal = server.person_with(CODE, Holder::LegalPerson, "王明", validity);
    let legal = legal.await;
    let client = LegalPersonClient {
        browser: legal.log_in(server.origin()).await,
        legal,
    };
    let mut reader = CardReader::operator(&server, "0001").await;
    let begun = client.begin(&[reader.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let looked = step(&look["next"], &mut reader, PIN).unwrap();
    let writing = client.next(ticket, looked).await.good();
    assert_eq!(tag(&writing["next"]), "run");
    server.clock.advance(SignedDuration::from_hours(48));
    reader.set_now(server.clock.now());
    let healed = heal(&server.browser(), &mut reader).await;
    assert_eq!(tag(&healed), "healed", "{healed}");
    // A server that has yet to follow the card's events, and the verification.
    let another = server.another().await;
    let body = json!({ "identity": reader.identify().unwrap() });
    let seen = Browser::new(&another.origin);
    seen.call("/api/insertions/seen", body).await.good();
    another.stop().await;
    let nonce = server.browser();
    let challenge = nonce.challenge().await;
    let token = reader.authenticate(&challenge, PIN).unwrap();
    nonce.log_in(token).await.good();
}
