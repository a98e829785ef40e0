//! What needs the legal person, in numbers: each is that of the list it leads to, and of no
//! other enterprise.

use app::api::needs::Need;
use jiff::SignedDuration;
use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};

on_both!(each_number_is_that_of_its_list);

async fn list(browser: &Browser, menu: &str, needs: Option<&str>) -> Vec<String> {
    let query = json!({ "query": { "menu": menu, "needs": needs } });
    let page = browser.call("/api/cards/list", query).await.good();
    assert_eq!(page["total"], page["rows"].as_array().unwrap().len());
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["operator_no"].as_str().unwrap().to_owned())
        .collect()
}

/// The numbers, by name.
async fn numbers(browser: &Browser) -> Value {
    let needs = browser.call("/api/cards/needs", json!({})).await.good();
    let cards = needs["cards"].as_array().unwrap().iter();
    let mut by_name: serde_json::Map<String, Value> = cards
        .map(|pair| {
            (
                pair[0].as_str().unwrap().to_owned(),
                pair[1]["count"].clone(),
            )
        })
        .collect();
    for name in ["lost", "frozen"] {
        by_name.insert(name.to_owned(), needs[name]["count"].clone());
    }
    by_name.insert(String::from("unfinished"), needs["unfinished"].clone());
    Value::Object(by_name)
}

async fn each_number_is_that_of_its_list(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let mut operators = Vec::new();
    for number in ["0001", "0002", "0003", "0004"] {
        operators.push(server.operator(number).await);
    }
    assert_eq!(
        numbers(&client).await,
        json!({
            "expired": 0, "expires_in_7": 0, "expires_in_30": 0, "expires_in_90": 0,
            "blocked": 0, "lost": 0, "frozen": 0, "unfinished": 0,
        })
    );
    legal
        .act(&client, operators[0].card, "report_loss")
        .await
        .good();
    legal.act(&client, operators[1].card, "freeze").await.good();
    database
        .raw(
            "UPDATE cards SET pin_tries_seen = 0, pin_seen_at = 1 \
             WHERE operator_no = '0003'",
        )
        .await
        .unwrap();
    let found = numbers(&client).await;
    assert_eq!(
        [&found["lost"], &found["frozen"], &found["blocked"]],
        [1, 1, 1]
    );
    assert_eq!(list(&client, "cancel_loss", None).await, ["0001"]);
    assert_eq!(list(&client, "unfreeze", None).await, ["0002"]);
    assert_eq!(list(&client, "unlock", Some("blocked")).await, ["0003"]);
    // One that is lost or frozen can't be renewed, and is not counted for it.
    let normal = ["0003", "0004"];
    for (days, needs) in [
        (100, &[][..]),
        (89, &["expires_in_90"][..]),
        (29, &["expires_in_90", "expires_in_30"]),
        (6, &["expires_in_90", "expires_in_30", "expires_in_7"]),
        (-1, &["expired"]),
    ] {
        let end = test_support::service::begin() + SignedDuration::from_hours(24 * days);
        let end = end.as_microsecond();
        database
            .raw(&format!(
                "UPDATE cards SET valid_until = {end} WHERE role = 'operator'"
            ))
            .await
            .unwrap();
        let found = numbers(&client).await;
        for need in Need::ALL {
            let name = need.name();
            if name == "blocked" {
                continue;
            }
            let expected: &[&str] = if needs.contains(&name) { &normal } else { &[] };
            assert_eq!(found[name], expected.len(), "{name} in {days} days");
            assert_eq!(
                list(&client, "renew", Some(name)).await,
                expected,
                "{name} {days}"
            );
        }
    }
    // Who is no legal person is told nothing.
    let operator = operators[3].log_in(server.origin()).await;
    let reply = operator.call("/api/cards/needs", json!({})).await;
    assert_eq!(reply.code(), "not_allowed");
}
