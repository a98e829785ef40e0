//! The database's administrator writes events: one that says what the row was changed
//! to, whatever its act and whoever signed it. The running server follows the card's
//! events and takes none that does not fit, nor one that the legal person did not sign.

mod frozen;

use card_domain::{CardState, EventOutcome};
use event_log::{CardFacts, EventFacts, body::Body};
use jiff::SignedDuration;
use serde_json::json;
use server::{
    audit::archive::{Archiver, sealed_before},
    clock::Clock as _,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        Browser, CardReader, LegalPersonClient, PIN, TestServer,
        legal_person::{step, tag},
    },
};

use frozen::{Event, Frozen, unbind};

on_both!(
    no_forged_event_unfreezes_a_card,
    nor_is_an_operation_done_on_such_a_card,
    nor_one_that_was_changed_in_its_place,
    nor_does_one_cancel_a_card,
    an_archive_that_nobody_signed_excuses_nothing,
    what_was_seen_does_not_go_back,
    a_card_whose_events_were_archived_goes_on,
    a_puk_that_was_replaced_twice_is_no_forgery,
);

async fn no_forged_event_unfreezes_a_card(database: TestDatabase) {
    let frozen = Frozen::new(&database).await;
    unbind(&database).await;
    let events = frozen.forgeries(&database).await;
    assert!(events.len() > 20);
    for event in events {
        let what = format!("{} ({})", event.act, event.what);
        frozen.write(&database, &event).await;
        // The server that knows the card, and one that has yet to follow it.
        let another = frozen.server.another().await;
        frozen.is_refused_at(frozen.server.origin(), &what).await;
        frozen.is_refused_at(&another.origin, &what).await;
        let events = frozen.server.store.events_between(1, i64::MAX, 1000).await;
        let record = events.unwrap().pop().unwrap();
        assert_eq!(
            (record.act.as_str(), record.outcome),
            ("unexplained", EventOutcome::Refused)
        );
        let (client, card) = (&frozen.client, frozen.operator.card);
        let reply = frozen.legal.act(client, card, "report_loss").await;
        assert_eq!(reply.code(), "card_record", "{what}: {}", reply.body);
        // And whatever honest-looking event is put behind it.
        let carry = Event {
            what: "behind it",
            act: "register_carry",
            body: frozen.with_facts(&Body::default().encode()),
        };
        frozen.write(&database, &carry).await;
        frozen.is_refused_at(frozen.server.origin(), &what).await;
        frozen.is_refused_at(&another.origin, &what).await;
        another.stop().await;
        frozen.undo(&database).await;
    }
    let (client, card) = (&frozen.client, frozen.operator.card);
    frozen.legal.act(client, card, "unfreeze").await.good();
    frozen.operator.log_in(frozen.server.origin()).await;
}

