//! The script with which a legal person's act was forged once (security review,
//! finding 2): an operator with a card, its PIN and a hand in the database, while
//! the server runs and takes into its log what it finds.

use std::time::Duration;

use card_domain::CardState;
use event_log::{
    certificate::TrustAnchors,
    verify::{Finding, Options, verify_file},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, CODE, Person, TestServer},
};
use uuid::Uuid;

use super::{
    forgery::{Forgery, ROW},
    log_fixture::{check, sentences},
};

on_both!(
    an_operator_s_card_forges_no_act_of_the_legal_person,
    a_row_that_says_legal_person_makes_none,
    a_stored_proposal_that_was_changed_is_not_done,
);

/// Has a certificate of the operator's that no card points at any more called the
/// legal person's, as any superseded one can be.
async fn relink(database: &TestDatabase, operator: &Person, legal: &Person) {
    let digest = database.bytes(&Sha256::digest(&operator.certificate));
    let (card, legal) = (database.uuid(operator.card.0), database.uuid(legal.card.0));
    let another = database.uuid(Uuid::now_v7());
    let other = |byte: &[u8]| database.bytes(byte);
    for sql in [
        format!("UPDATE certificates SET standing = 'superseded' WHERE sha256 = {digest}"),
        format!(
            "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
             VALUES ({another}, {card}, {}, {}, {}, 'good', 1)",
            other(&[1, 2, 3]),
            other(&[0x30]),
            other(&[7; 32]),
        ),
        format!("UPDATE cards SET certificate_id = {another} WHERE id = {card}"),
        format!("UPDATE certificates SET card_id = {legal} WHERE sha256 = {digest}"),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1, "{sql}");
    }
}

async fn event(browser: &Browser, seq: i64) -> Value {
    let body = json!({ "seq": seq });
    browser.call("/api/history/event", body).await.good()
}

