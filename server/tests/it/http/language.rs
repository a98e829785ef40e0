//! English is the browser's choice: kept for its next page, and at a terminal until the next
//! person.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::{Browser, Reply, TestServer},
};

use super::preferences::choose;

/// The page of a card that nobody has.
const NO_CARD: &str = "/manage/freeze/00000000-0000-7000-8000-000000000000";

/// The language that a page says it is in.
fn language(page: &Reply) -> &str {
    let tag = page.body.split_once("<html lang=\"").map(|(_, rest)| rest);
    let tag = tag.and_then(|rest| rest.split_once('"'));
    tag.map_or("", |(language, _)| language)
}

async fn page(browser: &Browser, path: &str) -> Reply {
    let by_a_person = [("sec-fetch-mode", "navigate")];
    browser.send("GET", path, &by_a_person, Vec::new()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_language_is_chosen_and_kept() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        let plain = page(&browser, "/login").await;
        assert_eq!(language(&plain), "zh-CN");
        assert!(plain.body.contains(r#"value="en" lang="en""#));
        for (tag, from, back) in [
            ("en", "/environment?x=1", "/environment?x=1"),
            ("zh-CN", "/login", "/login"),
            ("en", r"/\evil.example", "/"),
            // A terminal's start forgets it.
            ("en", "/kiosk", "/login"),
            ("en", "/kiosk?x", "/login"),
        ] {
            let body = format!("language={tag}");
            let reply = choose(&browser, server.origin(), ("/language", from), &body).await;
            assert_eq!(reply.status, 303, "{from}");
            assert_eq!(reply.headers["location"], back);
            assert_eq!(
                reply.headers["set-cookie"],
                format!("language={tag}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000")
            );
        }
        for nonsense in ["", "language=", "language=de", "language=en&more=1", "x=en"] {
            let reply = choose(&browser, server.origin(), ("/language", "/login"), nonsense).await;
            assert_eq!(reply.status, 400, "{nonsense}");
            assert!(!reply.headers.contains_key("set-cookie"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_is_said_in_it() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        let client = legal.log_in(server.origin()).await;
        client.set_cookie("language", "en");
        // Also where an error is said.
        for (path, says) in [
            ("/portal", "Welcome, "),
            ("/manage/freeze", "Report lost"),
            ("/help", "What the card statuses mean"),
            // Said by a task of its own, in which a page's resource waits.
            (NO_CARD, "This operator card was not found"),
            ("/no/such/page", "This page was not found"),
            ("/logout", "What was sent is not right"),
        ] {
            let english = page(&client, path).await;
            assert_eq!(language(&english), "en", "{path}");
            assert!(english.body.contains(says), "{path}: {}", english.body);
        }
        let refused = client.call("/api/cards/detail", json!({})).await;
        assert!(
            refused.body.contains("What was sent is not right"),
            "{}",
            refused.body
        );
        let worker = page(&client, "/sw.js").await;
        assert!(worker.body.contains("The server can't be reached"));
        for (path, says) in [
            (
                "/export/cards.csv?menu=freeze",
                "Operator no.,Operator name",
            ),
            ("/export/events.csv", "Number,Time (Beijing)"),
        ] {
            let table = page(&client, path).await;
            assert!(table.body.contains(says), "{path}: {}", table.body);
        }
        client.set_cookie("language", "de");
        assert_eq!(language(&page(&client, "/portal").await), "zh-CN");
        let worker = page(&client, "/sw.js").await;
        assert!(worker.body.contains("暂时无法连接服务器"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_terminal_s_start_is_chinese_for_whoever_comes_next() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        browser.set_cookie("terminal", "kiosk");
        browser.set_cookie("language", "en");
        assert_eq!(language(&page(&browser, "/login").await), "en");
        let start = page(&browser, "/kiosk").await;
        assert_eq!(language(&start), "zh-CN");
        let cookies: Vec<_> = start.headers.get_all("set-cookie").iter().collect();
        assert!(cookies.iter().any(|cookie| {
            *cookie == "language=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        }));
    })
    .await;
}

/// Many at once on few threads: nobody reads another one's language.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_asks_at_the_same_time_has_their_own() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browsers = [("en", server.browser()), ("zh-CN", server.browser())];
        for (tag, browser) in &browsers {
            browser.set_cookie("language", tag);
        }
        let asked = (0..20).flat_map(|_| {
            browsers.iter().map(|(tag, browser)| async move {
                for path in ["/login", "/help", "/nowhere"] {
                    assert_eq!(language(&page(browser, path).await), *tag, "{path}");
                }
            })
        });
        futures_util::future::join_all(asked).await;
    })
    .await;
}
