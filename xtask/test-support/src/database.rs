//! A database of its own for each test: a file, or a database of the
//! throw-away cluster at `TEST_POSTGRES_URL`.

mod roles;

use std::future::Future;

use card_domain::Reason;
use event_log::{EventFacts, body::Body};
use server::{
    config::{self, Pooler},
    storage::{self, SharedStore},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::pooler::PgBouncer;

/// Runs each test on both databases.
#[macro_export]
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::database::on_sqlite(super::$test).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::database::on_postgres(super::$test).await;
            })*
        }
    };
}

/// Runs each test on PostgreSQL behind a pooler.
#[macro_export]
macro_rules! on_pooler {
    ($($test:ident),* $(,)?) => {
        mod pooler {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::database::on_pooler(super::$test).await;
            })*
        }
    };
}
pub use crate::{on_both, on_pooler};
pub use roles::{NewDatabase, roles};

/// The address of the cluster, as its superuser.
const CLUSTER: &str = "TEST_POSTGRES_URL";

/// Leaves PostgreSQL out, on purpose.
const ONLY_SQLITE: &str = "IC_CARD_ONLY_SQLITE";

/// A store, and the way around it.
pub struct TestDatabase {
    /// The store over it.
    pub store: SharedStore,
    /// Its address, as the service has it.
    pub url: String,
    /// The same for whoever may do everything to it.
    pub admin_url: String,
    /// What lies between the service and it.
    pub pooler: Option<Pooler>,
}

impl TestDatabase {
    /// Another instance of the service on the same database.
    pub async fn another(&self) -> SharedStore {
        storage::open(&self.address()).await.unwrap()
    }

    /// How the service reaches it.
    pub fn address(&self) -> config::Database {
        config::Database {
            pooler: self.pooler,
            ..config::Database::at(&self.url)
        }
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Bytes as its SQL writes them.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let hex = card_protocol::hex::encode(bytes);
        if self.is_sqlite() {
            format!("x'{hex}'")
        } else {
            format!("'\\x{hex}'::bytea")
        }
    }

    /// A key as its SQL writes it.
    pub fn uuid(&self, id: Uuid) -> String {
        if self.is_sqlite() {
            format!("x'{}'", id.simple())
        } else {
            format!("'{id}'::uuid")
        }
    }

    /// The body of an event, read behind the store's back.
    pub async fn body(&self, seq: i64) -> Vec<u8> {
        let mut bodies = self.bodies(&format!("seq = {seq}")).await;
        bodies.remove(0)
    }

    /// The bodies of events, read behind the store's back.
    pub async fn bodies(&self, clause: &str) -> Vec<Vec<u8>> {
        let sql = format!("SELECT body FROM events WHERE {clause} ORDER BY seq");
        let sql = AssertSqlSafe(sql);
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let bodies = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
            bodies.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.admin_url).await.unwrap();
            let bodies = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
            bodies.unwrap()
        }
    }

    /// Whoever refused something, or gave it up, wrote the code of its reason.
    async fn every_refusal_has_its_reason(&self) {
        for body in self.bodies("outcome <> 'done'").await {
            let body = Body::decode(&body).unwrap();
            let reason = EventFacts::read(body.facts).reason;
            assert!(
                reason.is_some_and(|reason| reason != Reason::Other),
                "an event without its reason: {:?}",
                body.detail
            );
        }
    }

    /// How many refusals of nobody are counted and in no event yet, by their act
    /// and reason.
    pub async fn unproven(&self) -> std::collections::BTreeMap<(String, String), i64> {
        let sql = "SELECT act, reason, refusals FROM unproven_refusals";
        let rows: Vec<(String, String, i64)> = if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await
        } else {
            let mut connection = PgConnection::connect(&self.admin_url).await.unwrap();
            sqlx::query_as(sql).fetch_all(&mut connection).await
        }
        .unwrap();
        let mut counted = std::collections::BTreeMap::new();
        for (act, reason, refusals) in rows {
            *counted.entry((act, reason)).or_default() += refusals;
        }
        counted
    }

    /// Runs a statement behind the store's back.
    ///
    /// # Errors
    /// What the database says.
    pub async fn raw(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(String::from(sql));
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await?;
            Ok(connection.execute(sql).await?.rows_affected())
        } else {
            let mut connection = PgConnection::connect(&self.admin_url).await?;
            Ok(connection.execute(sql).await?.rows_affected())
        }
    }
}

