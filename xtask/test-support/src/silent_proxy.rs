//! A way between two machines that falls silent, as a firewall or a balancer that
//! forgot a connection: nothing arrives any more, and nobody says so.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// A proxy for TCP, on a free port of the loopback interface, until it is dropped.
pub struct SilentProxy {
    address: SocketAddr,
    way: Arc<Way>,
    target: Arc<Mutex<String>>,
    accepting: JoinHandle<()>,
}

/// What passes.
#[derive(Default)]
struct Way {
    /// Connections that were opened.
    opened: AtomicU64,
    /// Those up to this one are silent for ever.
    silent: AtomicU64,
    /// For now, so are all others.
    is_silent: AtomicBool,
}

impl Way {
    fn is_silent(&self, number: u64) -> bool {
        self.is_silent.load(Ordering::SeqCst) || number <= self.silent.load(Ordering::SeqCst)
    }
}

impl SilentProxy {
    /// A way to `target`, for example `127.0.0.1:5432`.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = Arc::new(Way::default());
        let target = Arc::new(Mutex::new(target.to_owned()));
        let (passing, leads) = (Arc::clone(&way), Arc::clone(&target));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = passing.opened.fetch_add(1, Ordering::SeqCst) + 1;
                let (way, target) = (Arc::clone(&passing), leads.lock().unwrap().clone());
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(target).await else {
                        return;
                    };
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    tokio::join!(
                        pass(from_client, to_server, &way, number),
                        pass(from_server, to_client, &way, number),
                    );
                });
            }
        });
        Self {
            address,
            way,
            target,
            accepting,
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a database, by this way.
    pub fn url(&self, url: &str) -> String {
        let (before, rest) = url.split_once('@').unwrap();
        let (_host, path) = rest.split_once('/').unwrap();
        format!("{before}@{}/{path}", self.address)
    }

    /// What connects from now on gets to another target.
    pub fn lead_to(&self, target: &str) {
        target.clone_into(&mut self.target.lock().unwrap());
    }

    /// The connections that are open now say nothing any more, for ever; others do.
    pub fn silence(&self) {
        let opened = self.way.opened.load(Ordering::SeqCst);
        self.way.silent.fetch_max(opened, Ordering::SeqCst);
    }

    /// Nothing passes, on new connections neither, until it is said otherwise.
    pub fn silence_all(&self, is_silent: bool) {
        self.silence();
        self.way.is_silent.store(is_silent, Ordering::SeqCst);
    }
}

impl Drop for SilentProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What comes from one side goes to the other one, or nowhere.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: &Way, number: u64) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            // Its end is not told either.
            if way.is_silent(number) {
                std::future::pending::<()>().await;
            }
            return;
        };
        if way.is_silent(number) {
            continue;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