/// Waits until the server gave the event its place.
async fn sequenced(browser: &Browser, seq: i64) -> Value {
    for _ in 0..100 {
        let event = event(browser, seq).await;
        if event["row"]["verified"]["no"] != "not_yet_sequenced" && !event["proof"].is_null() {
            return event;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the event has no place");
}

async fn an_operator_s_card_forges_no_act_of_the_legal_person(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let frozen = server.operator("0007").await;
    let browser = legal.log_in(server.origin()).await;
    legal.act(&browser, frozen.card, "freeze").await.good();

    let instance = server.keys.authority.instance().unwrap();
    let forged = Forgery::by(
        &operator,
        &legal,
        (server.enterprise, CODE),
        instance,
        &frozen,
    );
    let forgeries = [
        forged.clone().old_form().under(&operator),
        forged.clone().truthful().under(&operator),
        forged.clone().old_form(),
        forged,
    ];
    let mut seqs = Vec::new();
    for (number, forged) in forgeries.iter().enumerate() {
        // First as it is, then as the script had it.
        if number == 2 {
            relink(&database, &operator, &legal).await;
        }
        let row = forged.row(&database);
        let insert = format!("INSERT INTO events ({ROW}) VALUES ({row})");
        database.raw(&insert).await.unwrap();
        let thawed = format!(
            "UPDATE cards SET state = 'normal', state_since = NULL WHERE id = {}",
            database.uuid(frozen.card.0)
        );
        database.raw(&thawed).await.unwrap();
        let newest = server.last_event().await;
        assert_eq!(newest.act, "unfreeze");
        seqs.push(newest.seq);
    }
    // The page.
    for seq in &seqs {
        let event = sequenced(&browser, *seq).await;
        assert_eq!(
            event["row"]["verified"]["no"], "certificate_foreign",
            "{event}"
        );
        assert_eq!(event["statement"]["signer"], Value::Null);
    }
    // `server audit verify`, and the proof file.
    let pem = std::fs::read(server.folder.path().join("keys/ca.cert.pem")).unwrap();
    let options = Options {
        anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
        ..Options::of(server.keys.audit.public())
    };
    let is_found = |findings: &[Finding]| {
        let mut found: Vec<i64> = findings
            .iter()
            // What was done to the register is found besides, by another pass.
            .filter_map(|finding| match finding {
                Finding::Signature { seq, .. } => Some(*seq),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        assert_eq!(found, seqs);
    };
    let reply = browser
        .send("GET", "/export/events.proof", &[], Vec::new())
        .await;
    let file = server.folder.path().join("proof.jsonl");
    std::fs::write(&file, &reply.body).unwrap();
    let report = verify_file(&file, &options, &mut |_| {}, &mut |_| {}).unwrap();
    is_found(&report.findings);
    server.instance.stop().await;
    let report = check(&server.store, &options).await;
    assert_eq!(report.signatures, 1, "{:?}", sentences(&report));
    is_found(&report.findings);
}

/// The rows say of an operator, and of an operator's session, that they are the
/// legal person's.
async fn a_row_that_says_legal_person_makes_none(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let operator = server.operator("0001").await;
    let target = server.operator("0002").await;
    let browser = operator.log_in(server.origin()).await;
    let propose = json!({ "card": target.card, "action": "freeze" });
    let refused = browser.call("/api/acts/propose", propose).await;
    assert_eq!(refused.code(), "not_allowed");
    database
        .raw("UPDATE sessions SET role = 'legal_person'")
        .await
        .unwrap();
    // Such a session is none.
    let reply = operator.act(&browser, target.card, "freeze").await;
    assert_eq!(reply.status, 401, "{}", reply.body);
    // And in a session that is one, the card is asked.
    let legal = server.legal_person().await;
    let browser = legal.log_in(server.origin()).await;
    let reply = operator.act(&browser, target.card, "freeze").await;
    assert_eq!(reply.code(), "statement_signature", "{}", reply.body);
    let id = database.uuid(operator.card.0);
    // Whoever is made a legal person takes the place of the one that there is.
    let place = database.uuid(legal.card.0);
    for change in [
        format!("role = 'operator', operator_no = '0999' WHERE id = {place}"),
        format!("role = 'legal_person', operator_no = NULL WHERE id = {id}"),
    ] {
        let set = format!("UPDATE cards SET {change}");
        database.raw(&set).await.unwrap();
    }
    let reply = operator.act(&browser, target.card, "freeze").await;
    // The legal person's own row is not what the log says: nothing is proposed.
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    let card = server.store.card(server.enterprise, target.card).await;
    assert_eq!(card.unwrap().state, CardState::Normal);
    // And no session is opened with it any more.
    let reply = operator.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
}

/// What is signed is one thing, what the store has of it another.
async fn a_stored_proposal_that_was_changed_is_not_done(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let (one, two) = (server.operator("0001").await, server.operator("0002").await);
    let browser = legal.log_in(server.origin()).await;
    for (from, to) in [
        (
            r#""action":"freeze""#.to_owned(),
            r#""action":"report_loss""#.to_owned(),
        ),
        (
            format!(r#""seen":[{{"card":"{}""#, one.card.0),
            format!(r#""seen":[{{"card":"{}""#, two.card.0),
        ),
    ] {
        let body = json!({ "card": one.card, "action": "freeze" });
        let proposed = browser.call("/api/acts/propose", body).await.good();
        let statement = test_support::service::statement(&proposed);
        let change = format!("UPDATE nonces SET payload = replace(payload, '{from}', '{to}')");
        database.raw(&change).await.unwrap();
        let changed = format!("UPDATE nonces SET payload = payload WHERE payload LIKE '%{to}%'");
        assert_eq!(database.raw(&changed).await.unwrap(), 1, "{to}");
        let signature = legal.signature(server.origin(), &statement);
        let body = json!({ "statement": statement, "signature": signature });
        let reply = browser.call("/api/acts/commit", body).await;
        assert_eq!(reply.code(), "statement_signature", "{}", reply.body);
        for person in [&one, &two] {
            let card = server.store.card(server.enterprise, person.card).await;
            assert_eq!(card.unwrap().state, CardState::Normal);
        }
    }
}
