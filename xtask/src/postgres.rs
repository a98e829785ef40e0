//! A PostgreSQL of our own: a cluster in a temporary folder, on a free port of
//! the loopback interface, durable as a real one (`fsync` stays on), gone when
//! the tests end.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

mod keeper;

pub(crate) use keeper::{Options, run};

use crate::{
    console,
    error::{Error, Result},
    files, process,
    processes::{Children, bound},
};

/// The environment variable in which the server's tests look for it.
pub(crate) const VARIABLE: &str = "TEST_POSTGRES_URL";

/// The database's own superuser, within this cluster only.
const USER: &str = "ic_card";

/// PostgreSQL refuses to run as root; this account comes with its package.
const ACCOUNT: &str = "postgres";

/// A cluster. Declare it before the `children` that run it, so that it is
/// dropped after they have ended.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster.
    ///
    /// # Errors
    /// When its programs are not there or fail.
    pub(crate) fn make() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("ic-card-postgres-{}", std::process::id()));
        files::make_folder(&folder)?;
        if is_root() {
            process::run(Command::new("chown").arg(ACCOUNT).arg(&folder))?;
        }
        let cluster = Self {
            programs: programs()?,
            port: free_port()?,
            folder,
        };
        console::timed("initdb", || {
            process::read(
                as_account(&cluster.programs.join("initdb"))
                    .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
                    .args(["--username", USER, "--pgdata"])
                    .arg(cluster.data())
                    .current_dir(&cluster.folder),
            )
        })?;
        Ok(cluster)
    }

    /// Starts it as one of `children`, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn start(&self, children: &mut Children) -> Result<()> {
        children.start(
            "postgres",
            as_account(&self.programs.join("postgres"))
                .arg("-D")
                .arg(self.data())
                .args(["-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "fsync=on", "-c", "log_min_messages=fatal"])
                .args(["-c", "max_connections=200", "-c", "shared_buffers=64MB"])
                .arg("-c")
                .arg(format!("unix_socket_directories={}", self.folder.display()))
                .arg("-p")
                .arg(self.port.to_string())
                .current_dir(&self.folder),
        )?;
        children.wait_until("postgres", Duration::from_mins(1), || {
            process::succeeds(Command::new(self.programs.join("pg_isready")).args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
            ]))
        })
    }

    /// A URL of its superuser; the tests make databases of their own.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = files::remove_folder(&self.folder) {
            console::note(&format!("left behind: {error}"));
        }
    }
}

/// A command of the account that may run PostgreSQL, ended with us.
fn as_account(program: &Path) -> Command {
    if !is_root() {
        return bound(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"])
        .args(["--pdeathsig", "TERM", "--"])
        .arg(program);
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Debian's folder of the newest PostgreSQL, which is not on the PATH.
fn programs() -> Result<PathBuf> {
    let top = Path::new("/usr/lib/postgresql");
    let entries = fs::read_dir(top).map_err(Error::file(top))?;
    entries
        .filter_map(std::result::Result::ok)
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .max()
        .map(|(_, path)| path)
        .ok_or_else(|| Error::Said(format!("no version in {}", top.display())))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::Said(format!("no free port: {error}")))
}
