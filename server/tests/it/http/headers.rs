//! Headers that only some answers have.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::TestServer,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_leaves_nothing_in_the_browser() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let person = server.legal_person().await;
        let browser = person.log_in(server.origin()).await;
        let session = browser.call("/api/session", json!({})).await;
        assert!(!session.headers.contains_key("clear-site-data"));
        // Not what it knows its bridge by: the login page is where the PIN is typed.
        let reply = browser.call("/api/logout", json!({})).await;
        assert_eq!(reply.headers["clear-site-data"], "\"cache\"");
        let browser = person.log_in(server.origin()).await;
        let form = [("origin", server.origin())];
        let reply = browser.send("POST", "/logout", &form, Vec::new()).await;
        assert_eq!(reply.status, 303);
        assert_eq!(reply.headers["clear-site-data"], "\"cache\"");
        assert!(
            reply.headers["set-cookie"]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_says_of_what_it_depends() {
    on_sqlite(async |database: TestDatabase| {
        let site = tempfile::TempDir::new().unwrap();
        for (name, text) in [("a.css", "plain"), ("a.css.gz", "small")] {
            std::fs::write(site.path().join(name), text).unwrap();
        }
        let path = site.path().to_owned();
        let server = TestServer::with(&database, |config| config.site = path).await;
        let browser = server.browser();
        for (accepts, body) in [("identity", "plain"), ("gzip", "small")] {
            let accepts = [("accept-encoding", accepts)];
            let reply = browser.send("GET", "/a.css", &accepts, Vec::new()).await;
            assert_eq!(reply.status, 200);
            assert_eq!(reply.headers["vary"], "accept-encoding");
            assert_eq!(
                reply.headers.get("content-encoding").is_some(),
                body == "small"
            );
        }
        let modified = [("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")];
        let reply = browser.send("GET", "/a.css", &modified, Vec::new()).await;
        assert_eq!(
            (reply.status, &reply.headers["vary"]),
            (304, &"accept-encoding".parse().unwrap())
        );
        let page = browser.send("GET", "/login", &[], Vec::new()).await;
        assert_eq!(page.headers["cache-control"], "no-store");
    })
    .await;
}
