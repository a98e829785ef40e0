//! The log: what goes in comes out, and nothing changes it.

use card_domain::{EventAct, EventOutcome};
use server::storage::{CertificateDigest, NewEvent, StatementRecord};
use test_support::{
    database::{TestDatabase, on_both},
    service::{EnterpriseFixture, samples::event},
};

on_both!(
    an_event_comes_out_as_it_went_in,
    nobody_changes_or_deletes,
    a_read_has_a_bound,
);

async fn an_event_comes_out_as_it_went_in(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let mut new = NewEvent {
        actor: Some(enterprise.legal),
        target: Some(enterprise.legal),
        outcome: EventOutcome::Refused,
        statement: Some(StatementRecord {
            text: String::from("冻结"),
            structured: String::from("{\"a\":1}"),
            signature: vec![0, 255],
            certificate: CertificateDigest([3; 32]),
            nonce: Some(String::from("n")),
            origin: Some(String::from("https://ic.example")),
        }),
        detail: Some(String::from("frozen")),
        facts: Some(String::from("{}")),
        ..event(Some(enterprise.id), EventAct::Login)
    };
    new.client.terminal = Some(String::from("kiosk-1"));
    let seq = database.store.record_event(new.clone()).await.unwrap();
    let events = database
        .store
        .events(enterprise.id, Some(enterprise.legal), None, 1);
    let found = events.await.unwrap().remove(0);
    assert_eq!(found.seq, seq);
    assert_eq!(found.at, new.at);
    assert_eq!(found.enterprise, new.enterprise);
    assert_eq!(found.actor, new.actor);
    assert_eq!(found.act, new.act.name());
    assert_eq!(found.target, new.target);
    assert_eq!(found.outcome, new.outcome);
    assert_eq!(found.statement, new.statement);
    assert_eq!(found.client, new.client);
    assert_eq!(found.detail, new.detail);
    assert_eq!(found.facts, new.facts);
    let older = database.store.events(enterprise.id, None, Some(seq), 100);
    assert!(older.await.unwrap().iter().all(|event| event.seq < seq));
}

async fn nobody_changes_or_deletes(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let before = database.store.events(enterprise.id, None, None, 100).await;
    let mut tries = vec!["UPDATE events SET act = 'nothing'", "DELETE FROM events"];
    if !database.is_sqlite() {
        tries.push("TRUNCATE events");
    }
    for sql in tries {
        let error = database.raw(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    let after = database.store.events(enterprise.id, None, None, 100).await;
    assert!(!before.as_ref().unwrap().is_empty());
    assert_eq!(before.unwrap(), after.unwrap());
}

async fn a_read_has_a_bound(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let copies = "INSERT INTO events (at, enterprise_id, act, outcome, body) \
         SELECT e.at, e.enterprise_id, 'note', 'done', e.body \
         FROM (SELECT at, enterprise_id, body FROM events LIMIT 1) e, \
         (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) \
         SELECT i FROM n) n";
    assert_eq!(database.raw(copies).await.unwrap(), 1100);
    for (asked, given) in [(0, 0), (1, 1), (1000, 1000), (1001, 1000), (u32::MAX, 1000)] {
        let events = database
            .store
            .events(enterprise.id, None, None, asked)
            .await;
        assert_eq!(events.unwrap().len(), given, "{asked}");
    }
}
