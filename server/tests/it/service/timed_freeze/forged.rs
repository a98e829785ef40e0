//! Ends that nobody signed, or that are not yet: in what is signed, in the register, in the log.

use card_domain::CardState;
use card_protocol::statement::Statement;
use event_log::{CardFacts, EventFacts, body::Body};
use jiff::SignedDuration;
use serde_json::Value;
use server::clock::Clock as _;
use test_support::database::{TestDatabase, on_both};

use super::Fixture;

on_both!(
    another_end_than_the_signed_one_opens_nothing,
    rows_that_nobody_explains_hide_no_end,
    an_end_that_is_dated_later_opens_nothing,
    an_end_that_comes_too_soon_opens_nothing,
);

impl Fixture {
    /// Writes the end of the freeze into log and register, as a service would have.
    async fn forge_end(&self, database: &TestDatabase, at: i64) {
        let id = database.uuid(self.operator.card.0);
        let events = self.server.events(1000).await;
        let freeze = events.iter().find(|event| event.act == "freeze").unwrap();
        let whole = database.body(freeze.seq).await;
        let body = Body::decode(&whole).unwrap();
        let mut facts = EventFacts::read(body.facts);
        facts.freeze = Some(freeze.seq);
        facts.card = facts.card.map(|card| CardFacts {
            state: CardState::Normal,
            ..card
        });
        let facts = facts.to_json().unwrap();
        let forged = Body {
            statement: None,
            structured: None,
            signature: None,
            certificate: None,
            nonce: None,
            origin: None,
            facts: Some(&facts),
            ..body
        };
        for sql in [
            format!(
                "INSERT INTO events (at, enterprise_id, act, target_card, outcome, body) \
                 SELECT {at}, enterprise_id, 'freeze_ended', target_card, 'done', {} \
                 FROM events WHERE seq = {}",
                database.bytes(&forged.encode()),
                freeze.seq
            ),
            format!(
                "UPDATE cards SET state = 'normal', state_since = NULL, state_until = NULL, \
                 state_event = (SELECT max(seq) FROM events) WHERE id = {id}"
            ),
        ] {
            assert_eq!(database.raw(&sql).await.unwrap(), 1);
        }
    }
}

/// The page says another end than was proposed, or somebody writes one into what was
/// proposed or into the register.
async fn another_end_than_the_signed_one_opens_nothing(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let browser = it.log_in().await;
    it.legal
        .act(&browser, it.operator.card, "unfreeze")
        .await
        .good();
    let proposed = it.propose(&browser).await;
    let until: Value = serde_json::from_str(&proposed.structured).unwrap();
    let until = until["until"].as_str().unwrap().to_owned();
    let forged = Statement {
        structured: proposed.structured.replace(&until, "2026-01-01T00:00:00Z"),
        ..proposed
    };
    assert_eq!(
        it.commit(&browser, &forged).await.code(),
        "statement_signature"
    );
    let proposed = it.propose(&browser).await;
    // What is to be done, and not what is to be signed: there its quotes are escaped.
    let year = &until[..4];
    let edit = format!(
        "UPDATE nonces SET payload = replace(payload, '\"until\":\"{year}', '\"until\":\"2099') \
         WHERE kind = 'act'"
    );
    assert_eq!(database.raw(&edit).await.unwrap(), 1);
    assert_eq!(
        it.commit(&browser, &proposed).await.code(),
        "statement_signature"
    );
    let proposed = it.propose(&browser).await;
    it.commit(&browser, &proposed).await.good();

    // A row that ends sooner than what was signed.
    let id = database.uuid(it.operator.card.0);
    let (now, end) = (
        it.server.clock.now().as_microsecond(),
        it.until.as_microsecond(),
    );
    let past = format!("UPDATE cards SET state_until = {} WHERE id = {id}", now - 1);
    database.raw(&past).await.unwrap();
    assert_eq!(it.operator_logs_in().await, "card_record");
    let back = format!("UPDATE cards SET state_until = {end} WHERE id = {id}");
    database.raw(&back).await.unwrap();
    assert_eq!(it.operator_logs_in().await, "login/frozen");
}

/// Ends are written down a hundred at a time: whoever makes up that many hides no other.
async fn rows_that_nobody_explains_hide_no_end(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    for number in 0..101 {
        it.server.operator(&format!("9{number:03}")).await;
    }
    let made_up = "UPDATE cards SET state = 'frozen', state_since = 1, state_until = 1 \
                   WHERE operator_no LIKE '9%'";
    assert_eq!(database.raw(made_up).await.unwrap(), 101);
    let unreadable = format!(
        "UPDATE cards SET state_since = {} WHERE operator_no IN ('9000', '9050')",
        i64::MAX
    );
    assert_eq!(database.raw(&unreadable).await.unwrap(), 2);
    it.jump_to_end(SignedDuration::from_secs(1));
    it.log_in().await;
    assert_eq!(it.ends().await, 1);
    assert_eq!(it.operator_logs_in().await, "in");
}

/// Somebody writes the event of an end into the log before its time.
async fn an_end_that_is_dated_later_opens_nothing(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    it.forge_end(&database, it.until.as_microsecond() + 1).await;
    assert_eq!(it.operator_logs_in().await, "card_record");
}

async fn an_end_that_comes_too_soon_opens_nothing(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let now = it.server.clock.now().as_microsecond();
    it.forge_end(&database, now).await;
    assert_eq!(it.operator_logs_in().await, "card_record");
}
