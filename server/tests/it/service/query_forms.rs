//! The forms that work without a script: they lead to a list's address, in which no 证件编号
//! ever stands, however it was written.

use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, Reply, TestServer},
};

use super::input::refused;

on_both!(
    query_forms_lead_to_the_list_without_the_number,
    a_query_is_the_same_however_it_is_written,
);

/// Sends a form as a browser does.
async fn submit(browser: &Browser, path: &str, body: &str) -> Reply {
    let headers = [
        ("origin", browser.origin.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    browser
        .send("POST", path, &headers, body.as_bytes().to_vec())
        .await
}

async fn query_forms_lead_to_the_list_without_the_number(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = server.legal_person().await.log_in(server.origin()).await;
    let send = async |path: &str, body: &str| submit(&client, path, body).await;
    let reply = send(
        "/manage/freeze/query",
        "name=%E5%BC%A0%26&card_no=&id_number=11010119900307001x",
    )
    .await;
    assert_eq!(reply.status, 303);
    let address = reply.headers["location"].to_str().unwrap();
    assert!(
        address.starts_with("/manage/freeze?name=%E5%BC%A0%26&id="),
        "{address}"
    );
    assert!(!address.contains("110101"));
    let kept = send(
        "/manage/history/query",
        "id=abc&state=all&sort=last_login_asc",
    )
    .await;
    assert_eq!(
        kept.headers["location"],
        "/manage/history?id=abc&state=all&sort=last_login_asc"
    );
    for (path, body) in [
        ("/manage/nothing/query", "name=x"),
        ("/manage/freeze/query", "unknown=1"),
        ("/manage/freeze/query", "name=%00"),
        ("/manage/freeze/query", &format!("name={}", "x".repeat(129))),
        (
            "/manage/freeze/query",
            &format!("name={}", "x".repeat(70_000)),
        ),
    ] {
        let reply = send(path, body).await;
        refused(&reply, path);
    }
    let nobody = server.browser();
    let number = "id_number=11010119900307001X";
    let reply = submit(&nobody, "/manage/freeze/query", number).await;
    assert_eq!(
        (reply.status, reply.headers["location"].to_str().unwrap()),
        (303, "/login")
    );
    let reply = send("/logout", "").await;
    assert_eq!(
        (reply.status, reply.headers["location"].to_str().unwrap()),
        (303, "/login?left=logout")
    );
    assert_eq!(
        client.call("/api/session", json!({})).await.good(),
        Value::Null
    );
}

async fn a_query_is_the_same_however_it_is_written(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = server.legal_person().await.log_in(server.origin()).await;
    let send = async |path: &str, body: &str| submit(&client, path, body).await;
    // TAB comes from spreadsheets.
    let reply = send("/manage/freeze/query", "id_number=11010119900307001x").await;
    let address = reply.headers["location"].to_str().unwrap();
    let token = address.split("id=").nth(1).unwrap();
    let body = format!(
        "card_no={}&name={}&id_number={}",
        "%EF%BC%98%EF%BC%99%EF%BC%93%EF%BC%90+0000-0%09",
        "+%E9%98%BF%E2%80%A2%E4%B9%B0%E3%80%80%20%E4%B9%B0%09",
        "110101%E2%80%9319900307%20001%EF%BD%98%E2%80%8B%09",
    );
    let normal = send("/manage/freeze/query", &body).await;
    let name = "%E9%98%BF%C2%B7%E4%B9%B0%20%E4%B9%B0";
    assert_eq!(
        normal.headers["location"].to_str().unwrap(),
        format!("/manage/freeze?card_no=893000000&name={name}&id={token}")
    );
    // What is no number takes the place of the one before, and says so on the page.
    for number in [
        "1",
        "12-345",
        "%E5%BC%A0%E4%B8%89%E5%BC%A0%E4%B8%89%E5%BC%A0%E4%B8%89",
    ] {
        let reply = send(
            "/manage/freeze/query",
            &format!("id={token}&id_number={number}"),
        )
        .await;
        assert_eq!(
            reply.headers["location"], "/manage/freeze?id_error=1",
            "{number}"
        );
    }
    let page = client
        .send("GET", "/manage/freeze?id_error=1", &[], Vec::new())
        .await;
    assert!(
        page.body.contains("没有查询：证件编号有误"),
        "{}",
        page.body
    );
}
