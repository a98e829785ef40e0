//! Whose address counts behind proxies, what limits make of it, and that it is said
//! where it can't be known.

use serde_json::json;
use server::config::ForwardedHeader;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::{Browser, TestServer},
};

use super::client::{ask, host};
use crate::process::{Process, configure};

/// Asks for a challenge for somebody; whether there was one.
async fn challenge(browser: &Browser, header: &str, said: &str) -> bool {
    let lines = [
        ("origin", browser.origin.as_str()),
        ("content-type", "application/json"),
        (header, said),
    ];
    let reply = browser
        .send("POST", "/api/challenge", &lines, b"{}".to_vec())
        .await;
    assert!([200, 429].contains(&reply.status), "{}", reply.body);
    reply.status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_client_behind_a_proxy_has_its_own_limit() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        for (kind, name, wrap) in [
            (ForwardedHeader::XForwardedFor, "x-forwarded-for", "{}"),
            (
                ForwardedHeader::Forwarded,
                "forwarded",
                "proto=https;for=\"{}\"",
            ),
        ] {
            let instance = server
                .another_with(|config| {
                    config.http.trust_forwarded_for = true;
                    config.http.forwarded_header = kind;
                    config.http.logins_per_minute = 1;
                })
                .await;
            let browser = Browser::new(&instance.origin);
            let ask = async |said: &str| challenge(&browser, name, &wrap.replace("{}", said)).await;
            assert!(ask("203.0.113.1:4711").await);
            assert!(!ask("203.0.113.1").await);
            assert!(ask("203.0.113.2:4711").await);
            // An address after the other of one /64 is the same client.
            assert!(ask("[2001:db8::1]:4711").await);
            assert!(!ask("[2001:db8::2]").await);
            assert!(ask("[2001:db8:0:1::2]").await);
            // What is not understood counts as the proxy, and so does the next of it.
            assert!(ask("unknown").await);
            assert!(!ask("_hidden").await);
            // A client's own claim in front changes nothing.
            let claimed = format!("for=\"203.0.113.9, {}", wrap.replace("{}", "203.0.113.1"));
            assert!(!challenge(&browser, name, &claimed).await);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_record_names_the_client_and_not_the_proxies() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::with(&database, |config| {
            config.http.trust_forwarded_for = true;
            config.http.proxies = vec!["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        })
        .await;
        let person = server.legal_person().await;
        let browser = server.browser();
        let token = person.token(server.origin(), &browser.challenge().await);
        let lines = [
            ("origin", server.origin()),
            ("content-type", "application/json"),
            (
                "x-forwarded-for",
                "198.51.100.1, 203.0.113.7:4711, 10.1.1.1",
            ),
        ];
        let body = json!({ "token": token }).to_string().into_bytes();
        assert_eq!(
            browser
                .send("POST", "/api/login", &lines, body)
                .await
                .status,
            200
        );
        assert_eq!(server.last_event().await.client.address, "203.0.113.7");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_hides_the_clients_is_said() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let (port, origin) = configure(server.folder.path());
        let file = server.folder.path().join("config.toml");
        let start = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Process::start(server.folder.path(), port, &server.url)
        };
        let origins = format!("origins = [\"{origin}\", \"https://ic.example.cn\"]\n");
        let mut process = start(&origins);
        // Whoever answers has said it.
        ask(&origin, "GET /readyz", &["host: x"]).await;
        process.kill();
        assert_eq!(process.said("http.trust_forwarded_for is false").len(), 1);

        let mut process = start(&format!("{origins}[http]\ntrust_forwarded_for = true\n"));
        let own = format!("host: {}", host(&origin));
        for _ in 0..20 {
            ask(&origin, "GET /readyz", &["host: x"]).await;
            ask(&origin, "GET /login", &[&own]).await;
            ask(
                &origin,
                "GET /login",
                &[&own, "x-forwarded-for: 203.0.113.1, nonsense"],
            )
            .await;
        }
        process.kill();
        let count = |what: &str| process.said(what).len();
        // However often it is so, not each time (`cli/log.rs`).
        for what in [
            "does not say for whom it asks",
            "is not understood",
            "203.0.113.1, nonsense",
        ] {
            assert!(
                (1..20).contains(&count(what)),
                "{what}: {:#?}",
                process.said("")
            );
        }
        assert_eq!(count("trust_forwarded_for is false"), 0);
    })
    .await;
}
