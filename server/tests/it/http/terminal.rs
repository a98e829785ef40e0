//! A browser becomes a terminal at `/kiosk`, and what a terminal's pages say of it.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::{Browser, Reply, TestServer},
};

const MARK: &str = r#"data-terminal="kiosk""#;

async fn get(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Reply {
    browser.send("GET", path, headers, Vec::new()).await
}

fn location(reply: &Reply) -> &str {
    reply.headers["location"].to_str().unwrap()
}

fn cookies(reply: &Reply) -> Vec<&str> {
    let cookies = reply.headers.get_all("set-cookie").iter();
    cookies.map(|cookie| cookie.to_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_browser_is_a_terminal_from_its_start_page_on_until_it_leaves() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        let desk = get(&browser, "/login", &[]).await;
        assert!(!desk.body.contains(MARK));
        let start = get(&browser, "/kiosk", &[("sec-fetch-site", "none")]).await;
        assert_eq!(start.status, 200);
        assert!(start.body.contains(MARK), "{}", start.body);
        assert!(start.body.contains("请插入法人卡"));
        assert_eq!(
            cookies(&start),
            ["terminal=kiosk; Path=/; HttpOnly; SameSite=Strict; Max-Age=34560000"]
        );
        // Every page says it, and who is not logged in begins at the start.
        assert!(get(&browser, "/login", &[]).await.body.contains(MARK));
        for path in ["/", "/portal", "/manage/freeze", "/my-card"] {
            let reply = get(&browser, path, &[("accept", "text/html")]).await;
            assert_eq!((reply.status, location(&reply)), (302, "/kiosk"), "{path}");
        }
        let origin = [("origin", server.origin())];
        let out = browser.send("POST", "/logout", &origin, Vec::new()).await;
        assert_eq!((out.status, location(&out)), (303, "/login?left=logout"));

        let left = get(&browser, "/kiosk?leave", &[]).await;
        assert_eq!((left.status, location(&left)), (303, "/login"));
        assert!(!get(&browser, "/login", &[]).await.body.contains(MARK));
        let out = browser.send("POST", "/logout", &origin, Vec::new()).await;
        assert_eq!(location(&out), "/login?left=logout");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_start_ends_the_session_that_was_before() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let person = server.legal_person().await;
        let browser = person.log_in(server.origin()).await;
        let same = browser.at(server.origin());
        // At a desk somebody works with it: a link in a mail ends nothing.
        let start = get(&browser, "/kiosk", &[("sec-fetch-site", "none")]).await;
        assert_eq!((start.status, location(&start)), (303, "/"));
        assert_eq!(cookies(&start), [""; 0]);
        browser.set_cookie("terminal", "kiosk");
        let start = get(&browser, "/kiosk", &[]).await;
        assert_eq!(start.status, 200);
        assert_eq!(start.headers["clear-site-data"], "\"cache\"");
        assert!(
            cookies(&start).contains(&"session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
        );
        // Not only in this browser.
        let session = same.call("/api/session", json!({})).await.good();
        assert!(session.is_null(), "{session}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_a_terminal_the_login_page_leads_no_session_on() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let person = server.legal_person().await;
        let browser = person.log_in(server.origin()).await;
        let desk = get(&browser, "/login", &[]).await;
        assert_eq!(location(&desk), "/portal");
        browser.set_cookie("terminal", "kiosk");
        let login = get(&browser, "/login", &[]).await;
        assert_eq!(location(&login), "/kiosk");
    })
    .await;
}

/// Somebody else's page makes no terminal of a desk, no desk of a terminal, and ends
/// nobody's session.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_from_elsewhere_changes_nothing() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let person = server.legal_person().await;
        let browser = person.log_in(server.origin()).await;
        for site in ["cross-site", "same-site", "anything"] {
            for path in ["/kiosk", "/kiosk?leave", "/kiosk?x"] {
                let reply = get(&browser, path, &[("sec-fetch-site", site)]).await;
                assert_eq!(
                    (reply.status, location(&reply)),
                    (303, "/"),
                    "{site} {path}"
                );
                assert_eq!(cookies(&reply), [""; 0], "{site} {path}");
            }
        }
        let session = browser.call("/api/session", json!({})).await.good();
        assert!(session.is_object());
        // Another value is no mark.
        browser.set_cookie("terminal", "desk");
        assert!(!get(&browser, "/portal", &[]).await.body.contains(MARK));
    })
    .await;
}

/// It would stay there for whoever comes next. Refused, it is no event either.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_terminal_gets_no_file() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let person = server.legal_person().await;
        let browser = person.log_in(server.origin()).await;
        let history = get(&browser, "/manage/history/all", &[]).await;
        assert!(history.body.contains("/export/events"));
        browser.set_cookie("terminal", "kiosk");
        for path in [
            "/export/events.csv",
            "/export/events.proof",
            "/export/cards.csv?menu=freeze",
            "/export/cards.xlsx?menu=freeze",
        ] {
            let reply = get(&browser, path, &[]).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (403, "not_allowed"),
                "{path}"
            );
            assert!(!reply.headers.contains_key("content-disposition"));
        }
        for path in ["/manage/history/all", "/manage/freeze"] {
            let page = get(&browser, path, &[]).await;
            assert_eq!(page.status, 200);
            assert!(!page.body.contains("/export/"), "{path}");
        }
        browser.set_cookie("terminal", "");
        let csv = get(&browser, "/export/events.csv", &[]).await;
        assert_eq!(csv.status, 200);
        assert_eq!(csv.body.matches("导出").count(), 0, "{}", csv.body);
    })
    .await;
}
