//! Bad input to every route: a clear 4xx, an error with a sentence and the
//! request's id, and nothing changed.

use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Reply, TestServer},
};

use super::calls::CALLS;

on_both!(
    bad_bodies_are_refused_on_every_route,
    foreign_requests_are_refused_on_every_route,
    queries_out_of_bounds_are_refused,
    what_is_not_there_is_not_found,
    every_answer_has_its_headers,
);

const JSON: (&str, &str) = ("content-type", "application/json");

#[track_caller]
pub(super) fn refused(reply: &Reply, what: &str) {
    assert!(
        (400..500).contains(&reply.status),
        "{what}: {} {}",
        reply.status,
        reply.body
    );
    let error = reply.json();
    assert!(error["code"].is_string(), "{what}: {}", reply.body);
    assert_ne!(error["message"], "", "{what}");
    assert_eq!(
        error["request_id"].as_str().unwrap(),
        reply.headers["x-request-id"].to_str().unwrap(),
        "{what}"
    );
    assert!(!reply.headers.contains_key("set-cookie"), "{what}");
}

/// Keys under which a number is right.
const NUMBERS: [&str; 3] = ["seq", "from", "to"];

/// Keys that may be absent, or nothing.
const OPTIONAL: [&str; 2] = ["cause", "until"];

async fn bad_bodies_are_refused_on_every_route(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let origin = server.origin().to_owned();
    let good = [("origin", origin.as_str()), JSON];
    let before = server.events(200).await.len();
    for (path, body) in CALLS {
        let body = body.replace("CARD", &operator.card.to_string());
        let mut bodies: Vec<(String, Vec<u8>)> = vec![
            ("nothing".into(), Vec::new()),
            ("no JSON".into(), b"{".to_vec()),
            ("no UTF-8".into(), b"{\"\xFF\":1}".to_vec()),
            ("an array".into(), b"[]".to_vec()),
            ("null".into(), b"null".to_vec()),
            (
                "an unknown key".into(),
                with(&body, |object| object["x"] = json!(1)),
            ),
            ("too deep".into(), vec![b'['; 60_000]),
            (
                "too long".into(),
                with(&body, |object| object["x"] = json!("x".repeat(70_000))),
            ),
            ("two values".into(), format!("{body}{body}").into_bytes()),
        ];
        let object: Value = serde_json::from_str(&body).unwrap();
        for key in object.as_object().unwrap().keys() {
            let is_optional = OPTIONAL.contains(&key.as_str());
            for wrong in [json!(null), json!(7), json!([]), json!("\u{0}"), json!({})] {
                if wrong.is_null() && is_optional {
                    continue;
                }
                if wrong == json!(7) && NUMBERS.contains(&key.as_str()) {
                    continue;
                }
                let what = format!("{key} = {wrong}");
                bodies.push((what, with(&body, |object| object[key] = wrong.clone())));
            }
            if !is_optional {
                let absent = with(&body, |object| {
                    object.as_object_mut().unwrap().remove(key);
                });
                bodies.push((format!("without {key}"), absent));
            }
            for inner in object[key]
                .as_object()
                .into_iter()
                .flat_map(|inner| inner.keys())
            {
                for wrong in [json!(7), json!({ "x": 1 })] {
                    if wrong == json!(7) && NUMBERS.contains(&inner.as_str()) {
                        continue;
                    }
                    let what = format!("{key}.{inner} = {wrong}");
                    bodies.push((
                        what,
                        with(&body, |object| object[key][inner] = wrong.clone()),
                    ));
                }
            }
            if object[key].is_object() {
                let what = format!("{key}.x");
                bodies.push((what, with(&body, |object| object[key]["x"] = json!(1))));
            }
        }
        for (what, bad) in bodies {
            let reply = client.send("POST", path, &good, bad).await;
            refused(&reply, &format!("{path} with {what}"));
        }
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ] {
            let headers = [("origin", origin.as_str()), ("content-type", kind)];
            let reply = client
                .send("POST", path, &headers, body.clone().into_bytes())
                .await;
            refused(&reply, &format!("{path} as {kind}"));
            assert_eq!(reply.status, 415);
        }
        let reply = client.send("GET", path, &[], Vec::new()).await;
        refused(&reply, &format!("GET {path}"));
        assert_eq!(reply.status, 405);
    }
    // Whoever is asked for something too long does not keep it: 413.
    let long = with("{}", |object| object["x"] = json!("x".repeat(70_000)));
    let reply = client.send("POST", "/api/session", &good, long).await;
    assert_eq!(reply.status, 413);
    assert_eq!(
        server.events(200).await.len(),
        before,
        "no event, no change"
    );
    let detail = client
        .call("/api/cards/detail", json!({ "card": operator.card }))
        .await;
    assert_eq!(detail.good()["row"]["state"]["name"], "normal");
}

