//! The same request once more, where its answer was lost: what was refused is not told as
//! done, and what was done is found although some cards were left out.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{LegalPersonClient, TestServer, statement},
};

use super::fixture::{Kind, SigningFixture, commit};

on_both!(
    what_was_refused_is_not_told_as_done,
    a_list_is_found_whichever_card_was_left_out,
);

/// Signed rightly, and refused since the card changed meanwhile; the answer was lost.
async fn what_was_refused_is_not_told_as_done(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    let statement = fixture.propose(Kind::Act).await;
    let proof = fixture.sign(&statement);
    let card = fixture.operator.card;
    let between = fixture.legal.act(&fixture.browser, card, "freeze").await;
    between.good();
    let first = commit(&fixture.browser, Kind::Act, &statement, &proof).await;
    assert_eq!(first.status, 409, "{}", first.body);
    let before = fixture.everything().await;
    for _ in 0..2 {
        let again = commit(&fixture.browser, Kind::Act, &statement, &proof).await;
        assert_eq!(again.code(), "proposal_void", "{}", again.body);
    }
    assert_eq!(fixture.everything().await, before);
}

async fn a_list_is_found_whichever_card_was_left_out(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    for (round, left_out) in [0, 1, 2].into_iter().enumerate() {
        let mut cards = Vec::new();
        for place in 0..3 {
            cards.push(server.operator(&format!("{round}{place}")).await.card);
        }
        let proposal = client.propose(&cards, "renew").await.good();
        let statement = statement(&proposal);
        let signature = client.legal.signature(&client.browser.origin, &statement);
        // The card is frozen before the list is committed.
        let act = client.legal.act(&client.browser, cards[left_out], "freeze");
        act.await.good();
        let body = json!({
            "statement": statement, "signature": signature, "second_reader": true
        });
        let send = async || {
            let path = "/api/operations/commit";
            client.browser.call(path, body.clone()).await.good()
        };
        let (first, second) = (send().await, send().await);
        let begun = first["operations"]["cards"].as_array().unwrap();
        assert_eq!(begun.len(), 2, "{first}");
        assert_eq!(first["operations"], second["operations"], "{left_out}");
        client
            .cancel(second["ticket"].as_str().unwrap())
            .await
            .good();
    }
}
