//! The server as `allow` and `enroll` reach it: over HTTP.

use std::time::{Duration, Instant};

use card_bridge::{
    enroll::{HttpIssuer, Issuer as _},
    http::{Http, HttpError},
};
use card_operations::key::ProgramKey;
use card_protocol::enroll::{EnrollReply, EnrollStart, Holder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use zeroize::Zeroizing;

use crate::gated_bridge::signing_key;

/// Answers one request; gives back the server's origin and what was asked.
async fn answer_once(status: &str, body: &str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = String::new();
        let mut buffer = [0; 4096];
        // Both requests fit; a POST has its JSON's closing brace at the end.
        while !(request.ends_with('}')
            || request.starts_with("GET") && request.ends_with("\r\n\r\n"))
        {
            let length = stream.read(&mut buffer).await.unwrap();
            assert!(length > 0, "the request ended early: {request}");
            request.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    });
    (origin, served)
}

async fn start(status: &str, body: &str) -> (Result<EnrollReply, HttpError>, String) {
    let (origin, served) = answer_once(status, body).await;
    let key = ProgramKey::new(*signing_key().verifying_key());
    let token = Zeroizing::new("invented-token".to_owned());
    let reply = tokio::task::spawn_blocking(move || {
        let issuer = HttpIssuer::new(origin.parse().unwrap(), key, token);
        let enterprise = "91350200000000000X".to_owned();
        issuer.start(&EnrollStart {
            holder: Holder::LegalPerson { enterprise },
            chip: None,
        })
    });
    let request = served.await.unwrap();
    (reply.await.unwrap(), request)
}

#[tokio::test]
async fn the_token_goes_into_its_header_only() {
    let done = r#"{"next":"done","card_no":"21","holder_name":"王明","chip":"00000000000000000000000000000009"}"#;
    let (reply, request) = start("200 OK", done).await;
    assert!(matches!(reply.unwrap(), EnrollReply::Done { .. }));
    assert!(
        request.starts_with("POST /api/enroll/start HTTP/1.1\r\n"),
        "{request}"
    );
    let header = "authorization: bearer invented-token\r\n";
    assert!(request.to_lowercase().contains(header), "{request}");
    assert_eq!(request.matches("invented-token").count(), 1);
}

#[tokio::test]
async fn the_servers_own_sentence_is_shown() {
    let (reply, _) = start("403 Forbidden", r#"{"code":"x","message":"令牌无效"}"#).await;
    let error = reply.unwrap_err().to_string();
    assert!(
        error.ends_with("/api/enroll/start: 403: 令牌无效"),
        "{error}"
    );
    let body = r#"{"code":"x","message":"不是空白卡","next_step":"请换一张卡"}"#;
    let (reply, _) = start("422 Unprocessable Content", body).await;
    let error = reply.unwrap_err().to_string();
    assert!(error.ends_with("422: 不是空白卡 请换一张卡"), "{error}");
    for (status, body) in [
        ("502 Bad Gateway", "<html>"),
        ("302 Found", ""),
        ("200 OK", "{}"),
    ] {
        assert!(start(status, body).await.0.is_err(), "{status}");
    }
}

#[tokio::test]
async fn what_a_server_does_not_have_is_not_found() {
    for (status, found) in [
        ("200 OK", Ok(Some("text"))),
        ("404 Not Found", Ok(None)),
        ("500 Internal Server Error", Err(())),
        ("302 Found", Err(())),
    ] {
        let (origin, served) = answer_once(status, "text").await;
        let address = format!("{origin}/.well-known/ic-card-enrol-key");
        let answer = tokio::task::spawn_blocking(move || Http::default().find(&address));
        served.await.unwrap();
        let answer = answer.await.unwrap();
        let answer = answer.as_ref().map(Option::as_deref).map_err(drop);
        assert_eq!(answer, found, "{status}");
    }
}

#[tokio::test]
async fn the_program_key_is_fetched() {
    let key = ProgramKey::new(*signing_key().verifying_key());
    let (origin, served) = answer_once("200 OK", &format!("{key}\n")).await;
    let address = format!("{origin}/.well-known/ic-card-program-key");
    let text = tokio::task::spawn_blocking(move || Http::default().get(&address));
    assert!(
        served
            .await
            .unwrap()
            .starts_with("GET /.well-known/ic-card-program-key ")
    );
    assert_eq!(text.await.unwrap().unwrap().parse(), Ok(key));
}

/// A server that says nothing, or a byte now and then, is left when the time is over.
#[tokio::test]
async fn each_call_has_an_end() {
    const LIMIT: Duration = Duration::from_millis(600);
    for says in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n"] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}/x", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(says).await.unwrap();
            // Until the other side has had enough.
            while says.is_empty() || stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let began = Instant::now();
        let answer = tokio::task::spawn_blocking(move || Http::within(LIMIT).get(&address));
        let error = answer.await.unwrap().unwrap_err();
        let took = began.elapsed();
        assert!(
            took >= LIMIT && took < LIMIT + Duration::from_secs(5),
            "{took:?}"
        );
        assert!(error.is_unanswered(), "{error}");
        assert!(error.to_string().contains("timeout"), "{error}");
        served.abort();
    }
}
