//! A person who goes to an address gets a page, whatever is wrong with it; a program gets
//! what the contract says.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_sqlite},
    http::Reply,
    service::{Browser, TestServer},
};

/// What a browser says of somebody who clicks a link of ours.
const CLICK: &[(&str, &str)] = &[
    ("accept", "text/html,application/xhtml+xml"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-site", "same-origin"),
];

/// The same for a link of somebody else's.
const LINK_FROM_ELSEWHERE: &[(&str, &str)] = &[
    ("accept", "text/html,application/xhtml+xml"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-site", "cross-site"),
];

async fn get(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Reply {
    browser.send("GET", path, headers, Vec::new()).await
}

fn is_page(reply: &Reply) -> bool {
    let kind = reply.headers.get("content-type");
    let is_html = kind.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"));
    is_html && reply.body.contains("</html>")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slash_too_many_leads_to_the_page() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let client = legal.log_in(server.origin()).await;
        for (path, right) in [
            ("/manage/", "/manage"),
            ("/manage/freeze/?name=x", "/manage/freeze?name=x"),
            ("//manage//freeze", "/manage/freeze"),
            ("//evil.example/", "/evil.example"),
        ] {
            let reply = get(&client, path, CLICK).await;
            assert_eq!(reply.status, 308, "{path}");
            assert_eq!(reply.headers["location"], right, "{path}");
        }
        // Nobody has to say what they can read.
        let reply = get(&client, "/manage", &[]).await;
        assert_eq!(reply.status, 200);
        assert!(is_page(&reply), "{}", reply.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_wrong_is_said_on_a_page() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let client = legal.log_in(server.origin()).await;
        let nobody = server.browser();
        let long = format!("/export/events.csv?act={}", "x".repeat(200));
        for (browser, path, status) in [
            (&nobody, "/export/events.csv", 401),
            (&nobody, "/export/events.proof", 401),
            (&client, "/export/events.csv?of=nobody", 400),
            (&client, long.as_str(), 400),
            (&client, "/logout", 405),
            (&client, "/language", 405),
            (&client, "/large-type", 405),
            (&client, "/api/no/such/call", 404),
            (&client, "/manage/no-such-list", 404),
            // While developing only.
            (&client, "/styleguide", 404),
        ] {
            let reply = get(browser, path, CLICK).await;
            assert_eq!(reply.status, status, "{path}: {}", reply.body);
            assert!(is_page(&reply), "{path}: {}", reply.body);
            // A way on, and the number to name.
            assert!(
                reply.body.contains("class=\"button button--primary\""),
                "{path}"
            );
            assert!(!reply.body.contains("\"code\":"), "{path}: {}", reply.body);
        }
        // A form from a page of another site.
        let headers = [CLICK, &[("origin", "https://evil.example")]].concat();
        let reply = client.send("POST", "/logout", &headers, Vec::new()).await;
        assert_eq!(reply.status, 403);
        assert!(is_page(&reply), "{}", reply.body);
        // Nothing of it was done.
        assert_eq!(get(&client, "/manage", CLICK).await.status, 200);
        // A program gets what it can read.
        let reply = get(&nobody, "/export/events.csv", &[]).await;
        assert_eq!(reply.code(), "not_logged_in");
        let reply = client
            .call("/api/cards/detail", json!({ "card": "x" }))
            .await;
        assert_eq!(reply.code(), "bad_request");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_on_another_site_arrives() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let client = legal.log_in(server.origin()).await;
        // A browser keeps the session's cookie to itself, and asks once more by itself.
        let nobody = server.browser();
        let reply = get(&nobody, "/manage/freeze?name=x", LINK_FROM_ELSEWHERE).await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.contains("http-equiv=\"refresh\" content=\"0\""));
        assert!(
            !reply.body.contains("name=x"),
            "the address is the browser's own"
        );
        let reply = get(&client, "/manage/freeze?name=x", CLICK).await;
        assert_eq!(reply.status, 200);
        // Who is nobody is led to the login then.
        let reply = get(&nobody, "/manage/freeze", CLICK).await;
        assert_eq!(
            (reply.status, &reply.headers["location"]),
            (302, &"/login".parse().unwrap())
        );
    })
    .await;
}
