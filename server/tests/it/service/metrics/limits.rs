//! Limits that were hit, and the limit that the figures have themselves: no
//! client makes a series.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::TestServer,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::scrape::{counting, scrape};

on_both!(limits_that_are_hit_are_counted, no_client_makes_a_label);

async fn limits_that_are_hit_are_counted(database: TestDatabase) {
    let server = TestServer::with(&database, |config| {
        config.http.logins_per_minute = 3;
        counting(config);
    })
    .await;
    let browser = server.browser();
    for refused in [false, false, false, true, true] {
        let reply = browser.call("/api/challenge", json!({})).await;
        assert_eq!(reply.status == 429, refused, "{}", reply.body);
    }
    let person = server.legal_person().await;
    for refused in [false, false, false, true] {
        let token = person.token(server.origin(), "x");
        let reply = browser.call("/api/login", json!({ "token": token })).await;
        assert_eq!(reply.status == 429, refused, "{}", reply.body);
    }
    let long = json!({ "query": "x".repeat(70_000) });
    let reply = browser.call("/api/cards/list", long).await;
    assert_eq!(reply.status, 413);
    let evil = [("origin", "https://evil.example")];
    let reply = browser.send("POST", "/logout", &evil, Vec::new()).await;
    assert_eq!(reply.status, 403);

    let now = scrape(server.origin()).await;
    for (limit, count) in [
        ("challenge_rate", 2),
        ("login_rate", 1),
        ("unlock_rate", 0),
        ("insertion_rate", 0),
        ("healing_rate", 0),
        ("enrol_rate", 0),
        ("body_size", 1),
        ("body_time", 0),
        ("head_time", 0),
        ("write_time", 0),
        ("connections", 0),
        ("time", 0),
        ("origin", 1),
        ("host", 0),
    ] {
        let labels = [("limit", limit)];
        assert_eq!(
            now.count("ic_card_limit_hits_total", &labels),
            count,
            "{limit}"
        );
    }
    let too_many = [("outcome", "too_many")];
    assert_eq!(now.count("ic_card_logins_total", &too_many), 1);
    let labels = [
        ("route", "/api/login"),
        ("method", "POST"),
        ("status", "429"),
    ];
    assert_eq!(now.count("ic_card_http_requests_total", &labels), 1);
}

async fn no_client_makes_a_label(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    let origin = server.origin().to_owned();
    // One of each kind first: what they have in common is there afterwards.
    many_requests(&origin, 0..2).await;
    let before = scrape(&origin).await;
    many_requests(&origin, 2..500).await;
    let after = scrape(&origin).await;
    assert_eq!(before.series(), after.series());
    let unmatched = [
        ("route", "unmatched"),
        ("method", "other"),
        ("status", "404"),
    ];
    let name = "ic_card_http_requests_total";
    assert_eq!(after.count(name, &unmatched), 500, "{}", after.text);
}

/// Requests that differ in whatever a client can choose.
async fn many_requests(origin: &str, numbers: std::ops::Range<u32>) {
    let host = origin.strip_prefix("http://").unwrap();
    for number in numbers {
        for request in [
            format!("GET /nowhere/{number}?x={number}"),
            format!("GET /manage/{number}"),
            format!("BREW{number} /nowhere/{number}"),
            format!("BREW{number} /healthz"),
            format!("POST /manage/{number}/query"),
            format!("GET /x/{number}"),
        ] {
            // Under our own name, and under any.
            let foreign = format!("h{number}");
            let named = if request.contains("/x") {
                &foreign
            } else {
                host
            };
            let mut stream = TcpStream::connect(host).await.unwrap();
            let head = format!(
                "{request} HTTP/1.1\r\nhost: {named}\r\nuser-agent: u{number}\r\n\
                 origin: {origin}\r\nx-request-id: r{number}\r\nconnection: close\r\n\
                 content-length: 0\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 "), "{request}");
        }
    }
}