fn with(body: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut object: Value = serde_json::from_str(body).unwrap();
    change(&mut object);
    object.to_string().into_bytes()
}

async fn foreign_requests_are_refused_on_every_route(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let origin = server.origin().to_owned();
    let cross = ("sec-fetch-site", "cross-site");
    let foreign: [&[(&str, &str)]; 5] = [
        &[("origin", "https://evil.example"), JSON],
        &[("origin", "null"), JSON],
        &[JSON],
        &[("origin", &origin), cross, JSON],
        &[
            ("origin", &origin),
            ("origin", "https://evil.example"),
            JSON,
        ],
    ];
    let routes = CALLS.iter().map(|(path, body)| (*path, *body));
    let forms = [
        ("/logout", ""),
        ("/language", "language=en"),
        ("/large-type", "large=on"),
        ("/manage/freeze/query", "name=x"),
        ("/nowhere", "x"),
    ];
    for (path, body) in routes.chain(forms) {
        let body = body
            .replace("CARD", &operator.card.to_string())
            .into_bytes();
        for headers in foreign {
            let reply = client.send("POST", path, headers, body.clone()).await;
            refused(&reply, path);
            assert_eq!(reply.status, 403, "{path} {headers:?}");
        }
    }
    assert_eq!(
        client.call("/api/session", json!({})).await.good()["role"],
        "legal_person"
    );
}

async fn queries_out_of_bounds_are_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = server.legal_person().await.log_in(server.origin()).await;
    for query in [
        json!({ "menu": "nothing" }),
        json!({ "menu": "freeze", "card_no": "1".repeat(33) }),
        // Nothing of it counts, and all of it would be kept in the record of an export.
        json!({ "menu": "freeze", "card_no": format!("1{}", "\u{200B}".repeat(300)) }),
        json!({ "menu": "freeze", "holder_name": "a\u{7}b" }),
        json!({ "menu": "freeze", "id_token": "11010119900307001X" }),
        json!({ "menu": "freeze", "state": "all" }),
        json!({ "menu": "history", "state": "broken" }),
        json!({ "menu": "freeze", "sort": "name" }),
        json!({ "menu": "freeze", "cursor": "x" }),
        json!({ "menu": "freeze", "cursor": "x".repeat(5000) }),
        json!({ "menu": "freeze", "limit": 100_000 }),
    ] {
        let what = query.to_string();
        let reply = client
            .call("/api/cards/list", json!({ "query": query }))
            .await;
        refused(&reply, &what);
        assert_eq!(reply.status, 400, "{what}");
    }
    for number in [
        "",
        "1",
        "12345678901234567890123",
        "1234567;DROP",
        "一二三四五六七",
    ] {
        let reply = client
            .call("/api/cards/id-token", json!({ "id_number": number }))
            .await;
        refused(&reply, number);
        assert!(number.len() < 6 || !reply.body.contains(number));
    }
}

async fn what_is_not_there_is_not_found(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    for path in [
        "/nothing",
        "/pkg/nothing.js",
        "/../keys/master.key",
        "/%2e%2e/keys/master.key",
        "/manage.html",
    ] {
        let reply = browser.send("GET", path, &[], Vec::new()).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    let reply = browser.call("/api/nothing", json!({})).await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
    let health = browser.send("GET", "/healthz", &[], Vec::new()).await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
}

async fn every_answer_has_its_headers(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    let page = browser.send("GET", "/login", &[], Vec::new()).await;
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap();
    assert!(nonce.len() >= 16);
    // Where browsers hide it, and nowhere else.
    let hidden = page.body.matches(&format!(" nonce=\"{nonce}\"")).count();
    assert!(hidden > 0);
    assert_eq!(page.body.matches(nonce).count(), hidden);
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    let ports = card_protocol::bridge::PORTS.map(|port| format!(" ws://127.0.0.1:{port}"));
    assert!(policy.contains(&format!("connect-src 'self'{};", ports.concat())));
    assert!(policy.contains("require-trusted-types-for 'script'; trusted-types service-worker;"));
    let again = browser.send("GET", "/login", &[], Vec::new()).await;
    assert!(
        !again.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains(nonce)
    );
    let missing = browser.send("GET", "/nothing", &[], Vec::new()).await;
    let call = browser.call("/api/session", json!({})).await;
    for reply in [page, missing, call] {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(reply.headers[name], value);
        }
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"));
    }
}
