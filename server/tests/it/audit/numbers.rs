//! Nobody's 证件编号 is anywhere without 显示: every call, page, download,
//! error and line of the log is looked through for 18 digits in a row.

use std::sync::{Arc, Mutex};

use card_domain::CardId;
use serde_json::Value;
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::service::calls::CALLS;

on_both!(no_number_is_anywhere_without_being_shown,);

/// The pages that there are, each with a card's id where it takes one.
const PAGES: [&str; 32] = [
    "/",
    "/environment",
    "/help",
    "/login",
    "/portal",
    "/my-card",
    "/manage",
    "/manage/renew",
    "/manage/report-loss",
    "/manage/cancel-loss",
    "/manage/freeze",
    "/manage/unfreeze",
    "/manage/unlock",
    "/manage/history",
    "/manage/renew/CARD",
    "/manage/report-loss/CARD",
    "/manage/cancel-loss/CARD",
    "/manage/freeze/CARD",
    "/manage/unfreeze/CARD",
    "/manage/unlock/CARD",
    "/manage/history/CARD",
    "/manage/history/CARD/SEQ",
    "/manage/history/CARD?act=login&outcome=done",
    "/manage/freeze/CARD/SEQ",
    "/manage/history?state=all",
    "/manage/freeze?name=11010119900307001X",
    "/nothing/11010119900307001X",
    "/healthz",
    "/readyz",
    "/export/cards.csv?menu=history&state=all",
    "/export/events.csv",
    "/export/events.proof",
];

/// What the server writes into its log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of this process, from the first call on.
fn log() -> Log {
    static LOG: std::sync::LazyLock<Log> = std::sync::LazyLock::new(|| {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
            .with_writer(log.clone())
            .finish();
        // Another test may have set one; then its log is looked at nowhere.
        let _set = tracing::subscriber::set_global_default(subscriber);
        log
    });
    LOG.clone()
}

/// Where a page names an island.
const ISLAND: &str = " data-component=\"";

/// An ID number in a text: 17 digits and a digit or X, by themselves.
fn number_in(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (0..bytes.len().saturating_sub(17)).find_map(|start| {
        let (number, end) = (&bytes[start..start + 18], start + 18);
        let is_number = number[..17].iter().all(u8::is_ascii_digit)
            && (number[17].is_ascii_digit() || number[17] == b'X' || number[17] == b'x');
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        (is_number && !is_part(before) && !is_part(bytes.get(end))).then(|| &text[start..end])
    })
}

/// What may be there: what the request itself said, in a field for it. The names of islands
/// end with a hash, which may have as many digits.
fn look(what: &str, text: &str) {
    let mut parts = text.split(ISLAND);
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('"').map_or(part, |(_name, rest)| rest));
    for part in std::iter::once(first).chain(rest) {
        assert_eq!(number_in(part), None, "{what}: {text}");
    }
}

async fn walk(browser: &Browser, who: &str, (card, seq): (CardId, i64)) -> u32 {
    let mut looked_at = 0;
    for (path, body) in CALLS {
        if matches!(
            *path,
            "/api/cards/reveal" | "/api/logout" | "/api/session/lock"
        ) {
            continue;
        }
        let body: Value = serde_json::from_str(&body.replace("CARD", &card.to_string())).unwrap();
        let reply = browser.call(path, body).await;
        look(&format!("{path} for {who}"), &reply.body);
        look(path, &format!("{:?}", reply.headers));
        // A number where none belongs comes back in no error.
        let mut stray = serde_json::Map::new();
        stray.insert(String::from("11010119900307001X"), Value::Null);
        let reply = browser.call(path, Value::Object(stray)).await;
        look(&format!("the error of {path} for {who}"), &reply.body);
        looked_at += 2;
    }
    for page in PAGES {
        let path = page
            .replace("CARD", &card.to_string())
            .replace("SEQ", &seq.to_string());
        let reply = browser.send("GET", &path, &[], Vec::new()).await;
        assert!(reply.status < 500, "{path}: {}", reply.body);
        // The field of the query has what was asked for, and nobody else.
        let asked = if page.contains("name=") {
            "11010119900307001X"
        } else {
            "\u{0}"
        };
        look(&format!("{path} for {who}"), &reply.body.replace(asked, ""));
        looked_at += 1;
    }
    looked_at
}

async fn no_number_is_anywhere_without_being_shown(database: TestDatabase) {
    let log = log();
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let own = operator.log_in(server.origin()).await;
    // An event of that card: the operator's login.
    let events = server.events(1000).await;
    let events = events.into_iter();
    let seq = events
        .filter(|event| event.target == Some(operator.card) && event.act == "login")
        .map(|event| event.seq)
        .max();
    let subject = (operator.card, seq.unwrap());
    let mut looked_at = walk(&server.browser(), "nobody", subject).await;
    looked_at += walk(&own, "an operator", subject).await;
    looked_at += walk(&client, "the legal person", subject).await;
    for event in server.events(1000).await {
        look("an event", &format!("{event:?}"));
    }
    // With 显示 it is there: the search finds what it looks for.
    let body = serde_json::json!({ "card": operator.card });
    let shown = client.call("/api/cards/reveal", body).await;
    assert_eq!(number_in(&shown.body), Some("11010119900307001X"));
    let lines = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    look("the log", &lines);
    assert!(lines.contains("/api/cards/reveal"), "the log was not seen");
    let mut stderr = std::io::stderr();
    let _closed = std::io::Write::write_fmt(
        &mut stderr,
        format_args!(
            "ID numbers: {looked_at} answers and the log looked through, none found
"
        ),
    );
}

/// The router's own paths: whoever adds one adds its pages above.
const ROUTES: [&str; 13] = [
    // It shows nothing of anybody, and ends the session.
    "/kiosk",
    "/",
    "/environment",
    "/help",
    "/login",
    "/portal",
    "/manage",
    "",
    ":slug",
    ":slug/:card_id",
    ":slug/:card_id/:seq",
    "/my-card",
    // Of samples alone, and only while developing.
    "/styleguide",
];

#[test]
fn every_route_has_a_page_that_is_looked_through() {
    let router = include_str!("../../../../app/src/root.rs");
    let mut paths = router.split("path!(\"").skip(1);
    for path in paths.by_ref().map(|rest| rest.split('"').next().unwrap()) {
        assert!(ROUTES.contains(&path), "{path} is new: add its pages");
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    assert_eq!(
        number_in("a 11010119900307001X."),
        Some("11010119900307001X")
    );
    assert_eq!(
        number_in("\"110101199003070018\""),
        Some("110101199003070018")
    );
    for text in [
        "110*************1X",
        "1795334400000000",
        "0110101199003070018",
        "8930000000018",
    ] {
        assert_eq!(number_in(text), None, "{text}");
    }
}
