//! No enterprise reaches another's: every route is tried with the other one's ids.

use card_domain::{CardId, EnterpriseId, OperatorNo};
use serde_json::{Value, json};
use server::{admin, storage::Holder};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, Person, TestServer, begin, statement},
};

use super::{
    calls::CALLS,
    grants::{digest, grant, session},
};

on_both!(another_enterprise_s_ids_lead_nowhere);

const OTHER: &str = "91000000TEST000002";

#[expect(clippy::too_many_lines, reason = "an arm for each route")]
async fn another_enterprise_s_ids_lead_nowhere(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let theirs = admin::add_enterprise(server.store.as_ref(), begin(), OTHER, "别的企业有限公司")
        .await
        .unwrap();
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let own = server.operator("0001").await;
    let stranger = server
        .person(OTHER, Holder::Operator(OperatorNo("0001".into())), "李四")
        .await;
    let boss = server.person(OTHER, Holder::LegalPerson, "赵六").await;
    let their_desk = boss.log_in(server.origin()).await;

    // A proposal and an ID number's token of the other enterprise.
    let body = json!({ "card": stranger.card, "action": "freeze" });
    let proposal = their_desk.call("/api/acts/propose", body).await.good();
    let theirs_to_operate = Theirs::new(
        &server,
        &their_desk,
        (legal.clone(), boss.clone()),
        own.card,
        stranger.card,
    )
    .await;
    let number = json!({ "id_number": "11010119900307001X" });
    let their_token = their_desk
        .call("/api/cards/id-token", number.clone())
        .await
        .good();
    let our_token = client.call("/api/cards/id-token", number).await.good();
    assert_ne!(their_token, our_token);
    let their_events = server
        .store
        .events(theirs, None, None, 50)
        .await
        .unwrap()
        .len();

    for (path, _) in CALLS {
        match *path {
            "/api/cards/detail" | "/api/cards/reveal" => {
                for card in [stranger.card, boss.card] {
                    let reply = client.call(path, json!({ "card": card })).await;
                    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
                }
            }
            path if path.starts_with("/api/history/") => {
                history_shows_its_own(&server, &client, path, theirs, [stranger.card, boss.card])
                    .await;
            }
            "/api/acts/propose" => {
                for card in [stranger.card, boss.card] {
                    let body = json!({ "card": card, "action": "freeze" });
                    let reply = client.call(path, body).await;
                    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
                }
            }
            "/api/acts/propose-many" => {
                // One of theirs among ours: none of them is proposed.
                for card in [stranger.card, boss.card] {
                    let body = json!({ "cards": [own.card, card], "action": "freeze" });
                    let reply = client.call(path, body).await;
                    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
                }
            }
            "/api/acts/commit" | "/api/acts/commit-many" => {
                let statement = statement(&proposal);
                for person in [&legal, &boss] {
                    let proof = person.signature(server.origin(), &statement);
                    let body = json!({ "statement": statement, "signature": proof });
                    let reply = client.call(path, body).await;
                    assert_eq!(
                        (reply.status, reply.code().as_str()),
                        (409, "proposal_void")
                    );
                }
            }
            "/api/cards/list" => {
                lists_show_their_own(&client, own.card, [&their_token, &our_token]).await;
            }
            "/api/cards/own" => {
                let card = client.call(path, json!({})).await.good();
                assert_eq!(card["row"]["id"], json!(legal.card));
            }
            "/api/bridge/grant" => {
                for (browser, person) in [(&client, &legal), (&their_desk, &boss)] {
                    let session = session(&grant(&server, browser).await).unwrap();
                    assert_eq!(session.certificate_sha256, digest(&person.certificate));
                }
            }
            path if path.starts_with("/api/operations/")
                || path.starts_with("/api/insertions/") =>
            {
                theirs_to_operate.lead_nowhere(&server, &client, path).await;
            }
            // These take no id of a card.
            "/api/session/unlock"
            | "/api/challenge"
            | "/api/login"
            | "/api/logout"
            | "/api/session"
            | "/api/cards/needs"
            | "/api/session/time"
            | "/api/session/keep"
            | "/api/session/lock"
            | "/api/cards/id-token" => {}
            other => panic!("{other} is new: what does it do with another enterprise's ids?"),
        }
    }
    let page = format!("/manage/freeze/{}", stranger.card);
    let page = client.send("GET", &page, &[], Vec::new()).await;
    assert_eq!(page.status, 404);
    assert!(!page.body.contains("李四"));
    // Nothing of theirs changed, and nothing was written into their log.
    let detail = json!({ "card": stranger.card });
    let detail = their_desk.call("/api/cards/detail", detail).await.good();
    assert_eq!(detail["row"]["state"]["name"], "normal");
    let events = server.store.events(theirs, None, None, 50).await.unwrap();
    assert_eq!(events.len(), their_events);
    assert_eq!(
        their_desk.call("/api/session", json!({})).await.good()["role"],
        "legal_person"
    );
}

/// Timelines and events of the enterprise, and nobody else's.
async fn history_shows_its_own(
    server: &TestServer,
    client: &Browser,
    path: &str,
    theirs: EnterpriseId,
    cards: [CardId; 2],
) {
    if path != "/api/history/list" {
        let theirs = server.store.events(theirs, None, None, 1).await.unwrap();
        let reply = client.call(path, json!({ "seq": theirs[0].seq })).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
        return;
    }
    for card in cards {
        let reply = client
            .call(path, history_of(&json!({ "card": card })))
            .await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
    }
    for of in ["everything", "legal_person"] {
        let page = client.call(path, history_of(&json!(of))).await.good();
        assert!(!page.to_string().contains("李四"), "{page}");
        assert!(!page.to_string().contains("赵六"), "{page}");
        assert!(!page["rows"].as_array().unwrap().is_empty());
    }
}

