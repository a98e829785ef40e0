//! Whoever proved nothing is counted by the hour and named nowhere; whoever
//! proved the card's key is named, refused or not. The enemy has a certificate
//! copied from an event, a session's cookie, or a card of another CA.

use app::api::history::HistoryPage;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{EventAct, EventOutcome, OperationState, Reason};
use event_log::{EventFacts, body::Body};
use jiff::SignedDuration;
use p256::ecdsa::{Signature, signature::Signer as _};
use serde_json::json;
use server::{
    clock::Clock as _,
    pki::{Registered, Subject},
    storage::{
        CertificateChange, CertificateDigest, CertifiedKey, ConfirmedCertificate,
        ConfirmedOperation, NewCertificate, NewEvent, OperationUpdate, StoreError,
    },
};
use test_support::{
    database::{TestDatabase, all_at_once, on_both},
    service::{Browser, CODE, Person, TestServer, new_key, point, samples, statement},
};
use uuid::Uuid;

on_both!(
    a_copied_certificate_writes_into_nobody_s_record,
    an_hour_becomes_one_event_that_names_nobody,
    a_lock_is_not_ended_by_a_forged_token,
    a_superseded_certificate_over_the_same_key_logs_in,
    a_superseded_certificate_over_another_key_is_refused_and_named,
);

/// The facts of the events that count refusals.
async fn closed_hours(database: &TestDatabase) -> Vec<EventFacts> {
    let nobody = "act = 'refused_unproven' AND enterprise_id IS NULL AND actor_card IS NULL \
                  AND target_card IS NULL";
    let bodies = database.bodies(nobody).await;
    let all = database.bodies("act = 'refused_unproven'").await;
    assert_eq!(bodies.len(), all.len(), "one names somebody");
    bodies
        .iter()
        .map(|body| {
            let body = Body::decode(body).unwrap();
            assert_eq!(
                (body.address, body.user_agent, body.request_id),
                ("", "", "")
            );
            assert_eq!(body.statement, None);
            EventFacts::read(body.facts)
        })
        .collect()
}

async fn a_copied_certificate_writes_into_nobody_s_record(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let before = server.events(100).await;
    let browser = server.browser();
    // What the enemy has is the certificate: it stands in every proof.
    for (signature, refusal) in [
        (STANDARD.encode([1; 64]), "login/bad_signature"),
        (String::new(), "login/bad_signature"),
        (
            STANDARD.encode(sign(&new_key(), b"x").to_bytes()),
            "login/bad_signature",
        ),
    ] {
        let mut token = legal.token(server.origin(), &browser.challenge().await);
        token.signature = signature;
        assert_eq!(browser.log_in(token).await.code(), refusal);
    }
    // A token that was overheard, its challenge long used.
    let token = legal.token(server.origin(), &browser.challenge().await);
    browser.log_in(&token).await.good();
    let reply = server.browser().log_in(&token).await;
    assert_eq!(reply.code(), "login/challenge_used");
    let done = server.events(100).await;
    assert_eq!(done.len(), before.len() + 1);
    assert_eq!(done[0].outcome, EventOutcome::Done);
    // Nor is it in 综合查询.
    let query = json!({ "query": { "of": "everything", "act": null, "outcome": "refused",
        "from": null, "to": null, "cursor": null } });
    let page = client.call("/api/history/list", query).await.good();
    let page: HistoryPage = serde_json::from_value(page).unwrap();
    assert_eq!(page.rows, []);
    let counted = database.unproven().await;
    let login = |reason: &str| counted[&(String::from("login"), String::from(reason))];
    assert_eq!(login("login/bad_signature"), 3);
    assert_eq!(login("login/challenge_used"), 1);
    assert_eq!(counted.len(), 2);
}

fn sign(key: &p256::ecdsa::SigningKey, message: &[u8]) -> Signature {
    key.sign(message)
}

