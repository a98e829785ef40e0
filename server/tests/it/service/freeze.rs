//! A freeze is immediate: on one instance and from one instance to another.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::TestServer,
};

on_both!(a_frozen_operator_is_out_at_the_next_request_on_every_instance);

async fn a_frozen_operator_is_out_at_the_next_request_on_every_instance(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let second = server.another().await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    for (act, undo, state) in [
        ("freeze", "unfreeze", "frozen"),
        ("report_loss", "cancel_loss", "lost"),
    ] {
        let here = operator.log_in(server.origin()).await;
        let there = operator.log_in(&second.origin).await;
        there.call("/api/cards/own", json!({})).await.good();
        legal.act(&client, operator.card, act).await.good();
        for browser in [&here, &there, &here.at(&second.origin)] {
            let reply = browser.call("/api/cards/own", json!({})).await;
            assert_eq!(reply.status, 403);
            assert_eq!(reply.code(), format!("card_stopped/{state}"));
            let reply = browser.call("/api/session", json!({})).await;
            assert_eq!(reply.code(), format!("card_stopped/{state}"));
        }
        // The session stays ended when the card is 正常 again.
        legal.act(&client, operator.card, undo).await.good();
        let reply = here.call("/api/cards/own", json!({})).await;
        assert_eq!(reply.code(), format!("card_stopped/{state}"));
    }
    second.stop().await;
}
