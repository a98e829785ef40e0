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

use super::{
    process::Process,
    workers::{Book, Workers},
};
use crate::audit::log_fixture::{check, sentences};

/// The register.
pub(super) struct Ground {
    pub(super) legal: Person,
    pub(super) cards: Vec<CardId>,
    pub(super) folder: TempDir,
    pub(super) url: String,
    store: SharedStore,
    keys: KeyRing,
    enterprise: EnterpriseId,
}

/// Where a server is found, and what it is started with.
pub(super) struct Place {
    pub(super) origin: String,
    port: u16,
    config: PathBuf,
    pub(super) witness: PathBuf,
}

impl Ground {
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

    /// A place for a server, with its own witness file in this folder. Whoever is asked
    /// for under one of these origins, too, is it.
    pub(super) fn place(&self, witnesses: &Path) -> Place {
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
        Place {
            origin,
            port,
            config,
            witness,
        }
    }

    /// Starts a server there.
    pub(super) fn start(&self, place: &Place) -> Process {
        let config = place.config.to_str().unwrap();
        let config = [("IC_CARD_CONFIG", config)];
        Process::start_with(self.folder.path(), place.port, &self.url, &config)
    }

    /// Clients at work there, with these cards.
    pub(super) fn work(&self, place: &Place, cards: &[CardId]) -> Workers {
        Workers::begin(&self.legal, &place.origin, cards)
    }

    /// Nothing that was acknowledged is lost.
    pub(super) async fn keeps(&self, book: &Book) {
        for (card, acts) in book {
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
    }

    /// What a verification finds, against these witness files.
    pub(super) async fn findings(&self, witnesses: Vec<PathBuf>) -> Vec<String> {
        let pem = std::fs::read(self.folder.path().join("keys/ca.cert.pem")).unwrap();
        let options = Options {
            keys: self.keys.audit.public(),
            anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
            witnesses,
            archives: Vec::new(),
            signatures: true,
            now: Some(SystemClock.now()),
        };
        let store = storage::open_to_read(&Database::at(&self.url))
            .await
            .unwrap();
        let report = check(&store, &options).await;
        store.close().await;
        sentences(&report)
    }
}
