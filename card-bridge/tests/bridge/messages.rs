//! Who may talk, and what is understood.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, http::StatusCode};

use test_support::bridge::Page;

use crate::gated_bridge::{GatedBridge, ORIGIN, READER, card, challenge};

#[tokio::test]
async fn hello_comes_first() {
    let bridge = GatedBridge::start().await;
    let host = bridge.address().to_string();
    let mut page = Page::open(bridge.address(), Some(ORIGIN), &host)
        .await
        .unwrap();
    for method in [
        "watch",
        "cancel",
        "virtual_cards",
        "identify",
        "request_grant",
    ] {
        let outcome = page.call(method, json!({ "reader": READER })).await;
        assert_eq!(outcome.unwrap_err().1, json!({ "code": "bad_request" }));
    }
    let outcome = page.call("watch", json!({})).await;
    assert_eq!(outcome, Err((-32600, json!({ "code": "bad_request" }))));
    let welcome = page.call("hello", json!({ "protocol": 4 })).await.unwrap();
    assert_eq!(welcome["protocol"], 4);
    assert_eq!(welcome["oldest"], 3);
    assert_eq!(welcome["pin_entry"], "page");
    assert_eq!(welcome["confirm"], "page");
}

#[tokio::test]
async fn only_allowed_origins_get_in() {
    let bridge = GatedBridge::start().await;
    let host = bridge.address().to_string();
    // Those that may be a page of the product under another address are told so.
    for origin in [
        "http://127.0.0.1:8081",
        "https://127.0.0.1:8080",
        "http://localhost:8080",
        "http://other.example",
    ] {
        let origin = Some(origin);
        let mut page = Page::open(bridge.address(), origin, &host).await.unwrap();
        assert_eq!(page.closed().await, (4403, "origin_not_allowed".to_owned()));
    }
    // Everybody else gets what any server may answer.
    for origin in [None, Some("null"), Some("https://evil.example")] {
        refused_bare(Page::open(bridge.address(), origin, &host).await);
    }
}

/// A bare 403: neither a body nor a name.
fn refused_bare(outcome: Result<Page, tungstenite::Error>) {
    match outcome {
        Err(tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), StatusCode::FORBIDDEN);
            assert!(response.body().as_ref().is_none_or(Vec::is_empty));
            assert!(response.headers().is_empty(), "{:?}", response.headers());
        }
        Err(other) => panic!("{other}"),
        Ok(_page) => panic!("got in"),
    }
}

