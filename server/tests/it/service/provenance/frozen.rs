//! A card that the legal person froze, and all that a forger can write beside it.

use card_domain::CardState;
use event_log::{CardFacts, EventFacts, body::Body};
use jiff::SignedDuration;
use test_support::{
    database::TestDatabase,
    service::{Browser, CODE, Person, TestServer},
};

use crate::audit::forgery::Forgery;

/// An operator whose card the legal person froze.
pub(super) struct Frozen {
    pub(super) server: TestServer,
    pub(super) legal: Person,
    pub(super) client: Browser,
    pub(super) operator: Person,
    /// The event that froze it.
    pub(super) event: i64,
    pub(super) facts: CardFacts,
}

/// An event that somebody writes past the server.
pub(super) struct Event {
    pub(super) what: &'static str,
    pub(super) act: &'static str,
    pub(super) body: Vec<u8>,
}

impl Frozen {
    pub(super) async fn new(database: &TestDatabase) -> Self {
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
    pub(super) fn says_normal(&self) -> String {
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
    pub(super) fn with_facts(&self, bytes: &[u8]) -> Vec<u8> {
        let facts = self.says_normal();
        let body = Body::decode(bytes).unwrap();
        Body {
            facts: Some(&facts),
            ..body
        }
        .encode()
    }

    /// Everything that a forger can write down.
    pub(super) async fn forgeries(&self, database: &TestDatabase) -> Vec<Event> {
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
    pub(super) async fn write(&self, database: &TestDatabase, event: &Event) {
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
    pub(super) async fn undo(&self, database: &TestDatabase) {
        let id = database.uuid(self.operator.card.0);
        let since = match self.facts.state {
            CardState::Frozen { since, .. } => since.as_microsecond(),
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

    pub(super) async fn is_refused_at(&self, origin: &str, what: &str) {
        let reply = self.operator.try_log_in(&Browser::new(origin)).await;
        assert_eq!(reply.code(), "card_record", "{what}: {}", reply.body);
    }
}

/// Events are never deleted, unless somebody sees to it.
pub(super) async fn unbind(database: &TestDatabase) {
    let sql = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted"
    } else {
        "ALTER TABLE events DISABLE TRIGGER ALL"
    };
    database.raw(sql).await.unwrap();
}
