//! The database's administrator changes the register past the server: whoever logs
//! in with the card, and whoever acts on it, is refused, told whom to ask, and it is
//! recorded. Set back as it was, everything goes on.

use card_domain::{CardState, EventOutcome, OperatorNo, Role};
use event_log::{
    CardFacts, EventFacts,
    body::Body,
    card_facts::{CertificateFacts, CertificateStanding},
};
use serde_json::json;
use server::{
    admin,
    clock::Clock as _,
    pki::Subject,
    storage::{Holder, Unexplained},
};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Person, TestServer, begin, point},
};

on_both!(
    a_changed_row_is_refused_at_login_and_at_an_act,
    a_row_that_names_another_event_is_refused,
    a_legal_person_whose_row_was_changed_acts_no_more,
    a_card_made_past_the_server_is_refused,
    the_honest_ways_stay_explained,
    a_card_moved_through_the_wall_shows_no_number,
    a_certificate_from_before_makes_no_other_card,
);

/// A change of the operator's row, and its undoing.
const CHANGES: [(&str, &str); 7] = [
    ("holder_name = '别人'", "holder_name = '{name}'"),
    // Un-frozen is the other way round below: a card that is 正常 logs in.
    ("puk_known = 0", "puk_known = 1"),
    ("puk_generation = 3", "puk_generation = 0"),
    ("operator_no = '0099'", "operator_no = '0001'"),
    ("card_no = '8930000009999'", "card_no = '{card_no}'"),
    (
        "role = 'legal_person', operator_no = NULL, enterprise_id = {elsewhere}",
        "role = 'operator', operator_no = '0001', enterprise_id = {home}",
    ),
    ("enterprise_id = {elsewhere}", "enterprise_id = {home}"),
];

/// A key as the database has it.
fn key(database: &TestDatabase, id: uuid::Uuid) -> String {
    if database.is_sqlite() {
        format!("x'{}'", id.simple())
    } else {
        format!("'{id}'::uuid")
    }
}

async fn refused_at_login(server: &TestServer, person: &Person) {
    let reply = person.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    assert_eq!(reply.status, 409);
    let next_step = reply.json()["next_step"].as_str().unwrap().to_owned();
    assert!(next_step.contains("系统管理员"), "{next_step}");
    let events = server.store.events_between(1, i64::MAX, 1000).await;
    let event = events.unwrap().pop().unwrap();
    assert_eq!(
        (event.act.as_str(), event.outcome, event.target),
        ("unexplained", EventOutcome::Refused, Some(person.card))
    );
}

async fn a_changed_row_is_refused_at_login_and_at_an_act(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let id = key(&database, operator.card.0);
    let facts = server.store.explain(operator.card).await.unwrap();
    let facts = facts.unwrap().facts;
    let home = key(&database, facts.enterprise);
    let elsewhere = key(&database, uuid::Uuid::from_bytes([9; 16]));
    database
        .raw(&format!(
            "INSERT INTO enterprises (id, code, name) VALUES ({elsewhere}, 'ELSEWHERE', '别处')"
        ))
        .await
        .unwrap();
    for (change, undo) in CHANGES {
        let set = |what: &str| {
            let what = what
                .replace("{elsewhere}", &elsewhere)
                .replace("{home}", &home)
                .replace("{name}", &facts.names.as_ref().unwrap().holder)
                .replace("{card_no}", facts.card_no.as_ref().unwrap());
            format!("UPDATE cards SET {what} WHERE id = {id}")
        };
        database.raw(&set(change)).await.unwrap();
        refused_at_login(&server, &operator).await;
        if !change.contains("enterprise_id") {
            // In another enterprise it is not even there.
            let reply = legal.act(&client, operator.card, "freeze").await;
            assert_eq!(reply.code(), "card_record", "{change}: {}", reply.body);
        }
        database.raw(&set(undo)).await.unwrap();
        operator.log_in(server.origin()).await;
    }
    // The enterprise's name, which stands in what the legal person signs.
    let name = &facts.names.as_ref().unwrap().enterprise.name;
    let rename = |name: &str| format!("UPDATE enterprises SET name = '{name}' WHERE id = {home}");
    database.raw(&rename("别的企业")).await.unwrap();
    refused_at_login(&server, &operator).await;
    let reply = legal.act(&client, operator.card, "freeze").await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    database.raw(&rename(name)).await.unwrap();
    operator.log_in(server.origin()).await;
    // Frozen by the legal person, un-frozen by somebody else; and lost from another
    // state than it was.
    legal.act(&client, operator.card, "freeze").await.good();
    database
        .raw(&format!(
            "UPDATE cards SET state = 'normal', state_since = NULL WHERE id = {id}"
        ))
        .await
        .unwrap();
    refused_at_login(&server, &operator).await;
    let reply = legal.act(&client, operator.card, "freeze").await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
}

