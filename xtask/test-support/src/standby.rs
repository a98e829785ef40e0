//! A real PostgreSQL with a synchronous standby, and one address that leads to one of
//! them, as a balancer or a floating address does. `docs/postgresql.md` has its settings.

use sqlx::Executor as _;

use crate::{
    bad_way::BadWay,
    daemon::{self, as_account, of_postgres},
    postgres::{Server, USER},
};

/// How the primary goes.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    /// `kill -9` of its first process.
    Killed,
    /// `pg_ctl stop -m immediate`: SIGQUIT.
    Immediate,
}

/// A primary, its standby, and the one address.
pub struct Pair {
    primary: Server,
    standby: Server,
    way: BadWay,
}

impl Pair {
    /// Both run, and no commit is acknowledged that the standby does not have.
    pub async fn start() -> Self {
        let primary = Server::new("primary", &[]).await;
        primary.until("SELECT NOT pg_is_in_recovery()").await;
        let folder = daemon::folder();
        daemon::run(
            as_account(of_postgres("pg_basebackup"))
                .args(["--host", "127.0.0.1", "--port", &primary.port.to_string()])
                .args(["--username", USER, "--write-recovery-conf", "--no-sync"])
                .args(["--checkpoint", "fast", "--wal-method", "stream", "--pgdata"])
                .arg(folder.path().join("data"))
                .current_dir(folder.path()),
        );
        let standby = Server::start(folder, daemon::free_port(), "standby", &[]).await;
        let mut connection = primary.connect().await;
        for setting in [
            "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
            "SELECT pg_reload_conf()",
        ] {
            connection.execute(setting).await.unwrap();
        }
        primary
            .until("SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
            .await;
        let way = BadWay::to(&primary.address()).await;
        Self {
            primary,
            standby,
            way,
        }
    }

    /// The one address, for the superuser.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@{}/postgres", self.way.address())
    }

    /// The connections of a role to the primary are ended, and new ones are not.
    pub async fn end_connections(&self, role: &str) {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE usename = $1";
        let mut connection = self.primary.connect().await;
        let ended = sqlx::query(end).bind(role).execute(&mut connection).await;
        ended.unwrap();
    }

    /// The primary is gone at once.
    pub fn lose_primary(&mut self, death: Death) {
        match death {
            Death::Killed => self.primary.running.kill(),
            Death::Immediate => daemon::run(
                as_account(of_postgres("pg_ctl"))
                    .args(["stop", "-m", "immediate", "-D"])
                    .arg(self.primary.folder.path().join("data"))
                    .current_dir(self.primary.folder.path()),
            ),
        }
    }

    /// The one address leads to the standby from now on.
    pub fn lead_to_standby(&self) {
        self.way.lead_to(&self.standby.address());
    }

    /// The standby becomes the primary, and takes writes when this returns.
    pub async fn promote(&self) {
        let mut connection = self.standby.connect().await;
        let promoted = sqlx::query_scalar("SELECT pg_promote(true, 60)");
        let is_promoted: bool = promoted.fetch_one(&mut connection).await.unwrap();
        assert!(is_promoted, "the standby was not promoted");
    }
}