async fn an_hour_becomes_one_event_that_names_nobody(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let store = server.store.clone();
    let forge = async || {
        let browser = server.browser();
        let mut token = legal.token(server.origin(), &browser.challenge().await);
        token.signature = STANDARD.encode([1; 64]);
        assert_eq!(browser.log_in(token).await.status, 401);
    };
    forge().await;
    forge().await;
    // A statement that nobody signed, in a session that somebody took over.
    let body = json!({ "card": operator.card, "action": "freeze" });
    let proposed = client.call("/api/acts/propose", body).await.good();
    let proposed = statement(&proposed);
    let proof = operator.signature(server.origin(), &proposed);
    let body = json!({ "statement": proposed, "signature": proof });
    let reply = client.call("/api/acts/commit", body).await;
    assert_eq!(reply.code(), "statement_signature");
    // The hour is not over: nothing is written, however often it is asked.
    let now = server.clock.now();
    assert_eq!(store.close_unproven(now).await.unwrap(), 0);
    assert_eq!(closed_hours(&database).await, []);
    server.clock.advance(SignedDuration::from_hours(1));
    forge().await;
    // Two instances at once write one event.
    let now = server.clock.now();
    let closings = (0..4).map(|_| {
        let store = store.clone();
        async move { store.close_unproven(now).await }
    });
    let written: Vec<Result<u64, StoreError>> = all_at_once(closings).await;
    let written: u64 = written.into_iter().map(Result::unwrap).sum();
    assert_eq!(written, 1);
    let hours = closed_hours(&database).await;
    let expected = json!({
        "freeze": { "statement_signature": 1 },
        "login": { "login/bad_signature": 2 },
    });
    assert_eq!(hours.len(), 1);
    assert_eq!(json!(hours[0].unproven), expected);
    // What this hour has is not lost.
    let counted = database.unproven().await;
    assert_eq!(counted.values().sum::<i64>(), 1);
    let own = server.events(100).await;
    assert!(
        own.iter()
            .all(|event| event.act != EventAct::RefusedUnproven.name())
    );
}

async fn a_lock_is_not_ended_by_a_forged_token(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let body = json!({ "cards": [operator.card], "action": "renew" });
    let proposed = client.call("/api/operations/propose", body).await.good();
    let proposed = statement(&proposed);
    let signature = legal.signature(server.origin(), &proposed);
    let body = json!({ "statement": proposed, "signature": signature, "second_reader": false });
    client.call("/api/operations/commit", body).await.good();
    let events = server.events(100).await;
    // The legal person's certificate, and a signature of nobody.
    let mut forged = legal.token(server.origin(), &client.challenge().await);
    forged.signature = STANDARD.encode([1; 64]);
    let reply = client
        .call("/api/session/unlock", json!({ "token": forged }))
        .await;
    assert_eq!(reply.code(), "login/bad_signature");
    assert_eq!(server.events(100).await, events);
    assert_eq!(database.unproven().await.len(), 1);
    // Another card of the enterprise proves itself: that is named.
    let other = operator.token(server.origin(), &client.challenge().await);
    let reply = client
        .call("/api/session/unlock", json!({ "token": other }))
        .await;
    assert_eq!(reply.code(), "statement_signature");
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome, event.actor, event.target),
        (
            "unlock_session",
            EventOutcome::Refused,
            Some(operator.card),
            Some(legal.card)
        )
    );
    let facts = EventFacts::read(event.facts.as_deref());
    assert_eq!(facts.reason, Some(Reason::WrongCard));
    // Its own card ends the lock.
    let own = legal.token(server.origin(), &client.challenge().await);
    client
        .call("/api/session/unlock", json!({ "token": own }))
        .await
        .good();
}

/// An operator, and the legal person who is logged in.
async fn people(server: &TestServer) -> (Person, Browser, Person) {
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    (legal, client, server.operator("0001").await)
}

