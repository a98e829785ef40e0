//! The bridge as its user's device for a long time: cards that come and go, a service
//! that is started anew, pages that open and close. It is the program itself, whose
//! descriptors, threads and memory are as many afterwards as before.
//! `IC_CARD_FAULTS=long` has a thousand of them.

use std::{
    ffi::CString,
    fmt,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use ::pcsc::{Context, ReaderState, Scope, State};
use card_bridge::{
    clock,
    config::{Allowed, Config},
};
use card_protocol::ChipId;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::{
    bridge::{
        CERTIFICATE, CardFixture, Page, ServerSigner,
        readers::{has_card, is_empty, slot},
        session_of,
    },
    length::long_or,
    pcscd::{PcscFixture, READER_0 as READER, wait_until},
};
use tokio::time::timeout;
use virtual_card::{VirtualCard, vpcd};

use crate::fixture::{ORIGIN, server};

/// Memory that may be more than before: what the allocator keeps.
const SLACK: u64 = 6 * 1024;

/// The program, ended with this.
struct Bridge {
    child: Child,
    address: SocketAddr,
    /// From the program's start until it said where it listens.
    ready_after: Duration,
    _settings: TempDir,
}

impl Bridge {
    fn start() -> Self {
        let settings = TempDir::new().unwrap();
        let mut config = Config::default();
        config.allow(Allowed {
            origin: ORIGIN.parse().unwrap(),
            program_key: server().public_key(),
            enrol_key: None,
        });
        config.save(settings.path()).unwrap();
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_card-bridge"))
            .args(["--json", "run", "--port", "0", "--allow-config"])
            .arg(settings.path())
            .arg("--state")
            .arg(settings.path().join("state"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let ready_after = started.elapsed();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap();
        let address = address.strip_prefix("ws://").unwrap().parse().unwrap();
        Self {
            child,
            address,
            ready_after,
            _settings: settings,
        }
    }

    async fn page(&self) -> Page {
        Page::enter(self.address, &server_now(), session_of(CERTIFICATE)).await
    }

    fn holds(&self) -> Holds {
        let count = |what: &str| {
            let entries = std::fs::read_dir(format!("/proc/{}/{what}", self.child.id()));
            entries.unwrap().count()
        };
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.unwrap().trim().trim_end_matches(" kB");
        Holds {
            descriptors: count("fd"),
            threads: count("task"),
            memory: memory.parse().unwrap(),
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn server_now() -> ServerSigner {
    ServerSigner {
        now: clock::system()().as_second(),
        ..server()
    }
}

/// A grant ends in minutes, and a page brings a new one before.
async fn bring_a_new_grant(page: &mut Page) {
    let nonce = page.nonce().await;
    let grant = server_now().signed_grant(&nonce, session_of(CERTIFICATE));
    page.present(&grant).await.unwrap();
}

/// What a process has.
#[derive(Debug)]
struct Holds {
    descriptors: usize,
    threads: usize,
    /// In KiB.
    memory: u64,
}

/// Times, the shortest first.
struct Times(Vec<Duration>);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |percent: usize| self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)];
        write!(f, "p50 {:?}, p99 {:?}, most {:?}", at(50), at(99), at(100))
    }
}

/// Another program that waits for the same events: when it saw a card come or go. It
/// ends when nobody asks any more.
fn observer() -> mpsc::Receiver<(bool, Instant)> {
    let (tell, seen) = mpsc::channel();
    thread::spawn(move || {
        let context = Context::establish(Scope::User).unwrap();
        let mut states = [ReaderState::new(
            CString::new(READER).unwrap(),
            State::UNAWARE,
        )];
        let mut was = None;
        loop {
            let changed = context.get_status_change(Duration::from_secs(1), &mut states);
            let is = states[0].event_state().contains(State::PRESENT);
            states[0].sync_current_state();
            let news = changed.is_ok() && was.replace(is) != Some(is);
            if news && tell.send((is, Instant::now())).is_err() {
                return;
            }
        }
    });
    seen
}

/// Waits until this program sees a card, or none.
fn seen(observer: &mpsc::Receiver<(bool, Instant)>, wanted: bool) -> Instant {
    loop {
        let (is, at) = observer.recv_timeout(Duration::from_secs(30)).unwrap();
        if is == wanted {
            return at;
        }
    }
}

async fn told(page: &mut Page, wanted: bool) -> (Value, Instant) {
    let is_wanted = if wanted { has_card } else { is_empty };
    let told = page.readers(is_wanted);
    let readers = timeout(Duration::from_secs(30), told).await.unwrap();
    (readers, Instant::now())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_that_is_used_for_long_holds_no_more_than_before() {
    let (insertions, restarts, connections) = long_or((4, 1, 150), (1000, 100, 10_000));
    let pcsc = tokio::task::spawn_blocking(PcscFixture::with_service);
    let mut pcsc = pcsc.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    CardFixture::make(&file, ChipId([0x33; 16]));
    let insert = |pcsc: &PcscFixture| {
        let card = VirtualCard::open(file.clone()).unwrap();
        vpcd::insert(card, ("127.0.0.1", pcsc.port(0))).unwrap()
    };
    let bridge = Bridge::start();
    println!("ready {:?} after its start", bridge.ready_after);
    let mut page = bridge.page().await;
    page.watch(|readers| readers["service"] == true).await;
    // What is made once is there.
    let inserted = insert(&pcsc);
    told(&mut page, true).await;
    let identify = json!({ "reader": READER });
    page.call("identify", identify.clone()).await.unwrap();
    inserted.pull().unwrap();
    told(&mut page, false).await;
    let before = bridge.holds();

    let other = observer();
    let (mut came, mut went, mut last) = (Vec::new(), Vec::new(), 0);
    for round in 0..insertions {
        let inserted = insert(&pcsc);
        let (readers, at) = told(&mut page, true).await;
        came.push(at.saturating_duration_since(seen(&other, true)));
        let insertion = slot(&readers)["insertion"].as_u64().unwrap();
        assert!(insertion > last, "round {round}: {readers}");
        last = insertion;
        if round % 10 == 0 {
            bring_a_new_grant(&mut page).await;
            page.call("identify", identify.clone()).await.unwrap();
        }
        inserted.pull().unwrap();
        let (_, at) = told(&mut page, false).await;
        went.push(at.saturating_duration_since(seen(&other, false)));
    }
    drop(other);
    came.sort_unstable();
    went.sort_unstable();
    println!(
        "{insertions} insertions, told after another program: {}",
        Times(came)
    );
    println!(
        "{insertions} removals, told after another program: {}",
        Times(went)
    );
    println!("{:?}, before {before:?}", bridge.holds());

    for _ in 0..restarts {
        bring_a_new_grant(&mut page).await;
        pcsc.kill_service();
        page.readers(|readers| readers["service"] == false).await;
        pcsc.start_service();
        page.readers(|readers| readers["service"] == true).await;
    }
    println!("{restarts} restarts of pcscd: {:?}", bridge.holds());

    for round in 0..connections {
        if round % 100 == 0 {
            bring_a_new_grant(&mut page).await;
        }
        if round % 2 == 0 {
            bridge.page().await.close().await;
        } else {
            // Gone without a word, at whatever point it was.
            drop(Page::greet(bridge.address, ORIGIN).await);
        }
    }
    // Nothing is stuck: the first page still has its events, a new one its card.
    let inserted = insert(&pcsc);
    told(&mut page, true).await;
    let mut new = bridge.page().await;
    new.watch(has_card).await;
    new.call("identify", identify).await.unwrap();
    new.close().await;
    inserted.pull().unwrap();
    told(&mut page, false).await;
    let is_as_before = || {
        let after = bridge.holds();
        after.descriptors <= before.descriptors && after.threads <= before.threads
    };
    let ended = wait_until(is_as_before);
    let after = bridge.holds();
    println!("{connections} connections: {after:?}");
    assert!(ended, "{after:?}, before {before:?}");
    assert!(
        after.memory < before.memory + SLACK,
        "{after:?}, before {before:?}"
    );
}
