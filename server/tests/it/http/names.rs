//! The server answers to its own names only; how it is may be asked under any.

use test_support::{
    database::{TestDatabase, on_sqlite},
    service::TestServer,
};

use super::client::{ask, host, status};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_foreign_host_is_shown_the_right_address() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let origin = server.origin();
        let own = format!("host: {}", host(origin));
        assert_eq!(status(&ask(origin, "GET /login", &[&own]).await), 200);
        let page = ["host: evil.example", "accept: text/html,*/*"];
        let answer = ask(origin, "GET /login", &page).await;
        assert_eq!(status(&answer), 421);
        assert!(
            answer.contains(&format!("<a href=\"{origin}\">")),
            "{answer}"
        );
        assert!(!answer.contains("evil.example"), "{answer}");
        assert!(
            answer.contains("content-security-policy: default-src 'none'"),
            "{answer}"
        );
        for lines in [
            &["host: evil.example"][..],
            &[],
            &[&own, &own],
            &["host: evil.example", "x-forwarded-host: 127.0.0.1"],
            &["host: 127.0.0.1.evil.example"],
            &["host: 127.0.0.1@evil.example"],
        ] {
            for request in ["GET /login", "GET /export/events.csv", "GET /favicon.svg"] {
                let answer = ask(origin, request, lines).await;
                assert!(
                    [400, 421].contains(&status(&answer)),
                    "{request} {lines:?} {answer}"
                );
                assert!(!answer.contains("set-cookie"), "{answer}");
            }
        }
        let elsewhere = "GET http://evil.example/login";
        assert_eq!(status(&ask(origin, elsewhere, &[&own]).await), 421);
        for path in ["/healthz", "/readyz"] {
            let answer = ask(origin, &format!("GET {path}"), &["host: 10.0.0.7"]).await;
            assert_eq!(status(&answer), 200, "{answer}");
        }
        let posted = ask(
            origin,
            "POST /healthz",
            &["host: 10.0.0.7", "content-length: 0"],
        )
        .await;
        assert_eq!(status(&posted), 403, "{posted}");
    })
    .await;
}