/// Has the register confirm another certificate than the card holds: as after a
/// reading back that a terminal lied about.
async fn supersede(
    server: &TestServer,
    (legal, client, person): (&Person, &Browser, &Person),
    key: [u8; 65],
) {
    let (store, now) = (&server.store, server.clock.now());
    let body = json!({ "cards": [person.card], "action": "renew" });
    let proposed = client.call("/api/operations/propose", body).await.good();
    let proposed = statement(&proposed);
    let signature = legal.signature(server.origin(), &proposed);
    let body = json!({ "statement": proposed, "signature": signature, "second_reader": true });
    client.call("/api/operations/commit", body).await.good();
    let card = store.card(server.enterprise, person.card).await.unwrap();
    let subject = Subject {
        card_no: &card.chip.unwrap().card_no.0,
        holder_name: "张三",
        enterprise_name: "测试企业有限公司",
        operator_no: Some("0001"),
        registered: Some(Registered {
            card: person.card,
            enterprise: server.enterprise,
            enterprise_code: CODE,
        }),
    };
    let validity = server.keys.authority.ten_years_from(now).unwrap();
    let issued = server
        .keys
        .authority
        .issue(&subject, &key, validity)
        .unwrap();
    let certificate = {
        use sha2::{Digest as _, Sha256};
        CertificateDigest(Sha256::digest(&issued.der).into())
    };
    let certified = if key == point(&person.key) {
        CertifiedKey::Same
    } else {
        CertifiedKey::New { attestation: None }
    };
    let held = NewCertificate {
        id: Uuid::now_v7(),
        serial: issued.serial,
        der: issued.der,
        sha256: certificate,
        created_at: now,
    };
    let update = async |state, held, event| {
        let open = store.unfinished_operation(person.card).await.unwrap();
        let open = open.unwrap();
        OperationUpdate {
            id: open.id,
            card: person.card,
            enterprise: server.enterprise,
            version: open.version,
            state,
            at: now,
            payload: open.payload,
            touched_at: Some(now),
            puk: None,
            puk_tries: None,
            problem: None,
            settled_at: None,
            card_key: None,
            held,
            card_puk: None,
            pin: None,
            event,
        }
    };
    let change = CertificateChange::Hold(held);
    let issued = update(OperationState::Issued, change, None).await;
    assert!(store.save_operation(issued).await.unwrap());
    // As in the service, the end stands under the statement of the beginning: the
    // log takes no other 延期 for an explanation of the card's row.
    let open = store.unfinished_operation(person.card).await.unwrap();
    let batch = store.batch(open.unwrap().batch).await.unwrap().unwrap();
    let event = NewEvent {
        at: now,
        actor: Some(batch.actor),
        target: Some(person.card),
        statement: Some(batch.signed),
        ..samples::event(Some(server.enterprise), EventAct::Renew)
    };
    let keep = CertificateChange::Keep;
    let end = ConfirmedOperation {
        change: update(OperationState::Confirmed, keep, Some(event)).await,
        certificate: Some(ConfirmedCertificate {
            digest: certificate,
            key: certified,
        }),
    };
    assert!(store.confirm_operation(end).await.unwrap());
}

async fn a_superseded_certificate_over_the_same_key_logs_in(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (legal, client, operator) = people(&server).await;
    let key = point(&operator.key);
    supersede(&server, (&legal, &client, &operator), key).await;
    // The card is its key: it logs in with what it holds, and the event says it.
    let browser = operator.log_in(server.origin()).await;
    let own = browser.call("/api/cards/own", json!({})).await.good();
    assert_eq!(own["row"]["id"], json!(operator.card));
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome),
        ("login", EventOutcome::Done)
    );
    assert_eq!(event.actor, Some(operator.card));
    assert!(EventFacts::read(event.facts.as_deref()).holds_superseded);
    // The certificate alone is nobody's: with another key nothing is proven.
    let mut forger = operator.clone();
    forger.key = new_key();
    let reply = forger.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "login/bad_signature");
    // Frozen is frozen, with whichever certificate.
    legal.act(&client, operator.card, "freeze").await.good();
    let reply = operator.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "login/frozen");
    let event = server.last_event().await;
    assert_eq!(event.target, Some(operator.card));
    assert_eq!(event.outcome, EventOutcome::Refused);
}

async fn a_superseded_certificate_over_another_key_is_refused_and_named(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (legal, client, operator) = people(&server).await;
    let key = point(&new_key());
    supersede(&server, (&legal, &client, &operator), key).await;
    let reply = operator.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "login/not_confirmed");
    let event = server.last_event().await;
    assert_eq!(
        (event.outcome, event.target),
        (EventOutcome::Refused, Some(operator.card))
    );
    let facts = EventFacts::read(event.facts.as_deref());
    assert_eq!(facts.reason.unwrap().code(), "login/not_confirmed");
}
