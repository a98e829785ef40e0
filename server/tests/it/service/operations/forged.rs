//! A claim is not a fact: at every stage of every operation, on whosever word,
//! reports are made up, repeated, shuffled, cut short and taken from elsewhere.
//! Without the card's own answer to the server's challenge nothing in `cards`,
//! `certificates` and `operations` changes but what a claim may change, and no
//! reply holds a PUK, old or new, in any encoding.
//!
//! A sample runs with the other tests; `cargo xtask test sweep` runs more than
//! 100 000 reports a database. Both print how many there were.

mod liar;
mod snapshot;
mod stage_fixture;

use jiff::SignedDuration;
use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, CardReader, LegalPersonClient, Reply, TestServer},
};

use super::exhaustive;
use liar::Liar;
use snapshot::Register;
use stage_fixture::{ReachedStage, StageFixture, Word};

on_both!(
    no_report_without_a_proof_has_an_effect,
    nor_where_the_card_makes_a_new_key,
);

/// Forged reports at each fixture.
fn reports_per_stage() -> u64 {
    if exhaustive() { 3300 } else { 40 }
}

async fn no_report_without_a_proof_has_an_effect(database: TestDatabase) {
    lie_everywhere(&database, StageFixture::ALL, false).await;
}

async fn nor_where_the_card_makes_a_new_key(database: TestDatabase) {
    lie_everywhere(&database, StageFixture::NEW_KEY, true).await;
}

async fn lie_everywhere(database: &TestDatabase, fixtures: &[StageFixture], new_key: bool) {
    let server = TestServer::with(database, |config| {
        config.renewal.new_key = new_key;
        config.http.logins_per_minute = 10_000;
    })
    .await;
    let client = LegalPersonClient::new(&server).await;
    let stranger = server.browser();
    let mut register = Register::connect(database).await;
    let (mut reports, mut answered) = (0, 0);
    for (number, fixture) in fixtures.iter().enumerate() {
        // Who is turned away for haste is not judged: a minute for each stage.
        server.clock.advance(SignedDuration::from_mins(1));
        let mut reader = CardReader::operator(&server, &format!("{number:04}")).await;
        let reached = fixture.reach(&server, &client, &mut reader, &mut register);
        let stage = reached.await;
        let mut liar = Liar::new(u64::try_from(number).unwrap(), &stage, &reader, &server).await;
        for _ in 0..reports_per_stage() {
            let before = register.effects().await;
            let row = register.operation(&stage.operation).await;
            let report = match stage.word {
                // All that can be said without a token is that a card is there.
                Word::Nobody => liar.identified(),
                _ => liar.report(),
            };
            let reply = tell(&stranger, &client, &stage, report.clone()).await;
            let is_judged = reply.status < 500 && reply.status != 429;
            assert!(is_judged, "{fixture:?}: {report}: {}", reply.body);
            answered += u32::from(reply.status == 200);
            let after = register.effects().await;
            assert_eq!(after, before, "{fixture:?}: {report}");
            if stage.word != Word::Ticket {
                // Who has no ticket does not even disturb the conversation.
                let now = register.operation(&stage.operation).await;
                assert!(
                    now == row || stage.word == Word::Token,
                    "{fixture:?}: {report}"
                );
            }
            liar.look_for_secrets(&reply.body);
            register.put_back(&stage.operation, &row).await;
            reports += 1;
        }
        // The stage is where it was: the card's own answer goes on with it.
        fixture.go_on(&server, &client, &mut reader, stage).await;
    }
    println!(
        "{reports} forged reports at {} stages, {answered} of them answered: none had an effect",
        fixtures.len()
    );
    assert!(answered > 0);
}

/// Hands a report in on the word that the stage stands on.
async fn tell(
    stranger: &Browser,
    client: &LegalPersonClient,
    stage: &ReachedStage,
    report: Value,
) -> Reply {
    match stage.word {
        Word::Ticket => client.next(&stage.ticket, report).await,
        Word::Challenge | Word::Token => {
            let body = json!({ "token": stage.token, "report": report });
            stranger.call("/api/insertions/heal", body).await
        }
        Word::Nobody => {
            let body = json!({ "identity": report["identified"]["identity"] });
            stranger.call("/api/insertions/seen", body).await
        }
    }
}
