//! Connections, and an end to every wait for the other side of one: for a request's
//! head, for the next request, for a client that does not take its answer. A request's
//! body has its limit in `http::middleware`, which can still answer.
//!
//! hyper speaks HTTP (1.1: what speaks more is in front) and ends what is idle; the
//! rest is looked at twice a second, from what each connection notes of itself.

mod connection;
mod connections;
mod limits;
mod watched;

#[cfg(test)]
mod tests;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use app::text::errors::TOO_MANY_CONNECTIONS;
use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};
use tower::ServiceExt as _;

use self::{
    connection::Overdue,
    connections::{Admission, Connections, Slot},
    limits::HEAD_AT_A_STOP,
    watched::{Received, Sent, Watched},
};
use crate::{
    metrics::{Limit, Metrics},
    timer,
};

pub(crate) use limits::Limits;

/// How often it is looked for what takes too long.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long accepting waits when the system has nothing left for a connection; longer
/// each time, up to the last.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// So many connections make room then: whoever waits to be accepted stands behind all
/// who came before.
const ROOM_AT_EXHAUSTION: usize = 16;

/// The longest head of a request in bytes, and what is kept of an answer.
const BUFFER: usize = 64 * 1024;

/// Said to a connection for which there is no room.
fn full() -> String {
    let words = TOO_MANY_CONNECTIONS;
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{words}",
        words.len()
    )
}

/// Serves until `stop` is ready, then finishes what is under way: idle connections are
/// closed, half-sent requests have two seconds. What is dropped with this is cut.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    metrics: Metrics,
    stop: impl Future<Output = ()>,
) {
    let mut server = Server::new(router, limits, metrics);
    let mut pause = None;
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            if let Some(pause) = pause {
                sleep(pause).await;
            }
            listener.accept().await
        };
        tokio::select! {
            () = &mut stop => break,
            accepted = accepted => pause = server.accepted(accepted, pause),
            () = server.look() => {}
        }
    }
    // Whoever comes now goes to another instance.
    drop(listener);
    server.finish().await;
}

struct Server {
    router: Router,
    protocol: http1::Builder,
    connections: Arc<Connections>,
    metrics: Metrics,
    tasks: JoinSet<()>,
    timer: tokio::time::Interval,
    stopping: watch::Sender<bool>,
}

impl Server {
    fn new(router: Router, limits: Limits, metrics: Metrics) -> Self {
        let mut protocol = http1::Builder::new();
        protocol
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(BUFFER);
        Self {
            router,
            protocol,
            connections: Connections::new(limits),
            metrics,
            tasks: JoinSet::new(),
            timer: timer::every(LOOK_EVERY),
            stopping: watch::Sender::new(false),
        }
    }

    /// Takes a connection, or waits before the next try: gives for how long.
    fn accepted(
        &mut self,
        accepted: io::Result<(TcpStream, SocketAddr)>,
        paused: Option<Duration>,
    ) -> Option<Duration> {
        match accepted {
            Ok((stream, peer)) => {
                self.begin(stream, peer);
                None
            }
            Err(error) if is_of_one_connection(&error) => None,
            Err(error) => {
                // No descriptors, no memory: it does not get better by trying at once.
                let made_room = self
                    .connections
                    .make_room(ROOM_AT_EXHAUSTION, Instant::now());
                tracing::error!(%error, made_room, "no connection can be taken");
                let [shortest, longest] = PAUSES;
                Some(paused.map_or(shortest, |pause| (pause * 2).min(longest)))
            }
        }
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) {
        let admission = self.connections.admit(peer.ip(), Instant::now());
        if !matches!(admission, Admission::Admitted(_, false)) {
            self.metrics.limited(Limit::Connections);
            tracing::warn!(
                peer = %peer.ip(), refused = matches!(admission, Admission::Full),
                "too many connections: what is of least use makes room"
            );
        }
        let Admission::Admitted(slot, _) = admission else {
            // As far as it goes at once: nobody is waited for here.
            let _as_much_as_fits = stream.try_write(full().as_bytes());
            return;
        };
        // Answers are written whole; waiting for more to send with them only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a socket without TCP_NODELAY");
        }
        let connection = run(
            stream,
            peer,
            slot,
            self.protocol.clone(),
            self.router.clone(),
            self.stopping.subscribe(),
        );
        self.tasks.spawn(connection);
    }

    /// Waits for the next look, or for a connection that ended.
    async fn look(&mut self) {
        tokio::select! {
            Some(_ended) = self.tasks.join_next() => {}
            _ = self.timer.tick() => self.cut_overdue(self.connections.limits()),
        }
    }

    fn cut_overdue(&self, limits: &Limits) {
        for overdue in self.connections.cut_overdue(Instant::now(), limits) {
            self.metrics.limited(match overdue {
                Overdue::Head => Limit::HeadTime,
                Overdue::Write => Limit::WriteTime,
            });
        }
    }

    /// Waits until every connection has ended.
    async fn finish(mut self) {
        self.stopping.send_replace(true);
        let mut limits = self.connections.limits().clone();
        limits.head = limits.head.min(HEAD_AT_A_STOP);
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => {
                    if ended.is_none() {
                        break;
                    }
                }
                _ = self.timer.tick() => self.cut_overdue(&limits),
            }
        }
    }
}

/// Whether only the connection that was to be accepted is concerned.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Serves one connection to its end.
async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    slot: Slot,
    protocol: http1::Builder,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    let connection = &slot.connection;
    let service = service_fn(|request: Request<Incoming>| {
        let (router, connection) = (router.clone(), connection.clone());
        async move {
            let mut request = request.map(|body| Received::new(body, connection.clone()));
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.oneshot(request).await?;
            Ok::<_, Infallible>(answer.map(|body| Sent::new(body, connection)))
        }
    });
    let io = TokioIo::new(Watched::new(stream, connection.clone()));
    let mut served = std::pin::pin!(protocol.serve_connection(io, service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                }
                break;
            }
            () = connection.is_cut() => break,
            _ = stopping.wait_for(|stopping| *stopping), if !is_stopping => {
                is_stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
