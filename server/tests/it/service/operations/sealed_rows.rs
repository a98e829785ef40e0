//! The database's administrator and the conversation with a card: what a row keeps
//! between two requests is taken only as a server wrote it, for that row and card.
//! Before, who wrote there made up the card's proof, and had the server certify a
//! key of their own and hand out another card's PUK.

use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, LegalPersonClient, PIN, TestServer,
        legal_person::{step, tag},
    },
};

on_both!(
    a_progress_that_no_server_wrote_is_not_gone_on_with,
    an_enrolment_is_its_own_card_s_alone,
);

/// Drives 延期 until the writing program is out; its ticket, operation and report.
async fn writing(client: &LegalPersonClient, reader: &mut CardReader) -> (String, String, Value) {
    let begun = client.begin(&[reader.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap().to_owned();
    let id = begun["operations"]["cards"][0]["id"].as_str().unwrap();
    let look = client.next(&ticket, json!("inserted")).await.good();
    let looked = step(&look["next"], reader, PIN).unwrap();
    let writing = client.next(&ticket, looked).await.good();
    let wrote = step(&writing["next"], reader, PIN).unwrap();
    (ticket, id.to_owned(), wrote)
}

async fn a_progress_that_no_server_wrote_is_not_gone_on_with(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let (mut one, mut two) = (
        CardReader::operator(&server, "0001").await,
        CardReader::operator(&server, "0002").await,
    );
    let (ticket, id, wrote) = writing(&client, &mut one).await;
    let (_, other, _) = writing(&client, &mut two).await;
    let record = |id: &str| {
        let id = id.parse().unwrap();
        let store = server.store.clone();
        async move { store.operation(id).await.unwrap().unwrap() }
    };
    let honest = record(&id).await.payload;
    let (_tag, text) = honest.split_once(':').unwrap();
    let made_up = [
        // Changed, under the tag that it had.
        honest.replace("\"new_key\":false", "\"new_key\":true"),
        honest.replace("\"sequence\":2", "\"sequence\":3"),
        // Another operation's, which has a tag of the server.
        record(&other).await.payload,
        // Without a tag, in the form of the version before and in this one.
        text.to_owned(),
        format!(":{text}"),
    ];
    let row = database.uuid(id.parse().unwrap());
    for payload in &made_up {
        assert_ne!(payload, &honest);
        let set = format!(
            "UPDATE operations SET payload = '{}' WHERE id = {row}",
            payload.replace('\'', "''")
        );
        database.raw(&set).await.unwrap();
        for report in [json!("inserted"), wrote.clone()] {
            let reply = client.next(&ticket, report).await;
            assert_ne!(reply.status, 200, "{payload}: {}", reply.body);
            assert!(!reply.body.contains("program"), "{payload}: {}", reply.body);
        }
        assert_eq!(&record(&id).await.payload, payload, "nothing is written");
    }
    // The operation with its conversation, moved to another card.
    let card = database.uuid(two.card.0);
    let set = format!("UPDATE operations SET payload = '{honest}' WHERE id = {row}");
    database.raw(&set).await.unwrap();
    let rest = format!(
        "UPDATE operations SET state = 'abandoned', abandoned_at = prepared_at WHERE card_id = {card}"
    );
    database.raw(&rest).await.unwrap();
    let set = format!("UPDATE operations SET card_id = {card} WHERE id = {row}");
    database.raw(&set).await.unwrap();
    let reply = client.next(&ticket, wrote.clone()).await;
    assert_ne!(reply.status, 200, "{}", reply.body);
    // As it was, it goes on.
    let back = database.uuid(one.card.0);
    let set = format!("UPDATE operations SET card_id = {back} WHERE id = {row}");
    database.raw(&set).await.unwrap();
    let done = client.next(&ticket, wrote).await.good();
    assert_eq!(tag(&done["next"]), "finished", "{done}");
}

async fn an_enrolment_is_its_own_card_s_alone(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let token = test_support::service::card_making::admin_token(&server).await;
    let browser = server.browser();
    let call = async |path: &str, body: &Value| {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = body.to_string().into_bytes();
        browser.send("POST", path, &headers, body).await
    };
    server
        .register(
            test_support::service::CODE,
            server::storage::Holder::Operator(card_domain::OperatorNo(String::from("0003"))),
            "张三",
        )
        .await;
    let holder = json!({
        "role": "operator", "enterprise": test_support::service::CODE, "operator": "0003"
    });
    let started = call(
        "/api/enroll/start",
        &json!({ "holder": holder, "chip": null }),
    )
    .await;
    let body = started.good()["program"]["body"].clone();
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    let outcome = json!({
        "operation": body["operation"], "sequence": body["sequence"],
        "steps": [{ "data": "", "status": "6d00" }]
    });
    let go_on = json!({ "outcome": outcome });
    let card = database.uuid(legal.card.0);
    for change in [
        format!("card_id = {card}"),
        String::from("payload = replace(payload, '\"metadata\"', '\"generate\",\"proof\":null')"),
        String::from("payload = substr(payload, 66)"),
    ] {
        let keep = "CREATE TABLE kept AS SELECT * FROM enrolments WHERE step <> 'made'";
        database.raw(keep).await.unwrap();
        // The legal person's own enrolment would be in the way.
        database
            .raw("DELETE FROM enrolments WHERE step = 'made'")
            .await
            .unwrap();
        let set = format!("UPDATE enrolments SET {change}");
        assert_eq!(database.raw(&set).await.unwrap(), 1);
        let reply = call("/api/enroll/continue", &go_on).await;
        assert_eq!(reply.status, 404, "{change}: {}", reply.body);
        for sql in [
            "DELETE FROM enrolments",
            "INSERT INTO enrolments SELECT * FROM kept",
            "DROP TABLE kept",
        ] {
            database.raw(sql).await.unwrap();
        }
    }
    // As it was, it goes on.
    let reply = call("/api/enroll/continue", &go_on).await.good();
    assert_eq!(reply["next"], "run");
}
