//! Timelines: filters, pages both ways, the search's bound, and 显示.

use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};

use super::edits::with_detail;

on_both!(
    pages_lead_both_ways_and_lose_nothing,
    filters_find_what_they_say,
    a_number_is_shown_only_with_its_event,
    what_was_tampered_with_is_marked,
);

fn query(of: &Value) -> Value {
    json!({ "query": {
        "of": of, "act": null, "outcome": null, "from": null, "to": null, "cursor": null,
    } })
}

async fn page(client: &Browser, body: &Value) -> Value {
    client.call("/api/history/list", body.clone()).await.good()
}

fn numbers(page: &Value) -> Vec<i64> {
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["seq"].as_i64().unwrap()).collect()
}

async fn pages_lead_both_ways_and_lose_nothing(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    for _ in 0..12 {
        for action in ["freeze", "unfreeze"] {
            legal.act(&client, operator.card, action).await.good();
        }
    }
    for of in [
        json!("everything"),
        json!("legal_person"),
        json!({ "card": operator.card }),
    ] {
        let mut body = query(&of);
        let (mut forth, mut pages) = (Vec::new(), Vec::new());
        loop {
            let page = page(&client, &body).await;
            forth.extend(numbers(&page));
            pages.push(numbers(&page));
            if page["next"].is_null() {
                break;
            }
            body["query"]["cursor"] = page["next"].clone();
        }
        assert!(pages.len() > 1 && forth.len() > 24, "{of}: {pages:?}");
        assert!(
            forth.is_sorted_by(|newer, older| newer > older),
            "{forth:?}"
        );
        for expected in pages.iter().rev().skip(1) {
            let previous = page(&client, &body).await["previous"].clone();
            body["query"]["cursor"] = previous;
            assert_eq!(&numbers(&page(&client, &body).await), expected, "{of}");
        }
        // Beyond the newest there is nothing, and the way back is there.
        let previous = page(&client, &body).await["previous"].clone();
        if !previous.is_null() {
            body["query"]["cursor"] = previous;
            let beyond = page(&client, &body).await;
            assert_eq!(numbers(&beyond), Vec::<i64>::new());
            assert!(beyond["previous"].is_null());
            assert!(!beyond["next"].is_null());
        }
    }
    for bad in ["x", "o-1", "o", ""] {
        let mut body = query(&json!("everything"));
        body["query"]["cursor"] = json!(bad);
        let reply = client.call("/api/history/list", body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"));
    }
}

async fn filters_find_what_they_say(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let (one, two) = (server.operator("0001").await, server.operator("0002").await);
    let client = legal.log_in(server.origin()).await;
    one.log_in(server.origin()).await;
    legal.act(&client, one.card, "freeze").await.good();
    server.clock.advance(jiff::SignedDuration::from_hours(1));
    let between = server::clock::Clock::now(server.clock.as_ref());
    let client = legal.log_in(server.origin()).await;
    legal.act(&client, two.card, "freeze").await.good();
    let refused = one.try_log_in(&server.browser()).await;
    assert_eq!(refused.code(), "login/frozen");
    let acts = async |change: &dyn Fn(&mut Value)| {
        let mut body = query(&json!("everything"));
        change(&mut body["query"]);
        let page = page(&client, &body).await;
        let rows = page["rows"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| {
                format!(
                    "{} {}",
                    row["act"].as_str().unwrap(),
                    row["target"]["operator_no"].as_str().unwrap_or("-")
                )
            })
            .collect::<Vec<_>>()
    };
    let all = |query: &mut Value| query["act"] = json!("freeze");
    assert_eq!(acts(&all).await, ["freeze 0002", "freeze 0001"]);
    let late = |query: &mut Value| {
        query["act"] = json!("freeze");
        query["from"] = json!(between.as_microsecond());
    };
    assert_eq!(acts(&late).await, ["freeze 0002"]);
    let early = |query: &mut Value| {
        query["act"] = json!("freeze");
        query["to"] = json!(between.as_microsecond());
    };
    assert_eq!(acts(&early).await, ["freeze 0001"]);
    let refused = |query: &mut Value| query["outcome"] = json!("refused");
    assert_eq!(acts(&refused).await, ["login 0001"]);
    let card = |query: &mut Value| {
        query["of"] = json!({ "card": one.card });
        query["act"] = json!("login");
    };
    assert_eq!(acts(&card).await, ["login 0001", "login 0001"]);
    let own = |query: &mut Value| query["of"] = json!("legal_person");
    assert_eq!(
        acts(&own).await,
        [
            "freeze 0002",
            "login -",
            "freeze 0001",
            "login -",
            // The first login, before it by a number.
            "key_confirmed -"
        ]
    );
    let unknown = json!({ "query": { "of": "everything", "act": "unknown", "outcome": null,
        "from": null, "to": null, "cursor": null } });
    assert_eq!(client.call("/api/history/list", unknown).await.status, 400);
    // Why the login was refused, in the contract's words.
    let mut body = query(&json!({ "card": one.card }));
    body["query"]["outcome"] = json!("refused");
    let seq = numbers(&page(&client, &body).await)[0];
    let event = client
        .call("/api/history/event", json!({ "seq": seq }))
        .await
        .good();
    assert_eq!(event["reason"], "login/frozen");
}

async fn a_number_is_shown_only_with_its_event(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let (own, other) = (server.operator("0001").await, server.operator("0002").await);
    let client = legal.log_in(server.origin()).await;
    let body = json!({ "card": own.card });
    let shown = client.call("/api/cards/reveal", body.clone()).await.good();
    assert_eq!(shown["id_number"], "11010119900307001X");
    let event = server.last_event().await;
    assert_eq!(json!(event.seq), shown["event"]);
    assert_eq!(
        (event.act.as_str(), event.actor, event.target),
        ("reveal", Some(legal.card), Some(own.card))
    );
    assert!(!format!("{event:?}").contains("0101"));
    // An operator sees the own number.
    let operator = own.log_in(server.origin()).await;
    assert_eq!(operator.call("/api/cards/reveal", body).await.status, 200);
    let reply = operator
        .call("/api/cards/reveal", json!({ "card": other.card }))
        .await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "not_allowed"));
    let reply = operator
        .call("/api/history/list", query(&json!("everything")))
        .await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "not_allowed"));
}

