//! The readers to itself, a `pcscd` of its own, a bridge, and a card.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use card_bridge::{
    clock,
    config::{Allowed, Config},
    hub::Hub,
    key::ProgramKey,
    listener::Listener,
    reader::pcsc::PcscReaders,
};
use card_protocol::ChipId;
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use virtual_card::{
    VirtualCard,
    vpcd::{self, Inserted},
};

use crate::{card::Card, page::Page};

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
pub(crate) const READER: &str = "Virtual PCD 00 00";
pub(crate) const PIN: &str = "123456";
/// Whoever uses the readers on this machine holds this lock.
const LOCK: &str = "/tmp/ic-card-pcscd.lock";
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// Fields drop in this order: the lock is given back last.
pub(crate) struct Stand {
    hub: Arc<Hub>,
    bridge: Mutex<Option<JoinHandle<()>>>,
    address: SocketAddr,
    pub(crate) pcscd: Option<Pcscd>,
    pub(crate) card: Card,
    folder: TempDir,
    _lock: File,
}

impl Stand {
    /// A bridge, and `pcscd` too unless it is to come later.
    pub(crate) async fn start(with_pcscd: bool) -> Self {
        let lock = tokio::task::spawn_blocking(|| {
            let lock = File::create(LOCK).unwrap();
            lock.lock().unwrap();
            lock
        });
        let lock = lock.await.unwrap();
        assert!(
            UnixStream::connect(SOCKET).is_err(),
            "a pcscd runs already; this test has to stop and kill its own"
        );
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.allow(Allowed {
            origin: ORIGIN.parse().unwrap(),
            program_key: ProgramKey::new(
                *SigningKey::from_slice(&[7; 32]).unwrap().verifying_key(),
            ),
        });
        config.save(folder.path()).unwrap();
        let card = Card::make(&folder.path().join("card"), ChipId([0x33; 16]));
        let pcscd = with_pcscd.then(Pcscd::start);
        let readers = PcscReaders::start(false, Vec::new()).unwrap();
        let settings = folder.path().to_owned();
        let hub = Hub::new(vec![Arc::new(readers)], settings, clock::system());
        let listener = Listener::bind(Some(0)).await.unwrap();
        let address = listener.address().unwrap();
        let bridge = tokio::spawn(listener.serve(Arc::clone(&hub)));
        Self {
            hub,
            bridge: Mutex::new(Some(bridge)),
            address,
            pcscd,
            card,
            folder,
            _lock: lock,
        }
    }

    /// A page that watches, and what it saw first with the service there or not.
    pub(crate) async fn page(&self, with_service: bool) -> Page {
        let mut page = Page::greet(self.address, ORIGIN).await;
        let first = page.call("watch", json!({})).await.unwrap();
        if first["service"] != with_service {
            page.readers(|readers| readers["service"] == with_service)
                .await;
        }
        page
    }

    /// Ends the bridge and waits until it has let go of everything.
    pub(crate) async fn end_bridge(&self) {
        self.hub.close();
        let bridge = self.bridge.lock().unwrap().take();
        bridge.unwrap().await.unwrap();
    }

    pub(crate) fn insert(&self) -> Inserted {
        let card = VirtualCard::open(self.card_file()).unwrap();
        vpcd::insert(card, ("127.0.0.1", vpcd::PORTS[0])).unwrap()
    }

    fn card_file(&self) -> PathBuf {
        self.folder.path().join("card")
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.hub.close();
    }
}

/// Whether a card is in the reader.
pub(crate) fn has_card(readers: &Value) -> bool {
    slot(readers)["name"] == "card"
}

/// What is in the reader.
pub(crate) fn slot(readers: &Value) -> &Value {
    let readers = readers["readers"].as_array().unwrap();
    let reader = readers.iter().find(|reader| reader["name"] == READER);
    reader.map_or(&Value::Null, |reader| &reader["slot"])
}

/// A `pcscd` that the test started.
pub(crate) struct Pcscd(Child);

impl Pcscd {
    /// Returns when it listens.
    pub(crate) fn start() -> Self {
        let mut child = Command::new("pcscd")
            .args(["--foreground", "--info"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("apt-get install pcscd vsmartcard-vpcd");
        let mut log = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        // It says so after vpcd has opened the ports of its readers.
        let seen: Vec<String> = log
            .by_ref()
            .take_while(|line| !line.ends_with("ready."))
            .collect();
        let pcscd = Self(child);
        let deadline = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(SOCKET).is_err() {
            assert!(
                Instant::now() < deadline,
                "pcscd did not start:\n{}",
                seen.join("\n")
            );
            thread::park_timeout(Duration::from_millis(10));
        }
        // Its log must not fill the pipe. The thread ends with pcscd.
        thread::spawn(move || log.for_each(drop));
        pcscd
    }

    /// As if it had crashed.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        // SIGTERM, so that it takes its socket and pid file away.
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            self.0.kill().unwrap();
        }
        self.0.wait().unwrap();
    }
}
