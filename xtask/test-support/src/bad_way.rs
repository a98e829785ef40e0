//! A way between two machines that is bad: it falls silent as a firewall or a balancer
//! that forgot a connection does, it is long or narrow, it is cut, or it loses answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// A proxy for TCP, on a free port of the loopback interface, until it is dropped.
pub struct BadWay {
    address: SocketAddr,
    way: Arc<Way>,
    target: Arc<Mutex<String>>,
    accepting: JoinHandle<()>,
}

/// What passes, and how.
#[derive(Default)]
struct Way {
    /// Connections that were opened.
    opened: AtomicU64,
    /// Those up to this one are silent for ever.
    silent: AtomicU64,
    /// For now, so are all others.
    is_silent: AtomicBool,
    /// All that passes is so much later, in microseconds.
    delay: AtomicU64,
    /// Bytes that pass in a second at most; 0 is no limit.
    width: AtomicU64,
    /// So many answers more get lost, each with its connection.
    lost_answers: AtomicU32,
    /// Changes when all that are open are cut.
    cut: watch::Sender<()>,
}

impl Way {
    fn is_silent(&self, number: u64) -> bool {
        self.is_silent.load(Ordering::SeqCst) || number <= self.silent.load(Ordering::SeqCst)
    }

    /// Whether this answer gets lost.
    fn loses_answer(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        let taken = self
            .lost_answers
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken.is_ok()
    }

    /// The time that so many bytes take.
    fn time_for(&self, count: usize) -> Duration {
        let delay = Duration::from_micros(self.delay.load(Ordering::SeqCst));
        let width = self.width.load(Ordering::SeqCst);
        match (count as u64 * 1_000_000).checked_div(width) {
            Some(micros) => delay + Duration::from_micros(micros),
            None => delay,
        }
    }
}

impl BadWay {
    /// A way to `target`, for example `127.0.0.1:5432`, which is good until it is said
    /// otherwise.
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
                let mut cut = way.cut.subscribe();
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(target).await else {
                        return;
                    };
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    // A side that ends leaves the other one as it is, until it ends, too.
                    let both = async {
                        tokio::try_join!(
                            pass(from_client, to_server, &way, number, Side::Client),
                            pass(from_server, to_client, &way, number, Side::Server),
                        )
                    };
                    tokio::select! {
                        _ended = both => {}
                        _cut = cut.changed() => {}
                    }
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

    /// What passes from now on comes so much later.
    pub fn delay(&self, delay: Duration) {
        let micros = u64::try_from(delay.as_micros()).unwrap();
        self.way.delay.store(micros, Ordering::SeqCst);
    }

    /// So many bytes pass in a second at most; 0 is no limit.
    pub fn narrow(&self, bytes_a_second: u64) {
        self.way.width.store(bytes_a_second, Ordering::SeqCst);
    }

    /// All connections that are open now are cut.
    pub fn cut(&self) {
        self.way.cut.send_replace(());
    }

    /// The next so many answers get lost, each with its connection.
    pub fn lose_answers(&self, count: u32) {
        self.way.lost_answers.store(count, Ordering::SeqCst);
    }
}

impl Drop for BadWay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Whose words pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// An answer got lost.
struct Lost;

/// What comes from one side goes to the other one, or nowhere.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: &Way,
    number: u64,
    side: Side,
) -> Result<(), Lost> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            // Its end is not told either.
            if way.is_silent(number) {
                std::future::pending::<()>().await;
            }
            return Ok(());
        };
        if way.is_silent(number) {
            continue;
        }
        if side == Side::Server && way.loses_answer() {
            return Err(Lost);
        }
        let time = way.time_for(count);
        if time > Duration::ZERO {
            tokio::time::sleep(time).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return Ok(());
        }
    }
}
