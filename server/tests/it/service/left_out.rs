//! A card that was left out of an act on several: the signature over it lies open in the
//! events of the others. Whoever writes the database puts it under the act that the record
//! says was refused, once the card is in the very state again that was signed.

use card_domain::CardState;
use event_log::{CardFacts, EventFacts, body::Body, verify::Finding};
use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, statement},
};

use super::many_acts::{Fixture, commit, verified};

on_both!(what_was_left_out_is_never_done_under_that_signature,);

async fn what_was_left_out_is_never_done_under_that_signature(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let [done, left] = [&it.operators[0], &it.operators[1]];
    for card in [done.card, left.card] {
        it.legal.act(&it.browser, card, "freeze").await.good();
    }
    let body = json!({ "cards": [done.card, left.card], "action": "unfreeze", "cause": null });
    let proposed = it.browser.call("/api/acts/propose-many", body).await.good();
    let signed = statement(&proposed);
    it.legal
        .act(&it.browser, left.card, "report_loss")
        .await
        .good();
    let told = commit(&it.browser, &signed, &it.sign(&signed)).await.good();
    assert_eq!(told["cards"][1]["event"], Value::Null);
    it.legal
        .act(&it.browser, left.card, "cancel_loss")
        .await
        .good();

    let explained = it.server.store.explain(left.card).await.unwrap().unwrap();
    assert_eq!(explained.facts.state.name().name(), "frozen");
    let says = EventFacts {
        card: Some(CardFacts {
            state: CardState::Normal,
            ..explained.facts
        }),
        ..EventFacts::default()
    };
    let says = says.to_json().unwrap();
    let event = told["cards"][0]["event"].as_i64().unwrap();
    let bytes = database.body(event).await;
    let forged = Body {
        facts: Some(&says),
        ..Body::decode(&bytes).unwrap()
    };
    let id = database.uuid(left.card.0);
    for sql in [
        format!(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
             SELECT at, enterprise_id, actor_card, act, {id}, outcome, {} \
             FROM events WHERE seq = {event}",
            database.bytes(&forged.encode()),
        ),
        format!(
            "UPDATE cards SET state = 'normal', state_since = NULL, \
             state_event = (SELECT max(seq) FROM events) WHERE id = {id}"
        ),
    ] {
        assert_eq!(database.raw(&sql).await.unwrap(), 1);
    }
    // By themselves row and event are good.
    assert!(it.server.store.explain(left.card).await.unwrap().is_ok());

    let another = it.server.another().await;
    for origin in [it.server.origin(), &another.origin] {
        let reply = left.try_log_in(&Browser::new(origin)).await;
        assert_eq!(reply.code(), "card_record", "{}", reply.body);
    }
    let report = verified(&it.server).await;
    let is_replay = |finding: &Finding| matches!(finding, Finding::Replayed { .. });
    assert!(report.findings.iter().any(is_replay), "{report:?}");
}
