//! A freeze is immediate: on one instance and from one instance to another.

use serde_json::json;

use super::{on_both, world::World};
use crate::database::TestDatabase;

on_both!(a_frozen_operator_is_out_at_the_next_request_on_every_instance);

async fn a_frozen_operator_is_out_at_the_next_request_on_every_instance(database: TestDatabase) {
    let world = World::new(&database).await;
    let second = world.another().await;
    let legal = world.legal_person().await;
    let desk = legal.log_in(world.origin()).await;
    let operator = world.operator("0001").await;
    for (act, undo, state) in [
        ("freeze", "unfreeze", "frozen"),
        ("report_loss", "cancel_loss", "lost"),
    ] {
        let here = operator.log_in(world.origin()).await;
        let there = operator.log_in(&second.origin).await;
        there.call("/api/cards/own", json!({})).await.good();
        legal.act(&desk, operator.card, act).await.good();
        for browser in [&here, &there, &here.at(&second.origin)] {
            let reply = browser.call("/api/cards/own", json!({})).await;
            assert_eq!(reply.status, 403);
            assert_eq!(reply.code(), format!("card_stopped/{state}"));
            let reply = browser.call("/api/session", json!({})).await;
            assert_eq!(reply.code(), format!("card_stopped/{state}"));
        }
        // The session stays ended when the card is 正常 again.
        legal.act(&desk, operator.card, undo).await.good();
        let reply = here.call("/api/cards/own", json!({})).await;
        assert_eq!(reply.code(), format!("card_stopped/{state}"));
    }
    second.stop().await;
}
