//! A real PostgreSQL with a synchronous standby, and one address that leads to one of
//! them, as a balancer or a floating address does. `docs/postgresql.md` has its settings.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use crate::{
    daemon::{self, Daemon, as_account, of_postgres},
    silent_proxy::SilentProxy,
};

/// The superuser of both.
const USER: &str = "ic_card";

/// By then the standby follows, or is promoted, on a busy machine.
const FOLLOWS: Duration = Duration::from_mins(1);

/// How the primary goes.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    /// `kill -9` of its first process.
    Killed,
    /// `pg_ctl stop -m immediate`: SIGQUIT.
    Immediate,
}

/// One server of PostgreSQL.
struct Server {
    folder: TempDir,
    port: u16,
    running: Daemon,
}

impl Server {
    /// Runs what lies in the folder.
    fn start(folder: TempDir, port: u16, name: &str) -> Self {
        let mut command = as_account(of_postgres("postgres"));
        command
            .arg("-D")
            .arg(folder.path().join("data"))
            .args(["-p", &port.to_string()])
            .current_dir(folder.path());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "log_min_messages=fatal",
            "shared_buffers=32MB",
            "max_connections=200",
            "fsync=on",
            "dynamic_shared_memory_type=mmap",
            "synchronous_commit=on",
            &format!("cluster_name={name}"),
        ] {
            command.args(["-c", setting]);
        }
        let log = File::create(folder.path().join("log")).unwrap();
        let running = Daemon::start(command.stdout(Stdio::null()).stderr(log));
        daemon::wait_for(port);
        Self {
            folder,
            port,
            running,
        }
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A connection of its superuser, past the one address, as soon as it takes some.
    async fn connect(&self) -> PgConnection {
        let url = format!("postgres://{USER}@{}/postgres", self.address());
        let started = Instant::now();
        loop {
            match PgConnection::connect(&url).await {
                Ok(connection) => return connection,
                Err(error) => assert!(started.elapsed() < FOLLOWS, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a question is answered with yes.
    async fn until(&self, question: &'static str) {
        let started = Instant::now();
        let mut connection = self.connect().await;
        loop {
            let answer = sqlx::query_scalar(question)
                .fetch_one(&mut connection)
                .await;
            if answer.unwrap() {
                return;
            }
            assert!(started.elapsed() < FOLLOWS, "{question}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A primary, its standby, and the one address.
pub struct Pair {
    primary: Server,
    standby: Server,
    way: SilentProxy,
}

impl Pair {
    /// Both run, and no commit is acknowledged that the standby does not have.
    pub async fn start() -> Self {
        let folder = daemon::folder();
        daemon::run(
            as_account(of_postgres("initdb"))
                .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
                .args(["--no-sync", "--username", USER, "--pgdata"])
                .arg(folder.path().join("data"))
                .current_dir(folder.path()),
        );
        let primary = Server::start(folder, daemon::free_port(), "primary");
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
        let standby = Server::start(folder, daemon::free_port(), "standby");
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
        let way = SilentProxy::to(&primary.address()).await;
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

impl Drop for Server {
    /// Whatever a killed one leaves of the system's is given back.
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        // It may be gone already.
        let _gone = as_account(of_postgres("pg_ctl"))
            .args(["stop", "-m", "immediate", "-D"])
            .arg(&data)
            .current_dir(self.folder.path())
            .output();
        // The file's seventh line has the key and the id of its shared memory; a server
        // that could stop takes both away.
        let Ok(left) = fs::read_to_string(data.join("postmaster.pid")) else {
            return;
        };
        let memory = left.lines().nth(6);
        if let Some(id) = memory.and_then(|line| line.split_whitespace().nth(1)) {
            let _gone = Command::new("ipcrm").args(["-m", id]).output();
        }
    }
}
