//! A client that goes away before its answer: seen while it waits, and counted
//! although nobody got an answer.

use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use test_support::{
    database::{TestDatabase, on_both},
    service::TestServer,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::scrape::{Scrape, counting, scrape, until};

on_both!(a_client_that_went_away_is_counted);

async fn a_client_that_went_away_is_counted(database: TestDatabase) {
    let server = TestServer::with(&database, counting).await;
    assert_eq!(in_flight(&scrape(server.origin()).await), 0);
    // Nobody can keep a challenge while this holds the lock.
    if database.is_sqlite() {
        let mut lock = SqliteConnection::connect(&database.url).await.unwrap();
        lock.execute("BEGIN IMMEDIATE").await.unwrap();
        waits_and_goes(&server).await;
        lock.execute("ROLLBACK").await.unwrap();
    } else {
        let mut lock = PgConnection::connect(&database.admin_url).await.unwrap();
        lock.execute("BEGIN").await.unwrap();
        lock.execute("LOCK TABLE nonces").await.unwrap();
        waits_and_goes(&server).await;
        lock.execute("ROLLBACK").await.unwrap();
    }
}

async fn waits_and_goes(server: &TestServer) {
    let origin = server.origin();
    let host = origin.strip_prefix("http://").unwrap();
    let mut client = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "POST /api/challenge HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let challenges = |now: &Scrape, status: &str| {
        let labels = [
            ("route", "/api/challenge"),
            ("method", "POST"),
            ("status", status),
        ];
        now.find("ic_card_http_requests_total", &labels)
    };
    let now = until(origin, |now| in_flight(now) == 1).await;
    assert_eq!(challenges(&now, "aborted"), None);
    drop(client);
    let now = until(origin, |now| in_flight(now) == 0).await;
    assert_eq!(challenges(&now, "aborted"), Some(1.0), "{}", now.text);
    assert_eq!(challenges(&now, "200"), None);
}

fn in_flight(now: &Scrape) -> u64 {
    now.count("ic_card_http_requests_in_flight", &[])
}
