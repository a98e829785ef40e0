//! When a session ends, as pages are told: by the service's clock, put off by a person only,
//! and brought near by a card that was taken out.

use jiff::SignedDuration;
use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, TestServer},
};

on_both!(
    only_a_person_puts_the_end_off,
    a_page_is_told_the_nearest_of_its_ends,
    a_session_without_its_card_is_locked_and_ends,
    a_terminal_waits_less_long,
);

async fn time(browser: &Browser) -> Value {
    browser.call("/api/session/time", json!({})).await.good()
}

async fn opens(browser: &Browser, headers: &[(&str, &str)]) -> u16 {
    browser
        .send("GET", "/manage/freeze", headers, Vec::new())
        .await
        .status
}

async fn only_a_person_puts_the_end_off(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let minutes = |minutes| server.clock.advance(SignedDuration::from_mins(minutes));
    assert_eq!(
        time(&client).await,
        json!({ "seconds": 900, "end": "idle", "is_locked": false })
    );

    // What a page asks by itself: how long it has, with a card that comes, whether a page
    // that was left open is as it was.
    minutes(5);
    let seen = json!({ "identity": { "chip": "00112233445566778899aabbccddeeff" } });
    client.call("/api/insertions/seen", seen).await.good();
    let next = json!({ "ticket": "x", "report": "inserted" });
    client.call("/api/operations/next", next).await;
    for destination in ["empty", "script", "image"] {
        assert_eq!(
            opens(&client, &[("sec-fetch-dest", destination)]).await,
            200
        );
    }
    assert_eq!(
        time(&client).await,
        json!({ "seconds": 600, "end": "idle", "is_locked": false })
    );

    // What a person does: a page that is opened, an act, and doing anything at all.
    assert_eq!(opens(&client, &[("sec-fetch-dest", "document")]).await, 200);
    assert_eq!(time(&client).await["seconds"], 900);
    minutes(5);
    client.call("/api/operations/open", json!({})).await.good();
    assert_eq!(time(&client).await["seconds"], 900);
    // At once, and not by and by.
    server.clock.advance(SignedDuration::from_secs(3));
    let kept = client.call("/api/session/keep", json!({})).await.good();
    assert_eq!(
        kept,
        json!({ "seconds": 900, "end": "idle", "is_locked": false })
    );

    minutes(15);
    let reply = client.call("/api/session/time", json!({})).await;
    assert_eq!(reply.code(), "session_ended");
    let reply = client.call("/api/session/keep", json!({})).await;
    assert_eq!(reply.code(), "session_ended");
    // Who has none is told so.
    let nobody = server.browser();
    assert_eq!(time(&nobody).await, Value::Null);
    let reply = nobody.call("/api/session/keep", json!({})).await;
    assert_eq!(reply.code(), "not_logged_in");
}

async fn a_page_is_told_the_nearest_of_its_ends(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let person = server.operator("0001").await;
    let browser = server.browser();
    let view = person.try_log_in(&browser).await.good();
    assert_eq!(
        view["time"],
        json!({ "seconds": 900, "end": "idle", "is_locked": false })
    );
    for _ in 0..34 {
        server.clock.advance(SignedDuration::from_mins(14));
        browser.call("/api/session/keep", json!({})).await.good();
    }
    // 7:56 h have passed; at 8 h it is over whatever is done.
    let expected = json!({ "seconds": 240, "end": "whole", "is_locked": false });
    assert_eq!(time(&browser).await, expected);
    let kept = browser.call("/api/session/keep", json!({})).await.good();
    assert_eq!(kept, expected);
    server.clock.advance(SignedDuration::from_secs(240));
    let reply = browser.call("/api/session/keep", json!({})).await;
    assert_eq!(reply.code(), "session_ended");
}

async fn a_session_without_its_card_is_locked_and_ends(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let lock = async |at_terminal: bool| {
        let body = json!({ "at_terminal": at_terminal });
        client.call("/api/session/lock", body).await
    };
    let seconds = |seconds| server.clock.advance(SignedDuration::from_secs(seconds));
    let expected = json!({ "seconds": 120, "end": "card_out", "is_locked": true });
    assert_eq!(lock(false).await.good(), expected);

    // Nothing is shown of anybody: no list, no number, no file.
    for (path, body) in [
        ("/api/cards/reveal", json!({ "card": operator.card })),
        ("/api/cards/detail", json!({ "card": operator.card })),
        ("/api/operations/open", json!({})),
    ] {
        assert_eq!(
            client.call(path, body).await.code(),
            "session_locked",
            "{path}"
        );
    }
    let export = client
        .send("GET", "/export/events.csv", &[], Vec::new())
        .await;
    assert_eq!(export.status, 423);
    let page = client.send("GET", "/manage/freeze", &[], Vec::new()).await;
    assert!(!page.body.contains("<table"), "{}", page.body);

    // Doing something, or saying it once more, puts nothing off.
    seconds(50);
    client.call("/api/session/keep", json!({})).await.good();
    assert_eq!(
        lock(true).await.good(),
        json!({ "seconds": 70, "end": "card_out", "is_locked": true })
    );

    // Only the card itself, with its PIN.
    let unlock = async |person: &test_support::service::Person| {
        let nonce = client.challenge().await;
        let token = person.token(server.origin(), &nonce);
        client
            .call("/api/session/unlock", json!({ "token": token }))
            .await
    };
    assert_eq!(unlock(&operator).await.code(), "statement_signature");
    let view = unlock(&legal).await.good();
    assert_eq!(
        view["time"],
        json!({ "seconds": 900, "end": "idle", "is_locked": false })
    );
    assert_eq!(time(&client).await["end"], "idle");

    // At a terminal the next one waits already.
    assert_eq!(
        lock(true).await.good(),
        json!({ "seconds": 15, "end": "card_out", "is_locked": true })
    );
    seconds(15);
    assert_eq!(unlock(&legal).await.code(), "session_ended");
}

async fn a_terminal_waits_less_long(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let terminal = server.browser();
    terminal.send("GET", "/kiosk", &[], Vec::new()).await;
    let view = legal.try_log_in(&terminal).await.good();
    assert_eq!(
        view["time"],
        json!({ "seconds": 120, "end": "idle", "is_locked": false })
    );
    let desk = legal.log_in(server.origin()).await;
    server.clock.advance(SignedDuration::from_secs(120));
    let reply = terminal.call("/api/session/time", json!({})).await;
    assert_eq!(reply.code(), "session_ended");
    assert_eq!(time(&desk).await["seconds"], 780);
}