async fn a_row_that_names_another_event_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let (operator, other) = (server.operator("0001").await, server.operator("0002").await);
    let id = key(&database, operator.card.0);
    let frozen = legal.act(&client, operator.card, "freeze").await.good();
    legal.act(&client, operator.card, "unfreeze").await.good();
    let good = explained_by(&server, &operator).await;
    let others = explained_by(&server, &other).await;
    for event in [
        frozen["event"].as_i64().unwrap().to_string(),
        others.to_string(),
        String::from("NULL"),
        String::from("999999"),
    ] {
        let set = format!("UPDATE cards SET state_event = {event} WHERE id = {id}");
        database.raw(&set).await.unwrap();
        refused_at_login(&server, &operator).await;
        let reply = legal.act(&client, operator.card, "freeze").await;
        assert_eq!(reply.code(), "card_record", "{event}: {}", reply.body);
    }
    let set = format!("UPDATE cards SET state_event = {good} WHERE id = {id}");
    database.raw(&set).await.unwrap();
    legal.act(&client, operator.card, "freeze").await.good();
}

async fn explained_by(server: &TestServer, person: &Person) -> i64 {
    let explained = server.store.explain(person.card).await.unwrap();
    explained.unwrap().event
}

/// An operator's card that was made a legal person's for a while: neither may it
/// log in, nor does a session that it had become one of a legal person.
async fn a_legal_person_whose_row_was_changed_acts_no_more(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let id = key(&database, legal.card.0);
    let set = format!("UPDATE cards SET puk_generation = 1 WHERE id = {id}");
    database.raw(&set).await.unwrap();
    let reply = legal.act(&client, operator.card, "freeze").await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    let state = server.store.explain(operator.card).await.unwrap().unwrap();
    assert_eq!(state.facts.state, CardState::Normal);
}

/// A row that was put beside an honest one, and that one's certificate led to it.
async fn a_card_made_past_the_server_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    // It serves: from here on nothing is vouched for any more without an event.
    server.browser().challenge().await;
    let operator = server.operator("0001").await;
    let id = key(&database, operator.card.0);
    let forged = uuid::Uuid::from_bytes([7; 16]);
    let new = key(&database, forged);
    let columns = "holder_name, id_number_cipher, id_number_index, created_at, issued_at";
    let chip = key(&database, uuid::Uuid::from_bytes([8; 16]));
    for sql in [
        format!(
            "INSERT INTO cards (id, enterprise_id, role, operator_no, state, {columns}) \
             SELECT {new}, enterprise_id, role, '0077', 'not_issued', holder_name, \
             id_number_cipher, id_number_index, created_at, NULL FROM cards WHERE id = {id}"
        ),
        format!(
            "UPDATE cards SET state = 'not_issued', certificate_id = NULL, card_no = NULL, \
             chip_id = NULL, card_key = NULL, issued_at = NULL, last_login_at = NULL \
             WHERE id = {id}"
        ),
        format!("UPDATE certificates SET card_id = {new} WHERE card_id = {id}"),
        format!(
            "UPDATE cards SET state = 'normal', card_no = '8930000007777', chip_id = {chip}, \
             issued_at = 1, certificate_id = (SELECT id FROM certificates WHERE card_id = {new}) \
             WHERE id = {new}"
        ),
    ] {
        database.raw(&sql).await.unwrap();
    }
    let forged = Person {
        card: card_domain::CardId(forged),
        ..operator
    };
    refused_at_login(&server, &forged).await;
    let explained = server.store.explain(forged.card).await.unwrap();
    assert_eq!(explained, Err(Unexplained::NoEvent));
}

/// 制卡, acts and logins of every kind: after each the row is what its event says.
async fn the_honest_ways_stay_explained(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    for action in ["freeze", "report_loss", "cancel_loss", "unfreeze"] {
        let done = legal.act(&client, operator.card, action).await.good();
        let explained = explained_by(&server, &operator).await;
        assert_eq!(json!(explained), done["event"]);
    }
    operator.log_in(server.origin()).await;
    let later = server.store.explain(operator.card).await.unwrap();
    assert!(later.is_ok());
}