/// A query of a timeline with nothing but whose it is.
fn history_of(of: &Value) -> Value {
    json!({ "query": {
        "of": of, "act": null, "outcome": null, "from": null, "to": null, "cursor": null,
    } })
}

/// Operations of the other enterprise: one proposed, one begun.
struct Theirs {
    people: [Person; 2],
    own: CardId,
    cards: [CardId; 2],
    proposed: Value,
    ticket: Value,
    batch: Value,
    operation: Value,
    chip: String,
}

impl Theirs {
    async fn new(
        server: &TestServer,
        client: &Browser,
        (legal, boss): (Person, Person),
        own: CardId,
        stranger: CardId,
    ) -> Self {
        let second = server
            .person(OTHER, Holder::Operator(OperatorNo("0002".into())), "钱七")
            .await;
        let propose = async |card: CardId| {
            let body = json!({ "cards": [card], "action": "renew" });
            client.call("/api/operations/propose", body).await.good()
        };
        let proposed = propose(stranger).await;
        let begun = statement(&propose(second.card).await);
        let proof = boss.signature(server.origin(), &begun);
        let body = json!({ "statement": begun, "signature": proof, "second_reader": true });
        let begun = client.call("/api/operations/commit", body).await.good();
        let theirs = server
            .store
            .enterprise_by_code(OTHER)
            .await
            .unwrap()
            .unwrap();
        let record = server.store.card(theirs.id, stranger).await.unwrap();
        Self {
            cards: [stranger, boss.card],
            people: [legal, boss],
            own,
            proposed,
            ticket: begun["ticket"].clone(),
            batch: begun["operations"]["batch"].clone(),
            operation: begun["operations"]["cards"][0]["id"].clone(),
            chip: record.chip.unwrap().chip_id.to_string(),
        }
    }

    async fn lead_nowhere(&self, server: &TestServer, client: &Browser, path: &str) {
        let refused = async |body: Value, status: u16, code: &str| {
            let reply = client.call(path, body).await;
            assert_eq!((reply.status, reply.code().as_str()), (status, code));
        };
        match path {
            "/api/operations/propose" => {
                for card in self.cards {
                    let body = json!({ "cards": [self.own, card], "action": "renew" });
                    refused(body, 404, "not_found").await;
                }
            }
            "/api/operations/commit" => {
                let statement = statement(&self.proposed);
                for person in &self.people {
                    let proof = person.signature(server.origin(), &statement);
                    let body = json!({
                        "statement": statement, "signature": proof, "second_reader": true
                    });
                    refused(body, 409, "proposal_void").await;
                }
            }
            "/api/operations/next" => {
                let body = json!({ "ticket": self.ticket, "report": "inserted" });
                refused(body, 409, "ticket_void").await;
            }
            "/api/operations/cancel" => {
                refused(json!({ "ticket": self.ticket }), 409, "ticket_void").await;
            }
            "/api/operations/open" => {
                assert_eq!(client.call(path, json!({})).await.good(), json!([]));
            }
            "/api/operations/resume" => {
                let body = json!({ "batch": self.batch, "second_reader": true });
                refused(body, 404, "not_found").await;
            }
            "/api/insertions/seen" => {
                let identity = json!({ "chip": self.chip, "certificate": null, "pin_tries": 0 });
                let seen = client
                    .call(path, json!({ "identity": identity }))
                    .await
                    .good();
                assert_eq!(seen["found"], json!("other_enterprise"));
                let theirs = server
                    .store
                    .enterprise_by_code(OTHER)
                    .await
                    .unwrap()
                    .unwrap();
                let record = server.store.card(theirs.id, self.cards[0]).await.unwrap();
                assert_eq!(record.pin.unwrap().tries_left, 3);
            }
            // An id that can be read somewhere is no capability: a token is the
            // server's own, and their card's challenge is for their card to answer.
            "/api/insertions/heal" => {
                let outcome = json!({ "operation": self.operation, "sequence": 1, "steps": [] });
                let report = json!({ "ran": { "outcome": outcome } });
                let body = json!({ "token": self.operation, "report": report });
                refused(body, 404, "not_found").await;
            }
            other => panic!("{other} is new: what does it do with another enterprise's ids?"),
        }
    }
}

async fn lists_show_their_own(
    client: &Browser,
    own: CardId,
    [their_token, our_token]: [&Value; 2],
) {
    for query in [
        json!({ "menu": "history", "state": "all" }),
        json!({ "menu": "history", "state": "all", "holder_name": "李四" }),
        json!({ "menu": "freeze", "id_token": their_token }),
        json!({ "menu": "freeze", "id_token": our_token }),
    ] {
        let page = client
            .call("/api/cards/list", json!({ "query": query }))
            .await
            .good();
        for row in page["rows"].as_array().unwrap() {
            assert_eq!(row["id"], json!(own));
        }
    }
    let query = json!({ "menu": "freeze", "id_token": their_token });
    let page = client
        .call("/api/cards/list", json!({ "query": query }))
        .await
        .good();
    assert_eq!(page["total"], 0);
}
