//! A download: one for each session at a time, and none beyond the session.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, LegalPersonClient, Person, TestServer},
};
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::sleep};

use super::client::{host, rest, send_narrow, status};
use crate::{
    audit::edits::quiet,
    process::{Process, configure},
};

on_both!(
    a_session_has_one_download_at_a_time,
    a_download_ends_with_its_session,
    a_slow_download_is_no_use_of_its_session,
    a_lock_amid_a_download_is_no_error,
);

/// So many that no buffer between server and client holds them.
const EVENTS: u32 = 12_000;

const PATH: &str = "/export/events.csv?act=login&outcome=refused";

async fn many_events(server: &TestServer, database: &TestDatabase) -> Person {
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    legal.act(&client, operator.card, "freeze").await.good();
    database
        .raw(&format!(
            "INSERT INTO events (at, enterprise_id, act, outcome, body) \
             SELECT e.at, e.enterprise_id, 'login', 'refused', {} \
             FROM (SELECT at, enterprise_id FROM events WHERE act = 'freeze' LIMIT 1) e, \
             (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {EVENTS}) \
             SELECT i FROM n) n",
            database.bytes(&quiet("")),
        ))
        .await
        .unwrap();
    legal
}

/// Begins a download whose client takes its first bytes only.
async fn begin(origin: &str, cookie: &str) -> (TcpStream, String) {
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nhost: {}\r\ncookie: session={cookie}\r\nconnection: close\r\n\r\n",
        host(origin)
    );
    let mut stream = send_narrow(origin, request.as_bytes()).await;
    let mut first = vec![0; 2000];
    stream.read_exact(&mut first).await.unwrap();
    (stream, String::from_utf8_lossy(&first).into_owned())
}

/// The legal person's new session, and its token.
async fn session(origin: &str, legal: &Person) -> (Browser, String) {
    let browser = Browser::new(origin);
    let reply = legal.try_log_in(&browser).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    let (_, token) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    (browser, token.to_owned())
}

/// Whether an answer in chunks came to its end.
fn is_whole(answer: &str) -> bool {
    answer.ends_with("\r\n0\r\n\r\n")
}

async fn a_session_has_one_download_at_a_time(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = many_events(&server, &database).await;
    let (browser, token) = session(server.origin(), &legal).await;
    let (other, _) = session(server.origin(), &legal).await;
    let (mut running, first) = begin(server.origin(), &token).await;
    assert_eq!(status(&first), 200, "{first}");
    let before = server.events(1).await;
    for path in ["/export/events.csv", "/export/events.proof"] {
        let reply = browser.send("GET", path, &[], Vec::new()).await;
        assert_eq!((reply.status, reply.code().as_str()), (409, "export_runs"));
        assert_ne!(reply.json()["next_step"], "");
    }
    let receipt = browser.call("/api/history/receipt", json!({ "seq": 1 }));
    assert_eq!(receipt.await.code(), "export_runs");
    // Nothing was begun, so nothing is recorded.
    assert_eq!(server.events(1).await, before);
    let reply = other.send("GET", PATH, &[], Vec::new()).await;
    assert_eq!(reply.status, 200);
    assert!(is_whole(&rest(&mut running).await));
    assert_eq!(browser.send("GET", PATH, &[], Vec::new()).await.status, 200);
    // A client that went away has its turn back.
    drop(begin(server.origin(), &token).await);
    let mut tries = 0;
    while browser.send("GET", PATH, &[], Vec::new()).await.status != 200 {
        tries += 1;
        assert!(tries < 100, "its download never ends");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn a_download_ends_with_its_session(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = many_events(&server, &database).await;
    let (browser, token) = session(server.origin(), &legal).await;
    let (mut running, first) = begin(server.origin(), &token).await;
    assert_eq!(status(&first), 200, "{first}");
    browser.call("/api/logout", json!({})).await.good();
    let all = first + &rest(&mut running).await;
    assert!(!is_whole(&all), "the download went on");
    assert!(
        all.matches("\r\n").count() < EVENTS as usize,
        "all of it came"
    );
    // And with its time.
    let (_browser, token) = session(server.origin(), &legal).await;
    let (mut running, first) = begin(server.origin(), &token).await;
    server.clock.advance(SignedDuration::from_hours(9));
    let all = first + &rest(&mut running).await;
    assert!(!is_whole(&all), "the download went on");
}

/// Nobody is at the keyboard: the session ends for want of use, and the download with it.
async fn a_slow_download_is_no_use_of_its_session(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = many_events(&server, &database).await;
    let (browser, token) = session(server.origin(), &legal).await;
    let (mut running, first) = begin(server.origin(), &token).await;
    assert_eq!(status(&first), 200, "{first}");
    server.clock.advance(SignedDuration::from_mins(10));
    // More than what was on its way, so that parts of this moment are among it.
    let mut more = vec![0; 400_000];
    running.read_exact(&mut more).await.unwrap();
    server.clock.advance(SignedDuration::from_mins(6));
    let all = rest(&mut running).await;
    assert!(!is_whole(&all), "the download went on");
    let own = browser.call("/api/cards/own", json!({})).await;
    assert_eq!(own.code(), "session_ended");
    // Who uses it meanwhile keeps both.
    let (browser, token) = session(server.origin(), &legal).await;
    let (mut running, _first) = begin(server.origin(), &token).await;
    server.clock.advance(SignedDuration::from_mins(10));
    browser.call("/api/cards/own", json!({})).await.good();
    server.clock.advance(SignedDuration::from_mins(10));
    assert!(is_whole(&rest(&mut running).await));
}

/// The legal-person card is taken out for an operator's: the download is cut off, which
/// is nothing that somebody has to see to.
async fn a_lock_amid_a_download_is_no_error(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = many_events(&server, &database).await;
    let card = server.operator("0002").await.card;
    let (port, origin) = configure(server.folder.path());
    let process = Process::start(server.folder.path(), port, &server.url);
    let (browser, token) = session(&origin, &legal).await;
    let (mut running, first) = begin(&origin, &token).await;
    assert_eq!(status(&first), 200, "{first}");
    let client = LegalPersonClient { legal, browser };
    let proposal = client.propose(&[card], "renew").await.good();
    let ticket = client.commit(&proposal, false).await.good();
    assert!(ticket["locked_until"].is_number());
    assert!(!is_whole(&rest(&mut running).await), "the download went on");
    assert_eq!(process.errors(), [""; 0]);
    process.end().await;
}