async fn nor_one_that_was_changed_in_its_place(database: TestDatabase) {
    let frozen = Frozen::new(&database).await;
    unbind(&database).await;
    let body = frozen.with_facts(&database.body(frozen.event).await);
    let id = database.uuid(frozen.operator.card.0);
    for sql in [
        format!(
            "UPDATE events SET body = {} WHERE seq = {}",
            database.bytes(&body),
            frozen.event
        ),
        format!("UPDATE cards SET state = 'normal', state_since = NULL WHERE id = {id}"),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    let explained = frozen.server.store.explain(frozen.operator.card).await;
    assert!(explained.unwrap().is_ok());
    let another = frozen.server.another().await;
    for origin in [frozen.server.origin(), &another.origin] {
        frozen.is_refused_at(origin, "in its place").await;
    }
}

/// No server writes 注销 yet: whoever does is refused like for every act that the legal
/// person did not sign.
async fn nor_does_one_cancel_a_card(database: TestDatabase) {
    let frozen = Frozen::new(&database).await;
    let since = frozen.server.clock.now();
    let facts = EventFacts {
        card: Some(CardFacts {
            state: CardState::Cancelled { since },
            ..frozen.facts.clone()
        }),
        ..EventFacts::default()
    };
    let facts = facts.to_json().unwrap();
    let body = Body {
        facts: Some(&facts),
        ..Body::default()
    };
    let since = since.as_microsecond();
    for sql in [
        format!(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
             SELECT {since}, enterprise_id, actor_card, 'cancel', target_card, 'done', {} \
             FROM events WHERE seq = {}",
            database.bytes(&body.encode()),
            frozen.event
        ),
        format!(
            "UPDATE cards SET state = 'cancelled', state_since = {since}, \
             state_event = (SELECT max(seq) FROM events) WHERE id = {}",
            database.uuid(frozen.operator.card.0)
        ),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    frozen
        .is_refused_at(frozen.server.origin(), "a forged 注销")
        .await;
}

/// A row that says that everything is in an archive: the card's events are deleted, and
/// one that only says once more what there was is put in their place.
async fn an_archive_that_nobody_signed_excuses_nothing(database: TestDatabase) {
    let frozen = Frozen::new(&database).await;
    unbind(&database).await;
    let id = database.uuid(frozen.operator.card.0);
    let carry = frozen.with_facts(&Body::default().encode());
    for sql in [
        format!(
            "INSERT INTO log_archives (first_seq, last_seq, note, removed_at) \
             VALUES (0, {}, 'x', 1)",
            i64::MAX
        ),
        format!("DELETE FROM events WHERE target_card = {id}"),
        format!(
            "INSERT INTO events (at, act, target_card, outcome, body) \
             VALUES (1, 'register_carry', {id}, 'done', {})",
            database.bytes(&carry)
        ),
        format!(
            "UPDATE cards SET state = 'normal', state_since = NULL, \
             state_event = (SELECT max(seq) FROM events) WHERE id = {id}"
        ),
    ] {
        assert!(database.raw(&sql).await.unwrap() > 0, "{sql}");
    }
    let explained = frozen.server.store.explain(frozen.operator.card).await;
    assert!(explained.unwrap().is_ok());
    let another = frozen.server.another().await;
    for origin in [frozen.server.origin(), &another.origin] {
        frozen.is_refused_at(origin, "a made-up archive").await;
    }
}

/// What is certified of a card is what its events led to.
async fn nor_is_an_operation_done_on_such_a_card(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let begun = client.begin(&[reader.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let explained = server.store.explain(reader.card).await.unwrap().unwrap();
    let says = |number: &str| CardFacts {
        operator_no: Some(String::from(number)),
        ..explained.facts.clone()
    };
    let facts = EventFacts {
        card: Some(says("0099")),
        ..EventFacts::default()
    };
    let facts = facts.to_json().unwrap();
    let body = Body {
        facts: Some(&facts),
        ..Body::default()
    };
    let id = database.uuid(reader.card.0);
    let set = |number: &str, event: &str| {
        format!("UPDATE cards SET operator_no = '{number}', state_event = {event} WHERE id = {id}")
    };
    unbind(&database).await;
    for sql in [
        format!(
            "INSERT INTO events (at, act, target_card, outcome, body) \
             SELECT at, 'register_update', target_card, 'done', {} FROM events WHERE seq = {}",
            database.bytes(&body.encode()),
            explained.event
        ),
        set("0099", "(SELECT max(seq) FROM events)"),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    assert!(server.store.explain(reader.card).await.unwrap().is_ok());
    let reply = client.next(ticket, json!("inserted")).await;
    assert_eq!(reply.code(), "card_record", "{}", reply.body);
    for sql in [
        String::from(
            "DELETE FROM events WHERE act = 'register_update' AND seq = (SELECT max(seq) FROM events)",
        ),
        set("0001", &explained.event.to_string()),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    let done = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
}

/// The newest event is deleted, and the row set back: a server that saw it knows.
async fn what_was_seen_does_not_go_back(database: TestDatabase) {
    let frozen = Frozen::new(&database).await;
    unbind(&database).await;
    let id = database.uuid(frozen.operator.card.0);
    for sql in [
        format!("DELETE FROM events WHERE seq = {}", frozen.event),
        format!(
            "UPDATE cards SET state = 'normal', state_since = NULL, state_event = \
             (SELECT max(seq) FROM events WHERE target_card = {id} AND act = 'unfreeze') \
             WHERE id = {id}"
        ),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    let explained = frozen.server.store.explain(frozen.operator.card).await;
    assert!(explained.unwrap().is_ok());
    frozen
        .is_refused_at(frozen.server.origin(), "a newer event was seen")
        .await;
}

/// Of one card the newest event went to an archive and was said once more; of another
/// only those before it: both are followed from what is left, by a server that knows
/// them and by one that does not.
async fn a_card_whose_events_were_archived_goes_on(database: TestDatabase) {
    let frozen = Frozen::new(&database).await;
    let (server, legal) = (&frozen.server, &frozen.legal);
    let other = server.operator("0002").await;
    // It saw the card before it was frozen, and not again until that is archived.
    let early = server.another().await;
    other.log_in(&early.origin).await;
    legal.act(&frozen.client, other.card, "freeze").await.good();
    server.clock.advance(SignedDuration::from_hours(24 * 60));
    let client = legal.log_in(server.origin()).await;
    legal.act(&client, other.card, "unfreeze").await.good();
    let now = server.clock.now() + SignedDuration::from_hours(24 * 200);
    let (store, keys) = (server.store.as_ref(), server.keys.audit.clone());
    server.all_have_places().await;
    let folder = server.folder.path().join("archive");
    let archiver = Archiver {
        keys: &keys,
        anchors: &server.keys.anchors,
        folder: &folder,
        now,
    };
    let before = sealed_before(now, 6).unwrap();
    let month = archiver.next_month(store, before).await.unwrap().unwrap();
    assert!(month.last > frozen.event);
    let another = server.another().await;
    for origin in [server.origin(), &early.origin, &another.origin] {
        let client = legal.log_in(origin).await;
        other.log_in(origin).await;
        for action in ["unfreeze", "freeze"] {
            let reply = legal.act(&client, frozen.operator.card, action).await;
            reply.good();
        }
        for action in ["freeze", "unfreeze"] {
            legal.act(&client, other.card, action).await.good();
        }
    }
}

/// A 解锁 whose answer is lost, a PIN that is blocked again, and the 解锁 that goes on:
/// the PUK is two generations further, and the card is followed all the same.
async fn a_puk_that_was_replaced_twice_is_no_forgery(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    reader.block_pin();
    reader.insert_again();
    let begun = client.begin(&[reader.card], "unlock").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let looked = step(&look["next"], &mut reader, PIN).unwrap();
    let unblock = client.next(ticket, looked).await.good();
    step(&unblock["next"], &mut reader, PIN).unwrap();
    // Nobody hears of it.
    reader.block_pin();
    reader.insert_again();
    let body = json!({ "batch": begun["operations"]["batch"], "second_reader": true });
    let browser = &client.browser;
    let resumed = browser.call("/api/operations/resume", body).await.good();
    let ticket = resumed["ticket"].as_str().unwrap();
    let done = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    let facts = server.store.explain(reader.card).await.unwrap().unwrap();
    assert_eq!(facts.facts.puk_generation, 2);
    let another = server.another().await;
    for origin in [server.origin(), &another.origin] {
        reader.set_origin(origin);
        reader.insert_again();
        let browser = Browser::new(origin);
        let token = reader.authenticate(&browser.challenge().await, PIN);
        browser.log_in(token.unwrap()).await.good();
    }
    another.stop().await;
}