/// Sends a handshake with these lines more, and gives what comes back.
async fn shake(bridge: &GatedBridge, lines: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = bridge.address();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1024];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn one_of_two_origins_is_none() {
    let bridge = GatedBridge::start().await;
    let origin = format!("Origin: {ORIGIN}\r\n");
    let evil = "Origin: https://evil.example\r\n";
    let answer = shake(&bridge, &origin).await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    for lines in [
        format!("{origin}{evil}"),
        format!("{evil}{origin}"),
        format!("{origin}{origin}"),
        String::new(),
    ] {
        let answer = shake(&bridge, &lines).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{lines}: {answer}");
    }
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_gets_nowhere() {
    let bridge = GatedBridge::start().await;
    for host in ["evil.example", "evil.example:43117", "10.0.0.1"] {
        match Page::open(bridge.address(), Some(ORIGIN), host).await {
            Err(tungstenite::Error::Http(response)) => {
                assert_eq!(response.status(), StatusCode::FORBIDDEN);
            }
            Err(other) => panic!("{other}"),
            Ok(_page) => panic!("{host} got in"),
        }
    }
}

/// Sends `text` and says which id and code the answer has.
async fn answer_to(page: &mut Page, text: impl Into<String>) -> (Value, i64) {
    page.send_text(text.into()).await;
    let message = page.message().await;
    assert_eq!(
        message["error"]["data"],
        json!({ "code": "bad_request" }),
        "{message}"
    );
    (
        message["id"].clone(),
        message["error"]["code"].as_i64().unwrap(),
    )
}

#[tokio::test]
async fn what_is_not_understood_is_refused_and_nothing_happens() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let request = |method: &str, params: Value| {
        json!({ "jsonrpc": "2.0", "id": 99, "method": method, "params": params }).to_string()
    };
    let too_long = request("identify", json!({ "reader": "a".repeat(70_000) }));
    for (text, id, code) in [
        ("{".to_owned(), Value::Null, -32700),
        (String::new(), Value::Null, -32700),
        ("[".repeat(50_000), Value::Null, -32700),
        ("[]".to_owned(), Value::Null, -32600),
        (
            r#"{"id":99,"method":"watch"}"#.to_owned(),
            json!(99),
            -32600,
        ),
        (too_long, Value::Null, -32600),
        (
            request("transmit", json!({ "apdu": "00A40400" })),
            json!(99),
            -32601,
        ),
        (request("identify", json!({})), json!(99), -32602),
        (
            request("identify", json!({ "reader": 1 })),
            json!(99),
            -32602,
        ),
        (request("identify", json!([READER])), json!(99), -32602),
        (
            request("identify", json!({ "reader": READER, "apdu": "00" })),
            json!(99),
            -32602,
        ),
        (
            request(
                "authenticate",
                json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": 123_456 }),
            ),
            json!(99),
            -32602,
        ),
        (
            request(
                "run_program",
                json!({ "reader": READER, "program": "00A4" }),
            ),
            json!(99),
            -32602,
        ),
    ] {
        let start: String = text.chars().take(99).collect();
        assert_eq!(answer_to(&mut page, text).await, (id, code), "{start}");
    }
    // The PIN was never tried, and the page is still good.
    let identity = page
        .call("identify", json!({ "reader": READER }))
        .await
        .unwrap();
    assert_eq!(identity["pin_tries"], 3);
}

#[tokio::test]
async fn cards_come_and_go_as_events() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page().await;
    let mut other = bridge.page().await;
    let now = page.call("watch", json!({})).await.unwrap();
    assert_eq!(now["service"], true);
    assert_eq!(now["readers"][0]["slot"], json!({ "name": "empty" }));
    assert_eq!(now["readers"][0]["is_virtual"], true);
    let insert = json!({ "reader": READER, "card": "legal" });
    let mut insertion = 0;
    for _ in 0..2 {
        other.call("virtual_insert", insert.clone()).await.unwrap();
        let slot = page.readers(|_| true).await["readers"][0]["slot"].clone();
        assert_eq!(slot["name"], "card");
        assert!(slot["atr"].as_str().unwrap().starts_with("3b"));
        assert!(slot["insertion"].as_u64().unwrap() > insertion);
        insertion = slot["insertion"].as_u64().unwrap();
        let cards = other.call("virtual_cards", json!({})).await.unwrap();
        assert_eq!(
            cards["cards"][0],
            json!({ "key": "legal", "label": "法人卡（演示）", "reader": READER })
        );
        other
            .call("virtual_remove", json!({ "reader": READER }))
            .await
            .unwrap();
        let slot = page.readers(|_| true).await["readers"][0]["slot"].clone();
        assert_eq!(slot, json!({ "name": "empty" }));
    }
    let wrong = json!({ "reader": READER, "card": "nobody's" });
    assert_eq!(
        other.refused("virtual_insert", wrong).await["code"],
        "no_card"
    );
    let wrong = json!({ "reader": "nowhere", "card": "legal" });
    assert_eq!(
        other.refused("virtual_insert", wrong).await["code"],
        "no_reader"
    );
    let everywhere = json!({ "reader": "演示读卡器 2", "card": "legal" });
    other.call("virtual_insert", insert).await.unwrap();
    assert_eq!(
        other.refused("virtual_insert", everywhere).await["code"],
        "card_in_use"
    );
}
