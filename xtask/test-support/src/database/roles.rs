//! A new database of the cluster with the three roles of `server database roles`: its
//! tables are made by the one that owns them, and the tests' services have the one that
//! serves.

use server::{
    config,
    storage::{self, roles::Roles},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

/// Roles are of the whole cluster, and tests run side by side: one at a time changes them.
const ROLES_LOCK: i64 = 0x1c_ca_4d;

/// The roles of the tests.
pub fn roles() -> Roles {
    let [migrator, service, verifier] =
        ["it_migrator", "it_service", "it_verifier"].map(|name| name.parse().unwrap());
    Roles {
        migrator,
        service,
        verifier,
        archives: true,
    }
}

/// A database of its own, with tables in it.
pub struct NewDatabase {
    name: String,
    /// Its address for the cluster's superuser.
    pub admin: String,
    /// For whoever owns the tables.
    pub migrator: String,
    /// For the service.
    pub service: String,
    /// For whoever verifies.
    pub verifier: String,
}

impl NewDatabase {
    /// Makes it: roles, tables, rights.
    pub async fn make(cluster: &str) -> Self {
        let database = Self::empty(cluster).await;
        let address = config::Database::at(&database.migrator);
        storage::migrate(&address).await.unwrap();
        database.grant(cluster, &roles()).await;
        database
    }

    /// Makes it without tables.
    pub async fn empty(cluster: &str) -> Self {
        let name = format!("it_{}", Uuid::now_v7().simple());
        administer(cluster, format!("CREATE DATABASE {name}")).await;
        let database = Self::named(&name, cluster);
        database.grant(cluster, &roles()).await;
        database
    }

    /// One that is there.
    pub fn named(name: &str, cluster: &str) -> Self {
        let (server, _database) = cluster.rsplit_once('/').unwrap();
        let options = cluster.find('?').map_or("", |mark| &cluster[mark..]);
        let admin = format!("{server}/{name}{options}");
        let (_superuser, rest) = admin.split_once('@').unwrap();
        let of = |role| format!("postgres://{role}@{rest}");
        let names = roles();
        Self {
            name: name.to_owned(),
            migrator: of(names.migrator),
            service: of(names.service),
            verifier: of(names.verifier),
            admin,
        }
    }

    /// Runs what `server database roles` prints.
    pub async fn grant(&self, cluster: &str, roles: &Roles) {
        let mut turn = PgConnection::connect(cluster).await.unwrap();
        let lock = format!("SELECT pg_advisory_lock({ROLES_LOCK})");
        turn.execute(AssertSqlSafe(lock)).await.unwrap();
        let mut connection = PgConnection::connect(&self.admin).await.unwrap();
        let sql = AssertSqlSafe(roles.sql().unwrap());
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        // The lock goes with it.
        turn.close().await.unwrap();
    }

    /// Runs a statement as the superuser.
    pub async fn run(&self, sql: &'static str) {
        let mut connection = PgConnection::connect(&self.admin).await.unwrap();
        connection.execute(sql).await.unwrap();
    }

    /// Takes it away, whoever uses it.
    pub async fn remove(self, cluster: &str) {
        administer(cluster, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

async fn administer(cluster: &str, sql: String) {
    let mut connection = PgConnection::connect(cluster).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}
