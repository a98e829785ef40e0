//! Cards that were made before their server asked for attestation.

use card_domain::{EventOutcome, KeyConfirmation, Reason};
use event_log::EventFacts;
use serde_json::Value;
use test_support::{
    database::{TestDatabase, on_both},
    service::{LegalPersonClient, PIN, TestServer, legal_person::tag},
};

use super::{
    attesting_reader, configured, facts, key, log_in,
    lying::{ATTESTED, attested_by, renew_with},
    maker,
};

on_both!(
    a_card_from_before_is_known_by_its_own_key,
    a_card_whose_attestation_will_not_count_keeps_its_key,
);

/// A card that was made before anybody was asked: what it attests has to be of the
/// key (9E) that the register knows it by, and it is known by that from then on.
async fn a_card_from_before_is_known_by_its_own_key(database: TestDatabase) {
    let maker = maker();
    let server = TestServer::new(&database).await;
    let mut reader = attesting_reader(&server, "0001", &maker).await;
    let mut other = attesting_reader(&server, "0002", &maker).await;
    assert_eq!(key(&server, &reader).await, None);
    assert_eq!(facts(&server, &reader).await.attestation, None);
    let others = attested_by(other.pull());

    let asking = server.another_with(configured(&maker, true)).await;
    let legal = server.legal_person().await;
    let client = LegalPersonClient {
        browser: legal.log_in(&asking.origin).await,
        legal,
    };
    reader.set_origin(&asking.origin);
    let ticket = client.begin(&[reader.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    // Another genuine card's own, whole, with that card's new key.
    let swapped = &|steps: &mut Vec<Value>| {
        steps[ATTESTED].clone_from_slice(&others);
    };
    let reply = renew_with(&client, &mut reader, ticket, swapped).await;
    assert_eq!(
        tag(&reply["operations"]["cards"][0]["problem"]),
        "attestation",
        "{reply}"
    );
    reader.insert_again();
    let done = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert_eq!(key(&server, &reader).await, Some(KeyConfirmation::Attested));
    assert!(facts(&server, &reader).await.attestation.is_some());
    asking.stop().await;
}

/// A new key takes the old one's place on the card, so before it is made the card is
/// asked whether its attestation is going to count.
async fn a_card_whose_attestation_will_not_count_keeps_its_key(database: TestDatabase) {
    let (maker, foreign) = (maker(), maker());
    let server = TestServer::new(&database).await;
    let mut other_makers = attesting_reader(&server, "0001", &foreign).await;
    let asking = server.another_with(configured(&maker, true)).await;
    let legal = server.legal_person().await;
    let client = LegalPersonClient {
        browser: legal.log_in(&asking.origin).await,
        legal,
    };
    let before = facts(&server, &other_makers).await;
    other_makers.set_origin(&asking.origin);
    let ticket = client.begin(&[other_makers.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    for _ in 0..2 {
        other_makers.insert_again();
        let reply = client.drive(ticket, &mut other_makers, PIN).await;
        assert_eq!(tag(&reply["next"]), "insert", "{reply}");
        let problem = &reply["operations"]["cards"][0]["problem"];
        assert_eq!(tag(problem), "attestation", "{reply}");
        let event = server.last_event().await;
        assert_eq!(event.outcome, EventOutcome::Refused);
        let said = EventFacts::read(event.facts.as_deref());
        assert_eq!(said.reason, Some(Reason::Attestation));
    }
    assert_eq!(facts(&server, &other_makers).await, before);
    // Nothing was written, so it is over at once, and the card is what it was.
    client.cancel(ticket).await.good();
    other_makers.set_origin(server.origin());
    log_in(&server, &mut other_makers).await;
    asking.stop().await;
}
