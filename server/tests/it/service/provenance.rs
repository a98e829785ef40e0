//! The database's administrator writes events: one that says what the row was changed
//! to, whatever its act and whoever signed it. The running server follows the card's
//! events and takes none that does not fit, nor one that the legal person did not sign.

use card_domain::{CardState, EventOutcome};
use event_log::{CardFacts, EventFacts, body::Body};
use jiff::SignedDuration;
use serde_json::json;
use server::{
    audit::archive::{Archiver, sealed_before},
    clock::Clock as _,
    storage::SqlStore,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        Browser, CODE, CardReader, LegalPersonClient, PIN, Person, TestServer,
        legal_person::{step, tag},
    },
};

use crate::audit::forgery::Forgery;

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

/// An operator whose card the legal person froze.
struct Frozen {
    server: TestServer,
    legal: Person,
    client: Browser,
    operator: Person,
    /// The event that froze it.
    event: i64,
    facts: CardFacts,
}

/// An event that somebody writes past the server.
struct Event {
    what: &'static str,
    act: &'static str,
    body: Vec<u8>,
}

impl Frozen {
    async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        let client = legal.log_in(server.origin()).await;
        let operator = server.operator("0001").await;
        for action in ["freeze", "unfreeze", "freeze"] {
            legal.act(&client, operator.card, action).await.good();
            server.clock.advance(SignedDuration::from_secs(1));
        }
        let explained = server.store.explain(operator.card).await.unwrap();
        let explained = explained.unwrap();
        Self {
            server,
            legal,
            client,
            operator,
            event: explained.event,
            facts: explained.facts,
        }
    }

    /// What an event has to say for the card to be 正常.
    fn says_normal(&self) -> String {
        let facts = EventFacts {
            card: Some(CardFacts {
                state: CardState::Normal,
                ..self.facts.clone()
            }),
            ..EventFacts::default()
        };
        facts.to_json().unwrap()
    }

    /// This body, with what the forger needs.
    fn with_facts(&self, bytes: &[u8]) -> Vec<u8> {
        let facts = self.says_normal();
        let body = Body::decode(bytes).unwrap();
        Body {
            facts: Some(&facts),
            ..body
        }
        .encode()
    }

    /// Everything that a forger can write down.
    async fn forgeries(&self, database: &TestDatabase) -> Vec<Event> {
        let unsigned = self.with_facts(&Body::default().encode());
        let mut events: Vec<_> = [
            "unfreeze",
            "cancel_loss",
            "renew",
            "unlock",
            "issue",
            "add_card",
            "register_baseline",
            "register_carry",
            "register_update",
            "key_confirmed",
            "act",
            "renew_begin",
        ]
        .map(|act| Event {
            what: "nobody signed it",
            act,
            body: unsigned.clone(),
        })
        .into();
        // Everything that the legal person ever signed for this card.
        let target = database.uuid(self.operator.card.0);
        let signed = format!("target_card = {target} AND act IN ('freeze', 'unfreeze')");
        for body in database.bodies(&signed).await {
            for act in ["unfreeze", "renew", "unlock"] {
                events.push(Event {
                    what: "it was signed then",
                    act,
                    body: self.with_facts(&body),
                });
            }
        }
        let instance = self.server.keys.authority.instance().unwrap();
        let enterprise = (self.server.enterprise, CODE);
        let by = |signer| Forgery::by(signer, &self.legal, enterprise, instance, &self.operator);
        let state = serde_json::to_value(self.facts.state).unwrap();
        let forged = by(&self.operator).says("/cards/0/state_before", state.clone());
        let other_state = by(&self.legal);
        for (what, forged) in [
            ("an operator signed", forged.clone()),
            (
                "an operator signed in the old form",
                forged.clone().old_form(),
            ),
            (
                "an operator signed under the own name",
                forged.clone().truthful().under(&self.operator),
            ),
            (
                "no nonce was kept",
                Forgery {
                    is_kept: false,
                    ..forged
                },
            ),
            ("it was signed for another state", other_state.clone()),
            (
                "the legal person signed in the old form",
                other_state.old_form(),
            ),
        ] {
            events.push(Event {
                what,
                act: "unfreeze",
                body: self.with_facts(&forged.body()),
            });
        }
        events
    }

    /// Writes the event, and the row that it says.
    async fn write(&self, database: &TestDatabase, event: &Event) {
        let id = database.uuid(self.operator.card.0);
        for sql in [
            format!(
                "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, \
                 body) SELECT at, enterprise_id, actor_card, '{}', target_card, 'done', {} \
                 FROM events WHERE seq = {}",
                event.act,
                database.bytes(&event.body),
                self.event
            ),
            format!(
                "UPDATE cards SET state = 'normal', state_since = NULL, \
                 state_event = (SELECT max(seq) FROM events) WHERE id = {id}"
            ),
        ] {
            assert_eq!(database.raw(&sql).await.unwrap(), 1);
        }
        // Row and newest event say the same: by themselves they are good.
        let explained = self.server.store.explain(self.operator.card).await.unwrap();
        if !matches!(event.act, "unfreeze" | "cancel_loss" | "renew" | "unlock") {
            assert!(explained.is_ok(), "{}", event.act);
        }
    }

    /// Takes everything after the last honest event away again.
    async fn undo(&self, database: &TestDatabase) {
        let id = database.uuid(self.operator.card.0);
        let since = match self.facts.state {
            CardState::Frozen { since } => since.as_microsecond(),
            _ => unreachable!(),
        };
        for sql in [
            format!("DELETE FROM events WHERE seq > {}", self.event),
            format!(
                "UPDATE cards SET state = 'frozen', state_since = {since}, state_event = {} \
                 WHERE id = {id}",
                self.event
            ),
        ] {
            database.raw(&sql).await.unwrap();
        }
    }

    async fn is_refused_at(&self, origin: &str, what: &str) {
        let reply = self.operator.try_log_in(&Browser::new(origin)).await;
        assert_eq!(reply.code(), "card_record", "{what}: {}", reply.body);
    }
}

/// Events are never deleted, unless somebody sees to it.
async fn unbind(database: &TestDatabase) {
    let sql = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted"
    } else {
        "ALTER TABLE events DISABLE TRIGGER ALL"
    };
    database.raw(sql).await.unwrap();
}

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

/// Waits until the servers gave every event its place.
async fn sequenced(store: &SqlStore) {
    for _look in 0..200 {
        let head = store.log_head().await.unwrap();
        if head.size == store.event_count().await.unwrap() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the events got no places");
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
    sequenced(store).await;
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
