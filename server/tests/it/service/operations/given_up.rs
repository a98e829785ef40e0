//! What the model of the protocol (`app/domain/tests/protocol`) found: faults
//! that take two copies of a program, or an operation that was given up and
//! another one after it.

use card_domain::EventOutcome;
use event_log::EventFacts;
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::storage::OperationCourse;
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, LegalPersonClient, PIN, TestServer,
        legal_person::{heal, step, tag},
    },
};

use super::good_certificate;

on_both!(
    a_second_copy_of_a_program_runs_nowhere,
    another_act_does_not_put_a_card_right,
    an_open_operation_does_not_hide_one_that_was_given_up,
    what_makes_room_is_named_in_its_event,
    a_lost_answer_to_a_cancellation_is_given_again,
);

/// Drives a renewal until the card has written; gives the ticket's answer, the
/// last report but one, and the last one. Nobody hears of the last one.
async fn written(client: &LegalPersonClient, reader: &mut CardReader) -> (Value, Value, Value) {
    let ticket = client.begin(&[reader.card], "renew").await;
    let secret = ticket["ticket"].as_str().unwrap();
    let look = client.next(secret, json!("inserted")).await.good();
    let looked = step(&look["next"], reader, PIN).unwrap();
    let write = client.next(secret, looked.clone()).await.good();
    let ran = step(&write["next"], reader, PIN).unwrap();
    (ticket, looked, ran)
}

/// An administrator gives up the ticket's only operation.
async fn give_up(server: &TestServer, ticket: &Value) {
    use server::clock::Clock as _;
    let id = ticket["operations"]["cards"][0]["id"].as_str().unwrap();
    let (store, now) = (server.store.as_ref(), server.clock.now());
    server::operations::expiry::abandon(store, id.parse().unwrap(), true, now)
        .await
        .unwrap();
}

async fn agree(server: &TestServer, reader: &mut CardReader) {
    let good = good_certificate(server, reader).await;
    assert_eq!(reader.certificate().unwrap(), good);
}

async fn a_second_copy_of_a_program_runs_nowhere(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let old = good_certificate(&server, &reader).await;
    let (ticket, looked, _unheard) = written(&client, &mut reader).await;
    let ticket = ticket["ticket"].as_str().unwrap();
    assert_ne!(reader.certificate().unwrap(), old, "the card has written");
    // The bridge is killed; the page sends its report once more and gets the second
    // copy: it is sealed to a bridge that is no more.
    reader.restart_bridge();
    reader.insert_again();
    let second = client.next(ticket, looked).await.good();
    let refused = step(&second["next"], &mut reader, PIN).unwrap();
    let error = &refused["failed"]["error"];
    assert_eq!(
        (error["code"].as_str(), error["reason"].as_str()),
        (Some("program_refused"), Some("exchange")),
        "{refused}"
    );
    client.next(ticket, refused).await.good();
    // Cancelled or not: what may be on the card waits for the card.
    let body = json!({ "ticket": ticket });
    let left = client.browser.call("/api/operations/cancel", body).await;
    let left = left.good();
    assert_ne!(left["cards"][0]["state"], "abandoned", "{left}");
    reader.insert_again();
    let healed = heal(&server.browser(), &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "completed", "{healed}");
    assert_ne!(good_certificate(&server, &reader).await, old);
    agree(&server, &mut reader).await;
}

async fn another_act_does_not_put_a_card_right(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let (ticket, ..) = written(&client, &mut reader).await;
    give_up(&server, &ticket).await;
    reader.block_pin();
    reader.insert_again();
    let done = client.operate(&mut reader, "unlock", "271828").await;
    assert_eq!(done["operations"]["cards"][0]["state"], "confirmed");
    // The certificate is still the one that was given up.
    reader.insert_again();
    let healed = heal(&server.browser(), &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "rolled_back", "{healed}");
    agree(&server, &mut reader).await;
}

async fn an_open_operation_does_not_hide_one_that_was_given_up(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let (ticket, ..) = written(&client, &mut reader).await;
    give_up(&server, &ticket).await;
    // Another one is begun, and has not come to the card yet.
    let ticket = client.begin(&[reader.card], "renew").await;
    reader.insert_again();
    let healed = heal(&server.browser(), &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "rolled_back", "{healed}");
    agree(&server, &mut reader).await;
    // And it goes on as if nothing had been.
    reader.insert_again();
    let ticket = ticket["ticket"].as_str().unwrap();
    let done = client.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    agree(&server, &mut reader).await;
}

/// A 延期 whose ticket is void makes room for a 解锁: the event of its end is a 延期's,
/// and names that one.
async fn what_makes_room_is_named_in_its_event(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let reader = CardReader::operator(&server, "0001").await;
    let stale = client.begin(&[reader.card], "renew").await;
    server.clock.advance(SignedDuration::from_hours(13));
    let later = client.another().await;
    let begun = later.begin(&[reader.card], "unlock").await;
    let id = |ticket: &Value| ticket["operations"]["cards"][0]["id"].clone();
    let mut events = server.events(2).await;
    let (made_room, begins) = (events.pop().unwrap(), events.pop().unwrap());
    for (event, act, outcome, ticket) in [
        (&made_room, "renew", EventOutcome::Failed, &stale),
        (&begins, "unlock_begin", EventOutcome::Done, &begun),
    ] {
        assert_eq!((event.act.as_str(), event.outcome), (act, outcome));
        let facts = EventFacts::read(event.facts.as_deref());
        assert_eq!(json!(facts.operation), id(ticket), "{act}");
    }
    let stale = id(&stale).as_str().unwrap().parse().unwrap();
    let course = server.store.operation_course(reader.card, stale, "").await;
    assert_eq!(course.unwrap(), OperationCourse::Over);
}

/// What touched its card waits for it, and the page that asks once more is told so; it can
/// do nothing else with the ticket, and nobody else is told anything.
async fn a_lost_answer_to_a_cancellation_is_given_again(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let (ticket, _looked, ran) = written(&client, &mut reader).await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let first = client.cancel(ticket).await.good();
    let card = &first["cards"][0];
    assert_eq!(
        (&card["state"], &card["touched"]),
        (&json!("issued"), &json!(true))
    );
    let before = server.events(100).await.len();
    assert_eq!(client.cancel(ticket).await.good(), first);
    for report in [json!("inserted"), ran] {
        let reply = client.next(ticket, report).await;
        assert_eq!(reply.code(), "ticket_void", "{}", reply.body);
    }
    let elsewhere = client.another().await;
    assert_eq!(elsewhere.cancel(ticket).await.code(), "ticket_void");
    assert_eq!(client.cancel("made up").await.code(), "ticket_void");
    // By now it is confirmed, and so it is told.
    reader.insert_again();
    assert_eq!(tag(&heal(&client.browser, &mut reader).await), "healed");
    let healed = client.cancel(ticket).await.good();
    assert_eq!(healed["cards"][0]["state"], "confirmed", "{healed}");
    agree(&server, &mut reader).await;
    // Two logins apart from what the healing says: nothing was recorded of the repeats.
    let after = server.events(100).await;
    let acts: Vec<_> = after.iter().map(|event| event.act.as_str()).collect();
    let more = acts.len() - before;
    assert!(
        acts[..more]
            .iter()
            .all(|act| ["renew", "login"].contains(act)),
        "{acts:?}"
    );
    server.clock.advance(SignedDuration::from_hours(2));
    let late = client.cancel(ticket).await;
    assert_ne!(late.status, 200, "{}", late.body);
}
