//! Accepts pages: on the loopback addresses only, a bounded number at a time,
//! and none whose browser names another host than this machine.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use card_protocol::bridge::PORTS;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    handshake::server::{ErrorResponse, Request, Response},
    http::{StatusCode, header},
};

use crate::{hub::Hub, origin::is_loopback_host_header, session, socket::Socket};

/// Most pages at a time.
const MAX_PAGES: usize = 32;
/// A page has to be through with its opening handshake after this.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long sessions may take to let go of their cards at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// The listening sockets.
#[derive(Debug)]
pub struct Listener {
    v4: TcpListener,
    v6: Option<TcpListener>,
}

impl Listener {
    /// Binds the loopback addresses at `port`, or at the first free one of
    /// [`PORTS`]. A machine without IPv6 does without.
    ///
    /// # Errors
    /// When the port, or each of [`PORTS`], is taken.
    pub async fn bind(port: Option<u16>) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        let one = port.map(|port| [port]);
        for port in one.as_ref().map_or(PORTS.as_slice(), <[_; 1]>::as_slice) {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await {
                Ok(v4) => {
                    let port = v4.local_addr()?.port();
                    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await;
                    let v6 = v6.inspect_err(|error| tracing::info!(%error, "not on [::1]"));
                    return Ok(Self { v4, v6: v6.ok() });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Where a page finds the bridge.
    ///
    /// # Errors
    /// When the system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.v4.local_addr()
    }

    /// Serves pages until `hub` is [closed](Hub::close).
    pub async fn serve(self, hub: Arc<Hub>) {
        let permits = Arc::new(Semaphore::new(MAX_PAGES));
        let mut sessions = JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = self.v4.accept() => accepted,
                accepted = accept(self.v6.as_ref()) => accepted,
                Some(_ended) = sessions.join_next() => continue,
                () = hub.closing() => break,
            };
            let stream = match stream {
                Ok((stream, _peer)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "accepting a page");
                    continue;
                }
            };
            let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
                tracing::warn!("more pages than {MAX_PAGES}");
                continue;
            };
            let hub = Arc::clone(&hub);
            sessions.spawn(async move {
                open(stream, hub).await;
                drop(permit);
            });
        }
        let all_ended = async { while sessions.join_next().await.is_some() {} };
        if timeout(FAREWELL, all_ended).await.is_err() {
            tracing::warn!("an operation did not end in time");
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// The opening handshake, then the session. A page of an origin that is not
/// allowed gets through the handshake, because a page learns nothing from one
/// that fails, and is told why in the close frame.
async fn open(stream: TcpStream, hub: Arc<Hub>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a page left at once");
        return;
    }
    let mut origin = None;
    let handshake = tokio_tungstenite::accept_hdr_async(
        stream,
        #[expect(clippy::result_large_err, reason = "tungstenite's signature")]
        |request: &Request, response: Response| {
            check_host(request)?;
            let header = request.headers().get(header::ORIGIN);
            origin = header
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned);
            Ok(response)
        },
    );
    match timeout(HANDSHAKE, handshake).await {
        // The client has sent nothing after the handshake: tungstenite refuses that.
        Ok(Ok(stream)) => session::run(Socket::new(stream.into_inner()), origin, hub).await,
        Ok(Err(error)) => tracing::debug!(%error, "no WebSocket handshake"),
        Err(_late) => tracing::debug!("a handshake took too long"),
    }
}

#[expect(clippy::result_large_err, reason = "tungstenite's signature")]
fn check_host(request: &Request) -> Result<(), ErrorResponse> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if host.is_some_and(is_loopback_host_header) && hosts.next().is_none() {
        return Ok(());
    }
    tracing::warn!(?host, "a foreign name points to this machine");
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = StatusCode::FORBIDDEN;
    Err(refusal)
}
