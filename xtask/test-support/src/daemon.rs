//! Programs of PostgreSQL and around it that a test starts itself: as the account that
//! may run them, in a folder of its own, ended with the test whatever becomes of it.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{net::TcpStream, time::sleep};

/// PostgreSQL and `PgBouncer` refuse to run as root; this account comes with the package.
const ACCOUNT: &str = "postgres";

/// By then a program does what it was started for, on a busy machine.
const START: Duration = Duration::from_mins(1);

/// A program that runs until this is dropped.
pub struct Daemon(Child);

impl Daemon {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    /// Ends it at once, as a machine that fails does; what it started ends by itself.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        self.0.wait().unwrap();
    }
}

impl From<Child> for Daemon {
    fn from(running: Child) -> Self {
        Self(running)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command of the account, killed when the test's thread ends.
pub fn as_account(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]);
    command.arg(program.as_ref());
    command
}

/// Runs one to its end.
pub fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// A folder that the account may write.
pub fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    if is_root() {
        run(Command::new("chown").arg(ACCOUNT).arg(folder.path()));
    }
    folder
}

/// Copies a file to where the account alone may read it.
pub fn hand_over(from: &Path, to: &Path) {
    let mut install = Command::new("install");
    install.arg("--mode=600");
    if is_root() {
        install.args(["--owner", ACCOUNT]);
    }
    run(install.arg(from).arg(to));
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until something listens.
pub async fn wait_for(port: u16) {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(started.elapsed() < START, "nothing listens on {port}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A program of the newest PostgreSQL, where Debian has them.
pub fn of_postgres(program: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap();
    let newest = versions
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok())
        .max()
        .unwrap();
    PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin/{program}"))
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
