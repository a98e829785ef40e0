//! What a browser is told follows from the origin that it asked, in a list of both an
//! https name and this machine's own.

use serde_json::json;
use server::config::Origin;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::{TestServer, nonce_of},
};

use super::client::{host, rest, send, status};

const PUBLIC: &str = "https://ic.example.cn";

/// A server behind a TLS proxy that is also reached on its own machine.
async fn mixed(database: &TestDatabase) -> TestServer {
    TestServer::with(database, |config| {
        config.origins.push(Origin::parse(PUBLIC).unwrap());
    })
    .await
}

/// A call as a browser at `origin` makes it, at whatever `Host`.
async fn call(
    server: &TestServer,
    at: &str,
    origin: &str,
    path: &str,
    more: &str,
    body: &str,
) -> String {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {at}\r\norigin: {origin}\r\nconnection: close\r\n\
         content-type: application/json\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    rest(&mut send(server.origin(), request.as_bytes()).await).await
}

/// A header's values.
fn header<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cookies_and_hsts_follow_the_origin_that_was_asked() {
    on_sqlite(async |database: TestDatabase| {
        let server = mixed(&database).await;
        let own = server.origin().to_owned();
        let own_host = host(&own).to_owned();
        let answer = call(&server, &own_host, &own, "/api/challenge", "", "{}").await;
        let [cookie] = header(&answer, "set-cookie")[..] else {
            panic!("{answer}")
        };
        assert!(
            cookie.starts_with("challenge=") && !cookie.contains("Secure"),
            "{cookie}"
        );
        assert!(header(&answer, "strict-transport-security").is_empty());

        for at in ["ic.example.cn", "IC.example.cn:443"] {
            let answer = call(&server, at, PUBLIC, "/api/challenge", "", "{}").await;
            let [cookie] = header(&answer, "set-cookie")[..] else {
                panic!("{answer}")
            };
            assert!(
                cookie.starts_with("__Host-challenge=") && cookie.contains("; Secure"),
                "{cookie}"
            );
            assert_eq!(
                header(&answer, "strict-transport-security"),
                ["max-age=31536000"]
            );
        }
        // A whole login there, and its session here is none.
        let person = server.legal_person().await;
        let answer = call(&server, "ic.example.cn", PUBLIC, "/api/challenge", "", "{}").await;
        let challenge: serde_json::Value = serde_json::from_str(
            answer
                .split("\r\n\r\n")
                .nth(1)
                .unwrap()
                .trim_matches(|c| c != '{' && c != '}'),
        )
        .unwrap();
        let token = person.token(PUBLIC, &nonce_of(&challenge["challenge"]).unwrap());
        let pair = |answer: &str| {
            header(answer, "set-cookie")[0]
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        };
        let kept = format!("cookie: {}\r\n", pair(&answer));
        let token = json!({ "token": token }).to_string();
        let answer = call(
            &server,
            "ic.example.cn",
            PUBLIC,
            "/api/login",
            &kept,
            &token,
        )
        .await;
        assert_eq!(status(&answer), 200, "{answer}");
        let session = pair(&answer);
        assert!(session.starts_with("__Host-session="), "{session}");
        let shown = format!("cookie: {session}\r\n");
        let there = call(
            &server,
            "ic.example.cn",
            PUBLIC,
            "/api/cards/own",
            &shown,
            "{}",
        )
        .await;
        assert_eq!(status(&there), 200, "{there}");
        let plain = format!("cookie: {}\r\n", session.trim_start_matches("__Host-"));
        for cookie in [&shown, &plain] {
            let here = call(&server, &own_host, &own, "/api/session", cookie, "{}").await;
            assert!(here.contains("null"), "{here}");
        }
        let plain = call(
            &server,
            "ic.example.cn",
            PUBLIC,
            "/api/session",
            &plain,
            "{}",
        )
        .await;
        assert!(plain.contains("null"), "{plain}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_takes_secure_away_by_another_host() {
    on_sqlite(async |database: TestDatabase| {
        let server = mixed(&database).await;
        let own = server.origin().to_owned();
        // As behind a proxy that does not keep `Host`, or from somebody who chose it.
        for (at, origin) in [(host(&own), PUBLIC), ("ic.example.cn", own.as_str())] {
            let answer = call(&server, at, origin, "/api/challenge", "", "{}").await;
            assert_eq!(status(&answer), 403, "{answer}");
            assert!(header(&answer, "set-cookie").is_empty(), "{answer}");
        }
    })
    .await;
}
