//! Rows and events that are put in beside the journal's own.

use event_log::{CardFacts, EventFacts, body::Body};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        PIN,
        legal_person::{step, tag},
    },
};

use super::{Renewal, UNTAGGED, VOID};

on_both!(
    a_signature_whose_operation_is_over_begins_no_other,
    nothing_is_written_that_is_no_certificate_of_ours,
    nor_is_it_handed_out_again,
);

/// Withdrawn, or done: under the same signature another row is put into the journal,
/// with a number of its own, and an event that says that it was begun.
async fn a_signature_whose_operation_is_over_begins_no_other(database: TestDatabase) {
    let mut renewal = Renewal::begin(&database).await;
    for is_done in [false, true] {
        if is_done {
            renewal.begin_again().await;
            renewal.finish().await;
        } else {
            renewal.client.cancel(&renewal.ticket).await.good();
        }
        let newest = "SELECT id FROM operations ORDER BY prepared_at DESC, id DESC LIMIT 1";
        let id = uuid::Uuid::now_v7();
        let row = format!(
            "INSERT INTO operations (id, batch_id, place, card_id, enterprise_id, state, payload, \
             prepared_at, touched_at) SELECT {}, batch_id, 99, card_id, enterprise_id, \
             'prepared', '{}', prepared_at, prepared_at FROM operations WHERE id = ({newest})",
            database.uuid(id),
            UNTAGGED.replace("\"new_key\":false", "\"new_key\":true"),
        );
        let beginning = "act = 'renew_begin' AND outcome = 'done'";
        let begun = database.bodies(beginning).await.pop().unwrap();
        let body = Body::decode(&begun).unwrap();
        let facts = EventFacts {
            operation: Some(id),
            ..EventFacts::read(body.facts)
        };
        let facts = facts.to_json().unwrap();
        let body = Body {
            facts: Some(&facts),
            ..body
        };
        let event = format!(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
             SELECT at, enterprise_id, actor_card, act, target_card, outcome, {} FROM events \
             WHERE {beginning} ORDER BY seq DESC LIMIT 1",
            database.bytes(&body.encode())
        );
        database.raw(VOID).await.unwrap();
        for (sql, what) in [(row, "a row"), (event, "and its event")] {
            assert_eq!(database.raw(&sql).await.unwrap(), 1);
            let reply = renewal.seen().await;
            assert_eq!(reply.code(), "card_record", "{what}: {}", reply.body);
        }
        let close = format!(
            "UPDATE operations SET state = 'abandoned', touched_at = NULL, \
             abandoned_at = prepared_at WHERE id = {}",
            database.uuid(id)
        );
        assert_eq!(database.raw(&close).await.unwrap(), 1);
        renewal.server.clock.advance(SignedDuration::from_secs(1));
    }
}

/// What stands as the certificate on hold, in the register and in its log, is written
/// and called good only if it is one of ours for this card.
async fn nothing_is_written_that_is_no_certificate_of_ours(database: TestDatabase) {
    let mut renewal = Renewal::begin(&database).await;
    let other = renewal.server.operator("0002").await;
    let look = renewal.next(json!("inserted")).await.good();
    let looked = step(&look["next"], &mut renewal.one, PIN).unwrap();
    let writing = renewal.next(looked).await.good();
    assert_eq!(tag(&writing["next"]), "run");
    let held = "SELECT certificate_id FROM operations WHERE state = 'issued'";
    let der = database.bytes(&other.certificate);
    let digest = Sha256::digest(&other.certificate);
    let explained = renewal.server.store.explain(renewal.one.card).await;
    let explained = explained.unwrap().unwrap();
    let facts = EventFacts {
        card: Some(CardFacts {
            held: Some(card_protocol::hex::encode(&digest)),
            ..explained.facts
        }),
        ..EventFacts::default()
    };
    let facts = facts.to_json().unwrap();
    let body = Body {
        facts: Some(&facts),
        ..Body::default()
    };
    let card = database.uuid(renewal.one.card.0);
    for sql in [
        // Two cards have one certificate then; the other one's row is in the way.
        format!(
            "UPDATE certificates SET sha256 = {} WHERE card_id = {}",
            database.bytes(&[9; 32]),
            database.uuid(other.card.0)
        ),
        format!(
            "UPDATE certificates SET der = {der}, sha256 = {} WHERE id = ({held})",
            database.bytes(&digest)
        ),
        format!(
            "INSERT INTO events (at, act, target_card, outcome, body) \
             SELECT at, 'register_update', target_card, 'done', {} FROM events WHERE seq = {}",
            database.bytes(&body.encode()),
            explained.event
        ),
        format!("UPDATE cards SET state_event = (SELECT max(seq) FROM events) WHERE id = {card}"),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1, "{sql}");
    }
    let before = renewal.one.certificate();
    renewal.one.insert_again();
    let reply = renewal.next(json!("inserted")).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    assert_eq!(renewal.one.certificate(), before);
}

/// A report that comes twice has the program that is out signed once more: not with what
/// somebody put in the place of the certificate by then.
async fn nor_is_it_handed_out_again(database: TestDatabase) {
    let mut renewal = Renewal::begin(&database).await;
    let other = renewal.server.operator("0002").await;
    let look = renewal.next(json!("inserted")).await.good();
    let looked = step(&look["next"], &mut renewal.one, PIN).unwrap();
    let writing = renewal.next(looked.clone()).await.good();
    assert_eq!(tag(&writing["next"]), "run");
    let again = renewal.next(looked.clone()).await.good();
    assert_eq!(tag(&again["next"]), "run");
    let swapped = format!(
        "UPDATE certificates SET der = {} WHERE standing = 'held'",
        database.bytes(&other.certificate)
    );
    assert_eq!(database.raw(&swapped).await.unwrap(), 1);
    let reply = renewal.next(looked).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
}
