//! A server of PostgreSQL that a test starts itself, where the one of the whole run does
//! not do: it is to be killed, followed, or set otherwise.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::daemon::{self, Daemon, as_account, of_postgres};

/// Its superuser.
pub const USER: &str = "ic_card";

/// By then it does what it is waited for, on a busy machine.
const READY: Duration = Duration::from_mins(1);

/// One server of PostgreSQL, gone with everything when it is dropped.
pub struct Server {
    /// Where it lies; its data are in `data`.
    pub folder: TempDir,
    /// Where it listens.
    pub port: u16,
    /// Its first process.
    pub running: Daemon,
}

impl Server {
    /// A new one, with more settings (`name=value`).
    pub async fn new(name: &str, settings: &[&str]) -> Self {
        let folder = daemon::folder();
        daemon::run(
            as_account(of_postgres("initdb"))
                .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
                .args(["--no-sync", "--username", USER, "--pgdata"])
                .arg(folder.path().join("data"))
                .current_dir(folder.path()),
        );
        Self::start(folder, daemon::free_port(), name, settings).await
    }

    /// Runs what lies in a folder.
    pub async fn start(folder: TempDir, port: u16, name: &str, settings: &[&str]) -> Self {
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
        ]
        .iter()
        .chain(settings)
        {
            command.args(["-c", setting]);
        }
        let log = File::create(folder.path().join("log")).unwrap();
        let running = Daemon::start(command.stdout(Stdio::null()).stderr(log));
        daemon::wait_for(port).await;
        Self {
            folder,
            port,
            running,
        }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A connection of its superuser, as soon as it takes some.
    pub async fn connect(&self) -> PgConnection {
        let url = format!("postgres://{USER}@{}/postgres", self.address());
        let started = Instant::now();
        loop {
            match PgConnection::connect(&url).await {
                Ok(connection) => return connection,
                Err(error) => assert!(started.elapsed() < READY, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a question is answered with yes.
    pub async fn until(&self, question: &'static str) {
        let started = Instant::now();
        let mut connection = self.connect().await;
        loop {
            let answer = sqlx::query_scalar(question)
                .fetch_one(&mut connection)
                .await;
            if answer.unwrap() {
                return;
            }
            assert!(started.elapsed() < READY, "{question}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
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
