//! Operations on cards in the figures: open, healed, abandoned.

use card_domain::OperationState;
use jiff::SignedDuration;
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, LegalPersonClient, PIN, TestServer,
        legal_person::{heal, step, tag},
    },
};

use super::scrape::{Scrape, counting, scrape, until};

on_both!(operations_are_counted_until_they_are_over);

fn open(now: &Scrape, state: &str) -> (u64, u64) {
    let labels = [("state", state)];
    (
        now.count("ic_card_operations_open", &labels),
        now.count("ic_card_operations_oldest_age_seconds", &labels),
    )
}

fn outcomes(now: &Scrape, by: &str, outcome: &str) -> u64 {
    let labels = [("act", "renew"), ("by", by), ("outcome", outcome)];
    now.count("ic_card_operation_outcomes_total", &labels)
}

async fn operations_are_counted_until_they_are_over(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    let client = LegalPersonClient::new(&server).await;
    let mut touched = CardReader::operator(&server, "0001").await;
    let untouched = CardReader::operator(&server, "0002").await;
    let cancelled = CardReader::operator(&server, "0003").await;
    let now = scrape(server.origin()).await;
    for state in ["prepared", "issued", "written", "read_back"] {
        assert_eq!(open(&now, state), (0, 0), "{state}");
    }

    // One whose card writes, and nobody hears of it.
    let ticket = client.begin(&[touched.card], "renew").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut touched, PIN).unwrap();
    let write = client.next(ticket, look).await.good();
    step(&write["next"], &mut touched, PIN).unwrap();
    // One that is only signed for.
    client.begin(&[untouched.card], "renew").await;
    // One that the legal person cancels.
    let ticket = client.begin(&[cancelled.card], "renew").await;
    let body = json!({ "ticket": ticket["ticket"] });
    client
        .browser
        .call("/api/operations/cancel", body)
        .await
        .good();

    server.clock.advance(SignedDuration::from_hours(2));
    let now = scrape(server.origin()).await;
    assert_eq!(open(&now, "prepared"), (1, 7200));
    assert_eq!(open(&now, "issued"), (1, 7200));
    assert_eq!(open(&now, "written"), (0, 0));
    assert_eq!(outcomes(&now, "ticket", "abandoned"), 1);
    assert_eq!(outcomes(&now, "ticket", "confirmed"), 0);
    let counts = server.store.count_journal(1).await.unwrap();
    let counted: u32 = counts.open.iter().map(|open| open.count).sum();
    assert_eq!(counted, 1, "counted no further than the limit");
    let counts = server.store.count_journal(9).await.unwrap();
    let states: Vec<_> = counts.open.iter().map(|open| open.state).collect();
    assert!(states.contains(&OperationState::Prepared) && states.len() == 2);

    // The card is inserted: it is completed.
    touched.set_now(server::clock::Clock::now(server.clock.as_ref()));
    touched.insert_again();
    let healed = heal(&server.browser(), &mut touched).await;
    assert_eq!(tag(&healed["healed"]["what"]), "completed", "{healed}");
    let now = scrape(server.origin()).await;
    assert_eq!(outcomes(&now, "healing", "confirmed"), 1);
    assert_eq!(open(&now, "issued"), (0, 0));
    assert_eq!(open(&now, "prepared"), (1, 7200));

    // Nobody comes for the other: the next instance's housekeeping ends it.
    server.clock.advance(SignedDuration::from_hours(23));
    let another = server.another_with(counting).await;
    // What is open is counted before what is over is read: not at one moment.
    let now = until(&another.origin, |now| {
        outcomes(now, "expiry", "abandoned") == 1 && open(now, "prepared") == (0, 0)
    })
    .await;
    assert_eq!(now.count("ic_card_operations_unsettled", &[]), 0);
    assert_eq!(
        outcomes(&now, "healing", "confirmed"),
        0,
        "of the other one"
    );
    another.stop().await;

    // What an administrator gave up after it touched its card waits for it.
    let client = client.another().await;
    let ticket = client.begin(&[touched.card], "renew").await;
    let id = ticket["operations"]["cards"][0]["id"].as_str().unwrap();
    let id: uuid::Uuid = id.parse().unwrap();
    let ticket = ticket["ticket"].as_str().unwrap();
    touched.set_now(server::clock::Clock::now(server.clock.as_ref()));
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut touched, PIN).unwrap();
    let write = client.next(ticket, look).await.good();
    step(&write["next"], &mut touched, PIN).unwrap();
    let at = server::clock::Clock::now(server.clock.as_ref());
    server::operations::expiry::abandon(server.store.as_ref(), id, true, at)
        .await
        .unwrap();
    let now = scrape(server.origin()).await;
    assert_eq!(now.count("ic_card_operations_unsettled", &[]), 1);
    touched.insert_again();
    let healed = heal(&server.browser(), &mut touched).await;
    assert_eq!(tag(&healed["healed"]["what"]), "rolled_back", "{healed}");
    let now = scrape(server.origin()).await;
    assert_eq!(now.count("ic_card_operations_unsettled", &[]), 0);
    assert_eq!(outcomes(&now, "healing", "rolled_back"), 1);
}
