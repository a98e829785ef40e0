//! The log that is verified: every act as the server would have written it, signed by
//! the legal person's key, and the card's row as the last one left it.

use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{Action, CardState, EventAct, Role, transition};
use card_protocol::{hex, statement::Statement};
use event_log::{
    CardFacts, EventFacts,
    certificate::InstanceId,
    structured::{
        SignatureAlgorithm, SignedCard, SignedEnterprise, SignedSigner, StatementV2, VERSION,
    },
};
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::{Signature, signature::Signer as _};
use server::{
    audit::Sequencer,
    keys::files::KeyRing,
    storage::{CertificateDigest, NewEvent, StatementRecord},
};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use test_support::service::{Person, samples::unique};

use super::{CARDS, EVENTS_TO_AN_ACT};
use crate::{
    data::{Register, card_id, now},
    freeze,
    people::{CODE, ORIGIN},
};

/// Events in one transaction of the filling.
const BATCH: u32 = 100_000;

/// A message and its signature.
pub(super) type Signed = (Vec<u8>, Vec<u8>);

/// So much of what was signed is kept, for the floor.
const SAMPLE: usize = 2000;

/// So many events with their places; and some of what was signed.
pub(super) async fn fill(
    register: &Register,
    keys: &KeyRing,
    legal: &Person,
    events: u32,
) -> Vec<Signed> {
    let started = Instant::now();
    let mut author = Author::new(register, keys, legal).await;
    author
        .connection
        .execute("PRAGMA synchronous = OFF")
        .await
        .unwrap();
    for first in (0..events).step_by(BATCH as usize) {
        author.connection.execute("BEGIN IMMEDIATE").await.unwrap();
        for number in first..events.min(first + BATCH) {
            let at = now() + SignedDuration::from_millis(i64::from(number));
            if number % EVENTS_TO_AN_ACT == 0 {
                author.act(1 + number / EVENTS_TO_AN_ACT % CARDS, at).await;
            } else {
                author.login(at).await;
            }
        }
        author.connection.execute("COMMIT").await.unwrap();
        eprintln!(
            "  {} of {events} events, {:.1} s",
            events.min(first + BATCH),
            started.elapsed().as_secs_f64()
        );
    }
    author.connection.close().await.unwrap();
    let mut sequencer = Sequencer::new(None);
    let at = now() + SignedDuration::from_millis(i64::from(events) + 1);
    let placed = sequencer.run(register.store.as_ref(), &keys.audit, at);
    placed.await.unwrap();
    eprintln!(
        "  with their places, {:.1} s",
        started.elapsed().as_secs_f64()
    );
    author.sample
}

/// Who writes it.
struct Author<'a> {
    register: &'a Register,
    connection: SqliteConnection,
    legal: &'a Person,
    instance: InstanceId,
    /// What decides about each card, from number 0 on.
    facts: Vec<CardFacts>,
    /// The body of every login.
    login: Vec<u8>,
    sample: Vec<Signed>,
}

impl<'a> Author<'a> {
    async fn new(register: &'a Register, keys: &KeyRing, legal: &'a Person) -> Self {
        let mut facts = Vec::new();
        for number in 0..=CARDS {
            let explained = register.store.explain(card_id(number)).await.unwrap();
            facts.push(explained.unwrap().facts);
        }
        let login = NewEvent {
            act: EventAct::Login,
            statement: None,
            facts: None,
            ..freeze::event(register.enterprise, 0)
        };
        Self {
            connection: register.connection().await,
            register,
            legal,
            instance: keys.authority.instance().unwrap(),
            facts,
            login: freeze::body(&login),
            sample: Vec::with_capacity(SAMPLE),
        }
    }

    /// The legal person logs in.
    async fn login(&mut self, at: Timestamp) {
        let body = std::mem::take(&mut self.login);
        self.insert(at, "login", 0, &body).await;
        self.login = body;
    }

    /// The card is frozen, or un-frozen if it is frozen.
    async fn act(&mut self, number: u32, at: Timestamp) {
        let place = usize::try_from(number).unwrap();
        let before = self.facts[place].state;
        let action = match before {
            CardState::Normal => Action::Freeze,
            _ => Action::Unfreeze,
        };
        let after = transition(before, action, at).unwrap();
        self.facts[place].state = after;
        let facts = EventFacts {
            before: Some(before),
            after: Some(after),
            card: Some(self.facts[place].clone()),
            ..EventFacts::default()
        };
        let event = NewEvent {
            statement: Some(self.signed(number, action, before, at)),
            facts: Some(facts.to_json().unwrap()),
            ..freeze::event(self.register.enterprise, number)
        };
        let body = freeze::body(&event);
        let event = self.insert(at, action.name(), number, &body).await;
        let (name, since) = match after {
            CardState::Frozen { since, .. } => ("frozen", Some(since.as_microsecond())),
            _ => ("normal", None),
        };
        let update = sqlx::query(
            "UPDATE cards SET state = $1, state_since = $2, state_event = $3 WHERE id = $4",
        )
        .bind(name)
        .bind(since)
        .bind(event)
        .bind(card_id(number).0);
        self.connection.execute(update).await.unwrap();
    }

    /// What the legal person signs, a second before.
    fn signed(
        &mut self,
        number: u32,
        act: Action,
        state_before: CardState,
        at: Timestamp,
    ) -> StatementRecord {
        let nonce = STANDARD.encode(unique());
        let digest = Sha256::digest(&self.legal.certificate);
        let structured = StatementV2 {
            version: VERSION,
            act,
            cause: None,
            until: None,
            cards: vec![SignedCard {
                card: card_id(number),
                card_no: format!("893{number:010}"),
                operator_no: format!("{number:08}"),
                state_before,
                state_version: 0,
            }],
            enterprise: SignedEnterprise {
                id: self.register.enterprise,
                code: CODE.to_owned(),
            },
            signer: SignedSigner {
                card: card_id(0),
                card_no: format!("893{:010}", 0),
                role: Role::LegalPerson,
                certificate_sha256: hex::encode(&digest),
            },
            instance: self.instance,
            nonce: nonce.clone(),
            origin: ORIGIN.to_owned(),
            time: at - SignedDuration::from_secs(1),
            algorithm: SignatureAlgorithm::Es256,
        };
        let record = freeze::event(self.register.enterprise, number)
            .statement
            .unwrap();
        let statement = Statement {
            nonce: nonce.clone(),
            text: record.text,
            structured: serde_json::to_string(&structured).unwrap(),
        };
        let message = statement.message(ORIGIN);
        let signature: Signature = self.legal.key.sign(&message);
        let signature = signature.to_bytes().to_vec();
        if self.sample.len() < SAMPLE {
            self.sample.push((message, signature.clone()));
        }
        StatementRecord {
            text: statement.text,
            structured: statement.structured,
            signature,
            certificate: CertificateDigest(digest.into()),
            nonce: Some(nonce),
            origin: Some(ORIGIN.to_owned()),
        }
    }

    /// Writes an event; gives its number.
    async fn insert(&mut self, at: Timestamp, act: &str, target: u32, body: &[u8]) -> i64 {
        let insert = sqlx::query(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
             VALUES ($1, $2, $3, $4, $5, 'done', $6)",
        )
        .bind(at.as_microsecond())
        .bind(self.register.enterprise.0)
        .bind(card_id(0).0)
        .bind(act)
        .bind(card_id(target).0)
        .bind(body);
        let done = self.connection.execute(insert).await.unwrap();
        done.last_insert_rowid()
    }
}