/// Who moves a card's row into an own enterprise, for a moment, sees no 证件编号.
async fn a_card_moved_through_the_wall_shows_no_number(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let store = server.store.as_ref();
    let (code, now) = ("91000000TEST000077", begin());
    let elsewhere = admin::add_enterprise(store, now, code, "别处")
        .await
        .unwrap();
    let holder = Holder::Operator(OperatorNo(String::from("0009")));
    let foreign = server.person(code, holder, "李四").await;
    let card = key(&database, foreign.card.0);
    let set = |enterprise| {
        let enterprise = key(&database, enterprise);
        format!("UPDATE cards SET enterprise_id = {enterprise} WHERE id = {card}")
    };
    let body = json!({ "card": foreign.card });
    let reply = client.call("/api/cards/reveal", body.clone()).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    database.raw(&set(server.enterprise.0)).await.unwrap();
    let reply = client.call("/api/cards/reveal", body).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    assert!(!reply.body.contains("11010119900307001X"));
    database.raw(&set(elsewhere.0)).await.unwrap();
    foreign.log_in(server.origin()).await;
}

/// An operator's certificate from before certificates said role and enterprise, in a row
/// that says legal person, with an event that vouches for it.
async fn a_certificate_from_before_makes_no_other_card(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let operator = server.operator("0001").await;
    let key = operator.key.clone();
    let subject = Subject {
        card_no: "8930000000099",
        holder_name: "张三",
        enterprise_name: "测试企业有限公司",
        operator_no: Some("0001"),
        registered: None,
    };
    let validity = server
        .keys
        .authority
        .ten_years_from(server.clock.now())
        .unwrap();
    let old = server
        .keys
        .authority
        .issue(&subject, &point(&key), validity);
    let old = old.unwrap();
    let digest = Sha256::digest(&old.der);
    let (card, chip) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let facts = EventFacts {
        card: Some(CardFacts {
            enterprise: server.enterprise.0,
            role: Role::LegalPerson,
            operator_no: None,
            state: CardState::Normal,
            card_no: Some(String::from("8930000000099")),
            chip_id: Some(chip),
            certificate: Some(CertificateFacts {
                sha256: card_protocol::hex::encode(&digest),
                standing: CertificateStanding::Good,
                key: None,
            }),
            held: None,
            card_key: None,
            attestation: None,
            puk_generation: 0,
            puk_known: true,
            names: None,
        }),
        ..EventFacts::default()
    };
    let facts = facts.to_json().unwrap();
    let body = Body {
        facts: Some(&facts),
        ..Body::default()
    };
    let (id, certificate) = (database.uuid(card), database.uuid(uuid::Uuid::now_v7()));
    let columns = "holder_name, id_number_cipher, id_number_index, created_at";
    for sql in [
        format!(
            "INSERT INTO cards (id, enterprise_id, role, state, {columns}) SELECT {id}, \
             enterprise_id, 'legal_person', 'not_issued', {columns} FROM cards WHERE id = {}",
            database.uuid(operator.card.0)
        ),
        format!(
            "INSERT INTO certificates (id, card_id, serial, sha256, der, standing, created_at) \
             VALUES ({certificate}, {id}, {}, {}, {}, 'good', 1)",
            database.bytes(&old.serial),
            database.bytes(&digest),
            database.bytes(&old.der)
        ),
        format!(
            "INSERT INTO events (at, act, target_card, outcome, body) \
             VALUES (1, 'register_baseline', {id}, 'done', {})",
            database.bytes(&body.encode())
        ),
        format!(
            "UPDATE cards SET state = 'normal', card_no = '8930000000099', chip_id = {}, \
             issued_at = 1, certificate_id = {certificate}, \
             state_event = (SELECT max(seq) FROM events) WHERE id = {id}",
            database.uuid(chip)
        ),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1, "{sql}");
    }
    let explained = server.store.explain(card_domain::CardId(card)).await;
    assert!(explained.unwrap().is_ok());
    let forged = Person {
        card: card_domain::CardId(card),
        certificate: old.der,
        ..operator
    };
    let reply = forged.try_log_in(&server.browser()).await;
    assert_eq!(reply.code(), "login/unknown_card", "{}", reply.body);
}
