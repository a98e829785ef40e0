//! A client that sends what it likes.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Host and port of an origin.
pub(super) fn host(origin: &str) -> &str {
    origin.split_once("://").unwrap().1
}

/// A connection on which these bytes were sent.
pub(super) async fn send(origin: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(host(origin)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// The same from a client that takes little at a time.
pub(super) async fn send_narrow(origin: &str, bytes: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(host(origin).parse().unwrap()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// All that comes until the other side closes, or resets.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let all = stream.read_to_end(&mut bytes);
    let _reset = timeout(Duration::from_mins(1), all)
        .await
        .expect("it is never closed");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One request with these lines on a connection of its own, and its answer.
pub(super) async fn ask(origin: &str, request: &str, lines: &[&str]) -> String {
    let lines = [lines, &["connection: close", "", ""]]
        .concat()
        .join("\r\n");
    let request = format!("{request} HTTP/1.1\r\n{lines}");
    rest(&mut send(origin, request.as_bytes()).await).await
}

/// The status of an answer.
pub(super) fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .parse()
        .unwrap_or_default()
}

/// How long something takes.
pub(super) async fn timed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let begin = Instant::now();
    (what.await, begin.elapsed())
}
