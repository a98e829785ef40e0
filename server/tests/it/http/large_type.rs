//! 大字版 is the browser's: kept for its next page, and at a terminal until the next person.

use test_support::{
    database::{TestDatabase, on_sqlite},
    service::{Browser, Reply, TestServer},
};

use super::preferences::choose;

/// Whether the document of a page says it. Its script has the word, too.
fn is_large(page: &Reply) -> bool {
    let tag = page.body.split_once("<html").map(|(_, rest)| rest);
    let tag = tag.and_then(|rest| rest.split_once('>'));
    tag.is_some_and(|(tag, _)| tag.contains("data-large"))
}

async fn page(browser: &Browser, path: &str) -> Reply {
    browser.send("GET", path, &[], Vec::new()).await
}

fn cookie(reply: &Reply) -> &str {
    reply.headers["set-cookie"].to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn large_type_stays_until_it_is_switched_off() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        let plain = page(&browser, "/login").await;
        assert!(!is_large(&plain));
        let plain = plain.body;
        assert!(
            plain.contains(r#"value="on" aria-pressed="false""#),
            "{plain}"
        );
        let on = choose(
            &browser,
            server.origin(),
            ("/large-type", "/environment?x=1"),
            "large=on",
        )
        .await;
        assert_eq!(on.status, 303);
        assert_eq!(on.headers["location"], "/environment?x=1");
        assert_eq!(
            cookie(&on),
            "large_type=on; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000"
        );
        browser.set_cookie("large_type", "on");
        // Also where an error is said.
        for path in ["/login", "/environment", "/no/such/page"] {
            let large = page(&browser, path).await;
            assert!(is_large(&large), "{path}");
            let large = large.body;
            assert!(
                large.contains(r#"value="off" aria-pressed="true""#),
                "{path}"
            );
        }
        let off = choose(
            &browser,
            server.origin(),
            ("/large-type", "/login"),
            "large=off",
        )
        .await;
        assert_eq!(
            cookie(&off),
            "large_type=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        );
        browser.set_cookie("large_type", "LARGE");
        assert!(!is_large(&page(&browser, "/login").await));
        for nonsense in ["", "large=maybe", "large=on&more=1"] {
            let reply = choose(
                &browser,
                server.origin(),
                ("/large-type", "/login"),
                nonsense,
            )
            .await;
            assert_eq!(reply.status, 400, "{nonsense}");
            assert!(!reply.headers.contains_key("set-cookie"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_terminal_s_start_forgets_who_wished_it() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        browser.set_cookie("terminal", "kiosk");
        browser.set_cookie("large_type", "on");
        assert!(is_large(&page(&browser, "/login").await));
        let start = page(&browser, "/kiosk").await;
        assert!(!is_large(&start));
        let cookies: Vec<_> = start.headers.get_all("set-cookie").iter().collect();
        assert!(cookies.iter().any(|cookie| {
            *cookie == "large_type=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        }));
    })
    .await;
}