async fn what_was_tampered_with_is_marked(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    for action in ["freeze", "unfreeze", "freeze"] {
        legal.act(&client, operator.card, action).await.good();
    }
    // An export gives everything its place.
    client
        .send("GET", "/export/events.csv", &[], Vec::new())
        .await;
    let mut body = query(&json!({ "card": operator.card }));
    body["query"]["act"] = json!("freeze");
    let good = page(&client, &body).await;
    let freezes = numbers(&good);
    assert!(
        good["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["verified"] == "yes"),
        "{good}"
    );
    let unbound = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed"
    } else {
        "DROP TRIGGER events_are_never_changed ON events"
    };
    database.raw(unbound).await.unwrap();
    let changed = with_detail(&database.body(freezes[0]).await, Some("x"));
    let changed = database.bytes(&changed);
    let change = format!(
        "UPDATE events SET body = {changed} WHERE seq = {}",
        freezes[0]
    );
    database.raw(&change).await.unwrap();
    let marked = page(&client, &body).await;
    assert_eq!(
        marked["rows"][0]["verified"],
        json!({ "no": "leaf_differs" })
    );
    assert_eq!(marked["rows"][1]["verified"], "yes");
    let event = json!({ "seq": freezes[0] });
    let event = client.call("/api/history/event", event).await.good();
    assert!(event["proof"].is_null());
    // An event that was put in past everybody, under a signature that is not its.
    let forged = format!(
        "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
         SELECT at, enterprise_id, actor_card, 'unfreeze', target_card, outcome, body \
         FROM events WHERE seq = {}",
        freezes[1]
    );
    database.raw(&forged).await.unwrap();
    body["query"]["act"] = json!("unfreeze");
    let marked = page(&client, &body).await;
    assert_eq!(
        marked["rows"][0]["verified"],
        json!({ "no": "signature_bad" })
    );
    // The true signature and the true act, under another person's name.
    let forged = format!(
        "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
         SELECT at, enterprise_id, target_card, act, target_card, outcome, body \
         FROM events WHERE seq = {}",
        freezes[1]
    );
    database.raw(&forged).await.unwrap();
    body["query"]["act"] = json!("freeze");
    let marked = page(&client, &body).await;
    assert_eq!(
        marked["rows"][0]["verified"],
        json!({ "no": "certificate_foreign" })
    );
}