/// The address of the cluster, as its superuser; `None` where PostgreSQL is left out.
pub fn cluster() -> Option<String> {
    if std::env::var(ONLY_SQLITE).is_ok_and(|value| value == "1") {
        eprintln!("{ONLY_SQLITE}=1: not run on PostgreSQL");
        return None;
    }
    let cluster = std::env::var(CLUSTER);
    assert!(
        cluster.is_ok(),
        "{CLUSTER} is not set: `cargo xtask test it` starts a PostgreSQL and sets it \
         ({ONLY_SQLITE}=1 leaves PostgreSQL out)"
    );
    cluster.ok()
}

/// The tables of a database are made or brought up to date, and it is opened.
pub async fn migrated(url: &str) -> SharedStore {
    let database = config::Database::at(url);
    storage::migrate(&database).await.unwrap();
    storage::open(&database).await.unwrap()
}

/// Opens a database that has its tables.
pub async fn open(url: &str) -> SharedStore {
    storage::open(&config::Database::at(url)).await.unwrap()
}

/// Runs a test on a new SQLite file.
pub async fn on_sqlite<F: AsyncFnOnce(TestDatabase)>(test: F) {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("register.db").display());
    storage::migrate(&config::Database::at(&url)).await.unwrap();
    run(test, url.clone(), url, None).await;
}

/// Runs a test on a new database of the cluster, whose tables one role made and which
/// another one serves.
pub async fn on_postgres<F: AsyncFnOnce(TestDatabase)>(test: F) {
    if let Some(cluster) = cluster() {
        on_cluster(&cluster, test).await;
    }
}

/// The same on a cluster of its own, by the address of its superuser.
pub async fn on_cluster<F: AsyncFnOnce(TestDatabase)>(cluster: &str, test: F) {
    let database = NewDatabase::make(cluster).await;
    let (url, admin_url) = (database.service.clone(), database.admin.clone());
    run(test, url, admin_url, None).await;
    database.remove(cluster).await;
}

/// The same by way of a pooler that lends its connections for transactions.
pub async fn on_pooler<F: AsyncFnOnce(TestDatabase)>(test: F) {
    let Some(cluster) = cluster() else {
        return;
    };
    let database = NewDatabase::make(&cluster).await;
    let pooler = PgBouncer::before(&cluster, "").await;
    let (url, admin_url) = (pooler.url(&database.service), database.admin.clone());
    run(test, url, admin_url, Some(Pooler::Transaction)).await;
    drop(pooler);
    database.remove(&cluster).await;
}

async fn run<F: AsyncFnOnce(TestDatabase)>(
    test: F,
    url: String,
    admin_url: String,
    pooler: Option<Pooler>,
) {
    let address = config::Database {
        pooler,
        ..config::Database::at(&url)
    };
    let store = storage::open(&address).await.unwrap();
    let database = || TestDatabase {
        store: store.clone(),
        url: url.clone(),
        admin_url: admin_url.clone(),
        pooler,
    };
    test(database()).await;
    // A test of the service writes no event but by the service; the tests of the
    // log and the store write what no service would.
    let is_of_the_service = std::thread::current()
        .name()
        .is_some_and(|name| name.starts_with("service::"));
    if is_of_the_service {
        database().every_refusal_has_its_reason().await;
    }
    store.close().await;
}

/// Runs all of them at once and gives their outputs in order.
pub async fn all_at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut outputs = Vec::with_capacity(running.len());
    for task in running {
        outputs.push(task.await.unwrap());
    }
    outputs
}
