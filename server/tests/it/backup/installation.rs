//! An installation as it runs, with a witness file and a configuration; and another
//! place, with nothing in it, where its backup is put back.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use card_domain::CardId;
use event_log::witness::{Witnessed, visit};
use jiff::SignedDuration;
use server::{config::Config, storage::is_empty};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use test_support::{
    database::{NewDatabase, TestDatabase, cluster, roles},
    service::{Browser, Instance, Person, TestServer},
};
use tokio::{process::Command, task::JoinHandle};

const CONFIG: &str = "origins = [\"http://127.0.0.1:1\"]\n";

/// By then a checkpoint is witnessed, on a busy machine.
const WITNESSED: Duration = Duration::from_secs(30);

/// The program over a data folder and a database: exit status, and what it said.
pub(crate) async fn run(folder: &Path, url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    run_with(folder, url, arguments, &[]).await
}

/// The same with more in its environment.
pub(crate) async fn run_with(
    folder: &Path,
    url: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (Option<i32>, String) {
    let output = Command::new("timeout")
        .envs(environment.iter().copied())
        .args(["120", env!("CARGO_BIN_EXE_server"), "--data"])
        .arg(folder)
        .args(arguments)
        .env("IC_CARD_DATABASE_URL", url)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// Where the witness file of an installation is.
fn witnessed(config: &mut Config) {
    config.audit.witness = Some(config.keys.with_file_name("witness.jsonl"));
}

/// The address with which a database is copied: on PostgreSQL that of the role that owns
/// it.
pub(crate) fn owner_s(url: &str) -> String {
    url.replace("//it_service@", "//it_migrator@")
}

/// A running installation.
pub(crate) struct Installation {
    pub(crate) server: TestServer,
    pub(crate) legal: Person,
    /// Whose card nobody works on.
    pub(crate) spare: CardId,
}

impl Installation {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::with(database, witnessed).await;
        fs::write(server.folder.path().join("config.toml"), CONFIG).unwrap();
        let legal = server.legal_person().await;
        server.clock.advance(SignedDuration::from_secs(1));
        Self {
            legal,
            spare: server.operator("9999").await.card,
            server,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.server.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        run(self.folder(), &self.url(), arguments).await
    }

    /// Its address for whoever takes a backup.
    pub(crate) fn url(&self) -> String {
        owner_s(&self.server.url)
    }

    /// Waits until all that was done has its place and is witnessed.
    pub(crate) async fn settle(&self) {
        self.server.all_have_places().await;
        let size = self.server.store.log_head().await.unwrap().size;
        let started = Instant::now();
        while self.witnessed() < size {
            assert!(started.elapsed() < WITNESSED, "{size} are not witnessed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The size of the largest log that was witnessed.
    fn witnessed(&self) -> u64 {
        let (file, mut largest) = (self.folder().join("witness.jsonl"), 0);
        if file.exists() {
            visit(&file, &self.server.keys.audit.public(), |_number, line| {
                if let Witnessed::Good(checkpoint, _) = line {
                    largest = largest.max(checkpoint.size);
                }
            })
            .unwrap();
        }
        largest
    }
}

/// Acts that are done one after the other until it ends.
pub(crate) struct Load {
    pub(crate) done: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    /// One of the pages.
    pub(crate) page: Browser,
    people: Vec<JoinHandle<()>>,
}

impl Load {
    /// Two pages, each with a card of its own.
    pub(crate) async fn begin(here: &Installation) -> Self {
        let load = Self {
            done: Arc::default(),
            is_over: Arc::default(),
            page: here.legal.log_in(here.server.origin()).await,
            people: Vec::new(),
        };
        let mut people = Vec::new();
        for number in ["0001", "0002"] {
            // No two cards are made at the same moment by the same request.
            here.server.clock.advance(SignedDuration::from_secs(1));
            let card = here.server.operator(number).await.card;
            let browser = here.legal.log_in(here.server.origin()).await;
            let (legal, done) = (here.legal.clone(), load.done.clone());
            let is_over = load.is_over.clone();
            people.push(tokio::spawn(async move {
                for act in ["freeze", "unfreeze"].into_iter().cycle() {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    legal.act(&browser, card, act).await.good();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        Self { people, ..load }
    }

    /// How many were done.
    pub(crate) async fn end(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        for person in self.people {
            person.await.unwrap();
        }
        self.done.load(Ordering::Relaxed)
    }
}

/// Another machine: a data folder with a configuration, a database that is empty.
pub(crate) struct Elsewhere {
    folder: TempDir,
    /// For whoever owns it.
    pub(crate) url: String,
    /// For the service.
    service: String,
    /// For whoever verifies.
    verifier: String,
    postgres: Option<NewDatabase>,
}

impl Elsewhere {
    pub(crate) async fn new(database: &TestDatabase, config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(config), CONFIG).unwrap();
        if database.is_sqlite() {
            let file = folder.path().join("back.sqlite");
            let url = format!("sqlite:{}", file.display());
            return Self {
                folder,
                service: url.clone(),
                verifier: url.clone(),
                url,
                postgres: None,
            };
        }
        let postgres = NewDatabase::empty(&cluster().unwrap()).await;
        Self {
            folder,
            url: postgres.migrator.clone(),
            service: postgres.service.clone(),
            verifier: postgres.verifier.clone(),
            postgres: Some(postgres),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        run(self.folder(), &self.url, arguments).await
    }

    /// Changes what is there past the server.
    pub(crate) async fn forge(&self, statement: &'static str) {
        if self.postgres.is_some() {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            connection.execute(statement).await.unwrap();
            return connection.close().await.unwrap();
        }
        let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
        connection.execute(statement).await.unwrap();
        connection.close().await.unwrap();
    }

    /// `server audit verify` as whoever verifies.
    pub(crate) async fn verify(&self, arguments: &[&str]) -> (Option<i32>, String) {
        if let Some(postgres) = &self.postgres {
            postgres.grant(&cluster().unwrap(), &roles()).await;
        }
        let verify = [&["audit", "verify"], arguments].concat();
        run(self.folder(), &self.verifier, &verify).await
    }

    /// Whether no database was made.
    pub(crate) async fn is_empty(&self) -> bool {
        is_empty(&server::config::Database::at(&self.url))
            .await
            .unwrap()
    }

    /// The keys were kept apart, and are brought.
    pub(crate) fn take_keys(&self, here: &Installation) {
        let keys = self.path("keys");
        fs::create_dir(&keys).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).unwrap();
        for entry in fs::read_dir(here.folder().join("keys")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), keys.join(entry.file_name())).unwrap();
        }
    }

    /// A server over what was put back.
    pub(crate) async fn start(&self, here: &Installation) -> Instance {
        let clock = here.server.clock.clone();
        Instance::start(&self.service, self.path("keys"), clock, witnessed).await
    }

    pub(crate) async fn end(self) {
        if let Some(postgres) = self.postgres {
            postgres.remove(&cluster().unwrap()).await;
        }
    }
}
