//! The wall between enterprises: every route is tried with the other one's ids.

use card_domain::OperatorNo;
use serde_json::json;
use server::{admin, storage::Holder};

use super::{
    calls::CALLS,
    on_both,
    person::statement,
    world::{World, begin},
};
use crate::database::TestDatabase;

on_both!(another_enterprise_s_ids_lead_nowhere);

const OTHER: &str = "91000000TEST000002";

async fn another_enterprise_s_ids_lead_nowhere(database: TestDatabase) {
    let world = World::new(&database).await;
    let theirs = admin::add_enterprise(world.store.as_ref(), begin(), OTHER, "别的企业有限公司")
        .await
        .unwrap();
    let legal = world.legal_person().await;
    let desk = legal.log_in(world.origin()).await;
    let own = world.operator("0001").await;
    let stranger = world
        .person(OTHER, Holder::Operator(OperatorNo("0001".into())), "李四")
        .await;
    let boss = world.person(OTHER, Holder::LegalPerson, "赵六").await;
    let their_desk = boss.log_in(world.origin()).await;

    // A proposal and an ID number's token of the other enterprise.
    let body = json!({ "card": stranger.card, "action": "freeze" });
    let proposal = their_desk.call("/api/acts/propose", body).await.good();
    let number = json!({ "id_number": "11010119900307001X" });
    let their_token = their_desk
        .call("/api/cards/id-token", number.clone())
        .await
        .good();
    let our_token = desk.call("/api/cards/id-token", number).await.good();
    assert_ne!(their_token, our_token);
    let their_events = world
        .store
        .events(theirs, None, None, 50)
        .await
        .unwrap()
        .len();

    for (path, _) in CALLS {
        match *path {
            "/api/cards/detail" => {
                for card in [stranger.card, boss.card] {
                    let reply = desk.call(path, json!({ "card": card })).await;
                    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
                }
            }
            "/api/acts/propose" => {
                for card in [stranger.card, boss.card] {
                    let body = json!({ "card": card, "action": "freeze" });
                    let reply = desk.call(path, body).await;
                    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
                }
            }
            "/api/acts/commit" => {
                let statement = statement(&proposal);
                for person in [&legal, &boss] {
                    let proof = person.signature(world.origin(), &statement);
                    let body = json!({ "statement": statement, "signature": proof });
                    let reply = desk.call(path, body).await;
                    assert_eq!(
                        (reply.status, reply.code().as_str()),
                        (409, "proposal_void")
                    );
                }
            }
            "/api/cards/list" => {
                for query in [
                    json!({ "menu": "history", "state": "all" }),
                    json!({ "menu": "history", "state": "all", "holder_name": "李四" }),
                    json!({ "menu": "freeze", "id_token": their_token }),
                    json!({ "menu": "freeze", "id_token": our_token }),
                ] {
                    let page = desk.call(path, json!({ "query": query })).await.good();
                    for row in page["rows"].as_array().unwrap() {
                        assert_eq!(row["id"], json!(own.card));
                    }
                }
                let query = json!({ "menu": "freeze", "id_token": their_token });
                let page = desk.call(path, json!({ "query": query })).await.good();
                assert_eq!(page["total"], 0);
            }
            "/api/cards/own" => {
                let card = desk.call(path, json!({})).await.good();
                assert_eq!(card["row"]["id"], json!(legal.card));
            }
            // These take no id of a card.
            "/api/challenge"
            | "/api/login"
            | "/api/logout"
            | "/api/session"
            | "/api/cards/id-token" => {}
            other => panic!("{other} is new: what does it do with another enterprise's ids?"),
        }
    }
    let page = format!("/manage/freeze/{}", stranger.card);
    let page = desk.send("GET", &page, &[], Vec::new()).await;
    assert_eq!(page.status, 404);
    assert!(!page.body.contains("李四"));
    // Nothing of theirs changed, and nothing was written into their log.
    let detail = json!({ "card": stranger.card });
    let detail = their_desk.call("/api/cards/detail", detail).await.good();
    assert_eq!(detail["row"]["state"]["name"], "normal");
    let events = world.store.events(theirs, None, None, 50).await.unwrap();
    assert_eq!(events.len(), their_events);
    assert_eq!(
        their_desk.call("/api/session", json!({})).await.good()["role"],
        "legal_person"
    );
}
