//! Half an hour of everything at once (15 s of it in the short run): acts, logins, lists,
//! downloads, strangers, and clients that hang up in the middle of a page. Nothing
//! panics, every answer is one that there is, and what the server holds levels off.

use std::{
    fmt::Write as _,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use card_domain::CardId;
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, Person, TestServer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use super::long_or;
use crate::process::{Process, configure};

on_both!(everything_at_once_levels_off);

/// How often it is looked what the server holds.
const LOOKS: u32 = 15;

/// What the server holds.
fn held_by(server: &Process) -> Held {
    let process = format!("/proc/{}", server.id());
    let pages = fs::read_to_string(format!("{process}/statm")).unwrap();
    let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    Held {
        kilobytes: pages * 4,
        descriptors: fs::read_dir(format!("{process}/fd")).unwrap().count(),
        threads: fs::read_dir(format!("{process}/task")).unwrap().count(),
    }
}

/// What a process holds at a moment.
#[derive(Clone, Copy, Debug)]
struct Held {
    kilobytes: u64,
    descriptors: usize,
    threads: usize,
}

/// What is done until it is enough.
#[derive(Clone)]
struct Load {
    origin: String,
    enough: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

impl Load {
    fn goes_on(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        !self.enough.load(Ordering::SeqCst)
    }

    /// A legal person at work: acts, lists, pages, a download, and now and then a logout.
    async fn work(self, legal: Person, card: CardId) {
        while self.goes_on() {
            let browser = legal.log_in(&self.origin).await;
            for round in 0..10 {
                for action in ["freeze", "unfreeze"] {
                    legal.act(&browser, card, action).await.good();
                    self.goes_on();
                }
                for page in ["/manage", "/manage/freeze", "/history"] {
                    get(&browser, page, &[200, 308, 404]).await;
                }
                if round == 5 {
                    get(&browser, "/export/events.csv", &[200, 409, 429]).await;
                }
            }
            browser.call("/api/logout", json!({})).await;
        }
    }

    /// Somebody without a card, who tries.
    async fn try_things(self, stranger: Person) {
        while self.goes_on() {
            let browser = Browser::new(&self.origin);
            browser.challenge().await;
            let token = stranger.token(&self.origin, "made up");
            assert!([400, 401].contains(&browser.log_in(&token).await.status));
            get(&browser, "/login", &[200]).await;
            get(&browser, "/healthz", &[200]).await;
            let seen = json!({ "chip": "00".repeat(16) });
            let reply = browser.call("/api/insertions/seen", seen).await;
            assert!(reply.status < 500, "{}", reply.body);
        }
    }

    /// A client that hangs up before its page is there, or in the middle of it.
    async fn hang_up(self) {
        let address = self.origin.trim_start_matches("http://");
        let mut half = [0; 700];
        while self.goes_on() {
            let Ok(mut stream) = TcpStream::connect(address).await else {
                continue;
            };
            let ask = format!("GET /login HTTP/1.1\r\nHost: {address}\r\n\r\n");
            let _gone = stream.write_all(ask.as_bytes()).await;
            if self.done.load(Ordering::Relaxed).is_multiple_of(2) {
                let _gone = stream.read(&mut half).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn get(browser: &Browser, path: &str, good: &[u16]) {
    let reply = browser.send("GET", path, &[], Vec::new()).await;
    assert!(good.contains(&reply.status), "{path}: {}", reply.status);
}

async fn everything_at_once_levels_off(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let (port, origin) = configure(server.folder.path());
    let mut cards = Vec::new();
    for number in 0..4 {
        cards.push(server.operator(&format!("{number:04}")).await);
    }
    let soaked = Process::start(server.folder.path(), port, &server.url);
    let load = Load {
        origin,
        enough: Arc::default(),
        done: Arc::default(),
    };
    let mut working = JoinSet::new();
    for card in &cards {
        working.spawn(load.clone().work(legal.clone(), card.card));
    }
    working.spawn(load.clone().try_things(cards[0].clone()));
    working.spawn(load.clone().hang_up());

    let time = long_or(Duration::from_secs(15), Duration::from_mins(30));
    let started = Instant::now();
    let (mut held, mut table) = (Vec::new(), String::new());
    for look in 0..=LOOKS {
        while started.elapsed() < time * look / LOOKS {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // Whoever failed says so now, and not in half an hour.
            if let Some(ended) = working.try_join_next() {
                ended.unwrap();
                panic!("somebody stopped working");
            }
        }
        let now = held_by(&soaked);
        let wal = fs::metadata(server.url.trim_start_matches("sqlite:").to_owned() + "-wal");
        let wal = wal.map_or(0, |file| file.len() / 1024);
        let events = server.store.event_count().await.unwrap();
        let _infallible = writeln!(
            table,
            "{:>5} s  {:>7} kB  {:>3} descriptors  {:>3} threads  WAL {wal:>6} kB  {events:>7} \
             events  {:>8} done",
            started.elapsed().as_secs(),
            now.kilobytes,
            now.descriptors,
            now.threads,
            load.done.load(Ordering::Relaxed),
        );
        held.push(now);
    }
    load.enough.store(true, Ordering::SeqCst);
    while let Some(ended) = working.join_next().await {
        ended.unwrap();
    }
    println!("{table}");
    assert_eq!(soaked.said("panicked"), [""; 0]);
    assert_eq!(soaked.errors(), [""; 0]);
    // Past its first third nothing goes on growing.
    let (early, late) = held[1..].split_at(held.len() / 3);
    let most = |held: &[Held]| held.iter().map(|held| held.descriptors).max().unwrap();
    assert!(most(late) <= most(early) + 20, "descriptors leak: {table}");
    let threads = |held: &[Held]| held.iter().map(|held| held.threads).max().unwrap();
    assert!(threads(late) <= threads(early) + 8, "threads leak: {table}");
}
