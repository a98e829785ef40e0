//! Nothing waits for ever for the other side, and crowds of half-sent requests keep
//! nobody out.

use std::{process::Stdio, time::Duration};

use futures_util::future::join_all;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::TestServer,
    signals::{self, Signal},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, process::Command, time::sleep};

use super::client::{ask, host, rest, send, status, timed};
use crate::process::{GRACE, Process, configure};

const HALF: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn half_sent_requests_starve_nobody() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let person = server.legal_person().await;
        let origin = server.origin();
        // More than there may be at once.
        let mut half = Vec::new();
        for _ in 0..700 {
            half.push(send(origin, HALF).await);
        }
        let (browser, took) = timed(person.log_in(origin)).await;
        assert!(took < Duration::from_secs(2), "{took:?}");
        let reply = browser.send("GET", "/portal", &[], Vec::new()).await;
        assert_eq!(reply.status, 200);
        // Each of them ends within its limit.
        let (said, took) = timed(join_all(half.iter_mut().map(rest))).await;
        assert!(took < Duration::from_secs(13), "{took:?}");
        assert!(said.iter().all(String::is_empty));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_body_has_its_time_however_it_drips() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let origin = server.origin();
        let head = format!(
            "POST /api/challenge HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\n\
             content-type: application/json\r\ncontent-length: 5000\r\n\r\n",
            host(origin)
        );
        let silent = async {
            let mut stream = send(origin, head.as_bytes()).await;
            timed(rest(&mut stream)).await
        };
        let drips = async {
            let (mut reading, mut writing) = send(origin, head.as_bytes()).await.into_split();
            let drip = tokio::spawn(async move {
                while writing.write_all(b" ").await.is_ok() {
                    sleep(Duration::from_millis(20)).await;
                }
            });
            let mut said = Vec::new();
            let all = tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut said);
            let (_reset, took) = timed(all).await;
            drip.abort();
            (String::from_utf8_lossy(&said).into_owned(), took)
        };
        let both = tokio::join!(silent, drips);
        for (said, took) in [both.0, both.1] {
            assert_eq!(status(&said), 408, "{said}");
            assert!((9..14).contains(&took.as_secs()), "{took:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_ends_within_its_grace_whoever_hangs() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let (port, origin) = configure(server.folder.path());
        let mut process = Process::start(server.folder.path(), port, &server.url);
        let _half = send(&origin, HALF).await;
        let _nothing = send(&origin, b"").await;
        let idle = format!("GET /readyz HTTP/1.1\r\nhost: {}\r\n\r\n", host(&origin));
        let _idle = send(&origin, idle.as_bytes()).await;
        let body = format!(
            "POST /api/challenge HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\ncontent-length: 9\r\n\r\n",
            host(&origin)
        );
        let _body = send(&origin, body.as_bytes()).await;
        assert_eq!(status(&ask(&origin, "GET /readyz", &["host: x"]).await), 200);
        process.signal(Signal::TERM);
        let (status, took) = timed(process.ended()).await;
        assert!(status.success(), "{status}");
        // 10 s for requests, 5 s for the sequencer at most.
        assert!(took < Duration::from_secs(14), "{took:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_without_descriptors_serves_on() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let (port, origin) = configure(server.folder.path());
        let program = format!(
            "ulimit -n 128; exec '{}' serve --listen 127.0.0.1:{port} --data '{}'",
            env!("CARGO_BIN_EXE_server"),
            server.folder.path().display()
        );
        let mut process = Command::new("sh")
            .args(["-c", &program])
            .env("IC_CARD_DATABASE_URL", &server.url)
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let own = format!("host: {}", host(&origin));
        let path = "GET /.well-known/ic-card-program-key";
        while TcpStream::connect(host(&origin)).await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
        let mut half = Vec::new();
        for _ in 0..300 {
            half.push(send(&origin, HALF).await);
        }
        let (answer, took) = timed(ask(&origin, path, &[&own])).await;
        assert_eq!(status(&answer), 200, "{answer}");
        assert!(took < Duration::from_secs(8), "{took:?}");
        // There were too few for all of them, or this shows nothing.
        let id = process.id().unwrap();
        let open = std::fs::read_dir(format!("/proc/{id}/fd")).unwrap();
        assert!(open.count() <= 128);
        signals::send(id, Signal::TERM);
        let status = tokio::time::timeout(GRACE, process.wait()).await.unwrap();
        assert!(status.unwrap().success());
    })
    .await;
}
