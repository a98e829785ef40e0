//! `/healthz` is red when acts can't be done, or are not protected; `/readyz` when no
//! page can be served. (A full disk: `audit::full`.)

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};

on_both!(
    events_that_wait_for_their_place_are_an_alarm,
    a_row_is_written_now_and_then,
);

async fn ask(browser: &Browser, path: &str) -> (u16, String) {
    let reply = browser.send("GET", path, &[], Vec::new()).await;
    (reply.status, reply.body)
}

async fn events_that_wait_for_their_place_are_an_alarm(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    let good = (200, String::from("ok\n"));
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(&browser, path).await, good);
    }
    let (stop, go_on) = if database.is_sqlite() {
        (
            "CREATE TRIGGER stop BEFORE UPDATE ON log_head \
             BEGIN SELECT RAISE(ABORT, 'stopped'); END",
            "DROP TRIGGER stop",
        )
    } else {
        (
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'stopped'; END $$; \
             CREATE TRIGGER stop BEFORE UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION stop()",
            "DROP TRIGGER stop ON log_head",
        )
    };
    database.raw(stop).await.unwrap();
    server.legal_person().await.log_in(server.origin()).await;
    for second in [0, 29] {
        server.clock.advance(SignedDuration::from_secs(second));
        assert_eq!(ask(&browser, "/healthz").await, good);
    }
    server.clock.advance(SignedDuration::from_secs(2));
    let waits = (
        503,
        String::from("events wait for their place in the log\n"),
    );
    assert_eq!(ask(&browser, "/healthz").await, waits);
    assert_eq!(ask(&browser, "/readyz").await, good);
    database.raw(go_on).await.unwrap();
    let started = Instant::now();
    while ask(&browser, "/healthz").await != good {
        assert!(started.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_row_is_written_now_and_then(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    for asked in 0..3 {
        assert_eq!(ask(&browser, "/healthz").await.0, 200);
        let forget = database
            .raw("DELETE FROM counters WHERE name = 'health'")
            .await;
        // At most once in ten seconds, whoever asks how often.
        let was_written = u64::from(asked == 0);
        assert_eq!(forget.unwrap(), was_written, "{asked}");
        server.clock.advance(SignedDuration::from_secs(4));
    }
    assert_eq!(ask(&browser, "/healthz").await.0, 200);
    let written = database
        .raw("DELETE FROM counters WHERE name = 'health'")
        .await;
    assert_eq!(written.unwrap(), 1);
}
