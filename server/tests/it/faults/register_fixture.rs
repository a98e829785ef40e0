//! A register with people and cards in it, and no server: those are processes, and fail.

use std::path::{Path, PathBuf};

use card_domain::{CardId, EnterpriseId};
use event_log::{certificate::TrustAnchors, verify::Options};
use server::{
    clock::{Clock as _, SystemClock},
    config::Database,
    keys::files::KeyRing,
    storage::{self, SharedStore},
};
use tempfile::TempDir;
use test_support::{
    daemon::free_port,
    database::TestDatabase,
    service::{Person, TestServer},
};

use super::workers::{Acknowledged, Workers};
use crate::{
    audit::log_fixture::{check, sentences},
    process::Process,
};

/// The register.
pub(super) struct RegisterFixture {
    pub(super) legal: Person,
    pub(super) cards: Vec<CardId>,
    pub(super) folder: TempDir,
    pub(super) url: String,
    store: SharedStore,
    keys: KeyRing,
    enterprise: EnterpriseId,
}

/// Where a server is found, and what it is started with.
pub(super) struct ServerFixture {
    pub(super) origin: String,
    port: u16,
    config: PathBuf,
    pub(super) witness: PathBuf,
}

impl RegisterFixture {
    /// One with so many operators' cards.
    pub(super) async fn new(database: &TestDatabase, cards: usize) -> Self {
        let server = TestServer::new(database).await;
        // The processes have the system's clock, and so have the certificates.
        server.clock.set(SystemClock.now());
        let legal = server.legal_person().await;
        let mut made = Vec::new();
        for number in 0..cards {
            made.push(server.operator(&format!("{number:04}")).await.card);
        }
        let TestServer {
            store,
            keys,
            enterprise,
            folder,
            url,
            instance,
            ..
        } = server;
        instance.stop().await;
        Self {
            legal,
            cards: made,
            folder,
            url,
            store,
            keys,
            enterprise,
        }
    }

    /// One whose server is started, and whose cards have clients at work there. The
    /// witness file is in that folder, else beside the register's.
    pub(super) async fn at_work(
        database: &TestDatabase,
        cards: usize,
        witnesses: Option<&Path>,
    ) -> (Self, ServerFixture, Process, Workers) {
        let register = Self::new(database, cards).await;
        let server = register.server(witnesses.unwrap_or(register.folder.path()));
        let process = register.start(&server);
        let workers = register.work(&server, &register.cards);
        (register, server, process, workers)
    }

    /// A server of its own, with its witness file in this folder.
    pub(super) fn server(&self, witnesses: &Path) -> ServerFixture {
        let port = free_port();
        let origin = format!("http://127.0.0.1:{port}");
        let witness = witnesses.join(format!("witness-{port}.jsonl"));
        let config = self.folder.path().join(format!("{port}.toml"));
        let text = format!(
            "origins = [\"{origin}\"]\n[http]\nlogins_per_minute = 10000\n[audit]\nwitness = \
             \"{}\"\n",
            witness.display()
        );
        std::fs::write(&config, text).unwrap();
        ServerFixture {
            origin,
            port,
            config,
            witness,
        }
    }

    /// Starts a server.
    pub(super) fn start(&self, server: &ServerFixture) -> Process {
        let config = [("IC_CARD_CONFIG", &server.config)];
        Process::start_with(self.folder.path(), server.port, &self.url, config)
    }

    /// Clients at work there, with these cards.
    pub(super) fn work(&self, server: &ServerFixture, cards: &[CardId]) -> Workers {
        Workers::begin(&self.legal, &server.origin, cards, &self.store)
    }

    /// Nothing that was acknowledged is lost, and a verification against these witness
    /// files finds nothing.
    pub(super) async fn is_whole(&self, acknowledged: &Acknowledged, witnesses: Vec<PathBuf>) {
        for (card, acts) in acknowledged {
            let mut events = Vec::new();
            loop {
                let before = events.last().copied();
                let page = self
                    .store
                    .events(self.enterprise, Some(*card), before, 200)
                    .await
                    .unwrap();
                if page.is_empty() {
                    break;
                }
                events.extend(page.iter().map(|event| event.seq));
            }
            for act in acts {
                assert!(events.contains(act), "{card}: {act} was acknowledged");
            }
        }
        assert_eq!(self.findings(witnesses).await, [""; 0]);
    }

    async fn findings(&self, witnesses: Vec<PathBuf>) -> Vec<String> {
        let pem = std::fs::read(self.folder.path().join("keys/ca.cert.pem")).unwrap();
        let options = Options {
            anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
            witnesses,
            now: Some(SystemClock.now()),
            ..Options::of(self.keys.audit.public())
        };
        let store = storage::open_to_read(&Database::at(&self.url))
            .await
            .unwrap();
        let report = check(&store, &options).await;
        store.close().await;
        sentences(&report)
    }
}
