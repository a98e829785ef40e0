//! The same over real sockets, with limits of fractions of a second.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    routing::get,
};
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{Limits, is_cut, limits, slot};
use crate::{
    metrics::Metrics,
    serve::{Server, serve},
};

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

fn quick(all: usize) -> Limits {
    Limits {
        head: Duration::from_millis(600),
        idle: Duration::from_millis(1500),
        stall: Duration::from_secs(1),
        ..limits(all, all)
    }
}

async fn start(limits: Limits) -> Running {
    let endless = || async {
        let part = Bytes::from(vec![b'x'; 64 * 1024]);
        let parts = stream::repeat_with(move || Ok::<_, Infallible>(part.clone()));
        Body::from_stream(parts)
    };
    let router = Router::new()
        .route(
            "/who",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
        .route(
            "/slow",
            get(|| async {
                sleep(Duration::from_secs(2)).await;
                "done"
            }),
        )
        .route("/endless", get(endless));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _dropped = stopped.await;
    };
    let task = tokio::spawn(serve(listener, router, limits, Metrics::off(), stopped));
    Running {
        address,
        stop: Some(stop),
        task,
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }

    /// A whole request on a connection of its own; the answer, or what there was of one.
    async fn ask(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let mut stream = self.send(&request).await;
        let mut answer = Vec::new();
        let _cut = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn stop(mut self) -> Duration {
        let begin = Instant::now();
        drop(self.stop.take());
        timeout(Duration::from_secs(20), self.task)
            .await
            .unwrap()
            .unwrap();
        begin.elapsed()
    }
}

/// How long it takes until the other side closes; what came before is thrown away.
async fn closed_after(stream: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    let mut buffer = [0; 4096];
    let end = async { while let Ok(1..) = stream.read(&mut buffer).await {} };
    timeout(Duration::from_secs(20), end)
        .await
        .expect("it is never closed");
    begin.elapsed()
}

fn within(took: Duration, from: f64, to: f64) {
    let took = took.as_secs_f64();
    assert!(took >= from && took <= to, "{took} is not in {from}..{to}");
}

const HALF: &str = "GET /who HTTP/1.1\r\nhost: x\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_or_nothing_is_closed() {
    let server = start(quick(100)).await;
    for begun in ["", HALF] {
        let mut stream = server.send(begun).await;
        within(closed_after(&mut stream).await, 0.5, 2.5);
    }
    // One that drips has no longer.
    let stream = server.send(HALF).await;
    let (mut reading, mut writing) = stream.into_split();
    let drip = tokio::spawn(async move {
        while writing.write_all(b"a: b\r\n").await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    });
    let begin = Instant::now();
    let mut rest = Vec::new();
    let _reset = timeout(Duration::from_secs(10), reading.read_to_end(&mut rest))
        .await
        .unwrap();
    within(begin.elapsed(), 0.5, 2.5);
    drip.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_connection_stays_for_a_while_and_half_a_second_request_does_not() {
    let server = start(quick(100)).await;
    let request = "GET /who HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut idle = server.send(request).await;
    within(closed_after(&mut idle).await, 1.4, 4.0);
    let mut pipelined = server.send(&format!("{request}{HALF}")).await;
    within(closed_after(&mut pipelined).await, 1.4, 4.0);
    let mut again = server.send(request).await;
    sleep(Duration::from_millis(300)).await;
    again.write_all(HALF.as_bytes()).await.unwrap();
    within(closed_after(&mut again).await, 0.5, 2.5);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_take_the_answer_is_cut_off() {
    let server = start(quick(100)).await;
    let deaf = server
        .send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    // It takes nothing; the server's end is gone, and what is left is what was on its way.
    sleep(Duration::from_secs(4)).await;
    let mut deaf = deaf;
    let mut taken = 0;
    let mut buffer = vec![0; 1 << 20];
    let end = async {
        while let Ok(count @ 1..) = deaf.read(&mut buffer).await {
            taken += count;
        }
    };
    timeout(Duration::from_secs(5), end)
        .await
        .expect("it goes on");
    assert!(taken > 0);
    // Who takes it has as much as it likes.
    let mut eager = server
        .send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        assert!(eager.read(&mut buffer).await.unwrap() > 0);
    }
    drop(eager);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn when_it_is_full_half_sent_requests_make_room_and_work_does_not() {
    let server = start(Limits {
        head: Duration::from_secs(30),
        ..quick(8)
    })
    .await;
    let mut half = Vec::new();
    for _ in 0..50 {
        half.push(server.send(HALF).await);
    }
    let begin = Instant::now();
    assert!(server.ask("/who").await.ends_with("127.0.0.1"));
    within(begin.elapsed(), 0.0, 1.0);
    let mut at_work = Vec::new();
    for _ in 0..8 {
        at_work.push(
            server
                .send("GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                .await,
        );
    }
    sleep(Duration::from_millis(300)).await;
    let mut refused = server.connect().await;
    let mut answer = String::new();
    refused.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains(&format!("content-length: {}", body.len())),
        "{answer}"
    );
    for mut stream in at_work {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_for_work_and_not_for_half_a_request() {
    let mut limits = quick(100);
    limits.head = Duration::from_secs(30);
    limits.idle = Duration::from_secs(30);
    let server = start(limits).await;
    let _half = server.send(HALF).await;
    let _nothing = server.connect().await;
    let _idle = server.send("GET /who HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut slow = server.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    sleep(Duration::from_millis(200)).await;
    within(server.stop().await, 1.5, 4.0);
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
}

#[tokio::test]
async fn without_descriptors_room_is_made_and_it_waits_longer_each_time() {
    let mut server = Server::new(Router::new(), quick(100), Metrics::off());
    let now = Instant::now();
    let slots: Vec<_> = (0..40)
        .map(|_| slot(&server.connections, "192.0.2.1", now).unwrap().0)
        .collect();
    let none_left = || Err(io::Error::from_raw_os_error(24));
    let mut pause = None;
    for (milliseconds, cut) in [
        (50, 16),
        (100, 32),
        (200, 40),
        (400, 40),
        (800, 40),
        (1000, 40),
        (1000, 40),
    ] {
        pause = server.accepted(none_left(), pause);
        assert_eq!(pause, Some(Duration::from_millis(milliseconds)));
        let all = server.connections.count();
        assert_eq!(all, 40 - cut);
    }
    assert!(slots.iter().all(is_cut));
    // What concerns one connection only is no reason to wait.
    let reset = Err(io::ErrorKind::ConnectionReset.into());
    assert_eq!(server.accepted(reset, pause), None);
}
