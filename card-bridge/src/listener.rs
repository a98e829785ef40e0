//! Accepts pages: on the loopback addresses only, of this user only, a bounded
//! number at a time, and none whose browser names another host than this
//! machine. What is none of the product's is told as little as possible.

mod doorway;
mod handshake;

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
    time::{sleep, timeout},
};

use self::doorway::Doorway;
use crate::{
    config::{Allowed, Config},
    hub::Hub,
    peer::{self, Ends},
    session::{self, Entrance, ORIGIN_NOT_ALLOWED, TOO_MANY_PAGES, Visitor},
    socket::Socket,
};

/// Most pages at a time; how many an origin may have is [less](crate::hub). Who did not
/// shake hands is [none](doorway).
const MAX_PAGES: usize = 128;
/// Most connections of other users that are held, so that their pages can tell.
const MAX_FOREIGN: usize = 16;
/// How long they are held: longer than a page waits for an answer.
const FOREIGN: Duration = Duration::from_secs(10);
/// A page has to be through with its opening handshake after this.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long to wait after a connection could not be accepted, the first time and
/// at most: there may be no descriptor left.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];
/// How long sessions may take to let go of their cards at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// The listening sockets.
#[derive(Debug)]
pub struct Listener {
    v4: TcpListener,
    v6: Option<TcpListener>,
    entrance: Entrance,
}

impl Listener {
    /// Binds the loopback addresses at `port`, or at the first free one of
    /// [`PORTS`]. A machine without IPv6 does without.
    ///
    /// # Errors
    /// When the port, or each of [`PORTS`], is taken.
    pub async fn bind(port: Option<u16>) -> io::Result<Self> {
        match port {
            Some(port) => Self::bind_first(&[port]).await,
            None => Self::bind_first(&PORTS).await,
        }
    }

    /// The same at the first free one of these.
    ///
    /// # Errors
    /// When each of them is taken.
    pub async fn bind_first(ports: &[u16]) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for (tried, port) in ports.iter().enumerate() {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await {
                Ok(v4) => {
                    let own = v4.local_addr()?;
                    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, own.port())).await;
                    let v6 = v6.inspect_err(|error| tracing::info!(%error, "not on [::1]"));
                    let taken = ports.iter().copied().take(tried).collect();
                    let held = held_by_others(taken, own).await.into();
                    let port = own.port();
                    return Ok(Self {
                        v4,
                        v6: v6.ok(),
                        entrance: Entrance { port, held },
                    });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Which ports of those that were taken are another user's, by the system's word.
    /// Pages that ask there first, and know no bridge yet, may take that one for it.
    #[must_use]
    pub fn held(&self) -> &[u16] {
        &self.entrance.held
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
        let places = Places::default();
        let mut sessions = JoinSet::new();
        let mut back_off = BACK_OFF[0];
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
                    tokio::select! {
                        () = sleep(back_off) => {}
                        () = hub.closing() => break,
                    }
                    back_off = BACK_OFF[1].min(back_off * 2);
                    continue;
                }
            };
            back_off = BACK_OFF[0];
            let entrance = self.entrance.clone();
            sessions.spawn(open(stream, places.clone(), Arc::clone(&hub), entrance));
        }
        let all_ended = async { while sessions.join_next().await.is_some() {} };
        if timeout(FAREWELL, all_ended).await.is_err() {
            tracing::warn!("an operation did not end in time");
        }
    }
}

/// Who may be here at a time. Other users have their own places, so that they
/// take none from this one.
#[derive(Clone)]
struct Places {
    doorway: Doorway,
    pages: Arc<Semaphore>,
    foreign: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            doorway: Doorway::default(),
            pages: Arc::new(Semaphore::new(MAX_PAGES)),
            foreign: Arc::new(Semaphore::new(MAX_FOREIGN)),
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Which of these ports another user's program listens at. Where the system does not
/// tell, none.
async fn held_by_others(taken: Vec<u16>, own: SocketAddr) -> Vec<u16> {
    if taken.is_empty() {
        return taken;
    }
    let held = tokio::task::spawn_blocking(move || peer::held_by_others(&taken, own)).await;
    let held = held.map_err(io::Error::other).and_then(|held| held);
    let held = held.unwrap_or_else(|error| {
        tracing::warn!(%error, "whose programs hold the ports before this one");
        Vec::new()
    });
    if !held.is_empty() {
        tracing::warn!(?held, "another user's program holds ports of the bridge");
    }
    held
}

/// Finds out whose the connection is, then serves it.
async fn open(stream: TcpStream, places: Places, hub: Arc<Hub>, entrance: Entrance) {
    if !is_own(&stream).await {
        tokio::select! {
            () = hold(stream, &places.foreign) => {}
            () = hub.closing() => {}
        }
        return;
    }
    let config = hub.config().unwrap_or_else(|error| {
        tracing::error!(%error, "no settings: nobody is allowed");
        Config::default()
    });
    let threshold = places.doorway.enter();
    let entered = tokio::select! {
        entered = enter(stream, &config) => entered,
        () = threshold.displaced() => {
            tracing::debug!("a handshake made room for another one");
            return;
        }
        () = hub.closing() => return,
    };
    let Some((socket, allowed)) = entered else {
        return;
    };
    drop(threshold);
    let place = places.pages.try_acquire();
    if place.is_err() {
        tracing::warn!("more pages than {MAX_PAGES}");
        return session::send_away(socket, TOO_MANY_PAGES).await;
    }
    session::run(socket, allowed, &config, hub, entrance).await;
}

/// Shakes hands; sends away, with the reason, whoever may be told it.
async fn enter(stream: TcpStream, config: &Config) -> Option<(Socket, Allowed)> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a page left at once");
        return None;
    }
    let Ok(shaken) = timeout(HANDSHAKE, handshake::shake(stream, config)).await else {
        tracing::debug!("a handshake took too long");
        return None;
    };
    let (stream, visitor) = shaken?;
    let socket = Socket::new(stream);
    match visitor {
        Visitor::Allowed(allowed) => Some((socket, allowed)),
        Visitor::NotAllowed(origin) => {
            tracing::warn!(origin, "origin not allowed");
            session::send_away(socket, ORIGIN_NOT_ALLOWED).await;
            None
        }
    }
}

/// Whether the other end is this user's, as far as that is certain.
async fn is_own(stream: &TcpStream) -> bool {
    let (Ok(own), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) else {
        return false;
    };
    let ends = Ends { own, peer };
    match tokio::task::spawn_blocking(move || peer::check(&ends)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%peer, %error, "a connection is not served");
            false
        }
        Err(error) => {
            tracing::error!(%error, "whose a connection is was not found out");
            false
        }
    }
}

/// Holds another user's connection without a word. To a page a connection that is
/// closed looks as if nothing listened; one that stays silent does not, and so
/// that user's page can say why it finds no bridge.
async fn hold(stream: TcpStream, places: &Semaphore) {
    let Ok(_place) = places.try_acquire() else {
        return;
    };
    let ends = async {
        let mut ignored = [0; 512];
        loop {
            if stream.readable().await.is_err() {
                return;
            }
            match stream.try_read(&mut ignored) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_gone) => return,
            }
        }
    };
    // Either way it is over.
    let _late = timeout(FOREIGN, ends).await;
}
