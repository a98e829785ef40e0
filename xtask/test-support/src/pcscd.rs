//! The virtual readers of this machine, and the `pcscd` before them: the one
//! that runs, or one that is started and, when the test ends, stopped by its
//! process id.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::signals::{self, Signal};

/// vpcd's first reader, as PC/SC names it.
pub const READER_0: &str = "Virtual PCD 00 00";

/// Its second reader.
pub const READER_1: &str = "Virtual PCD 00 01";

/// Whoever uses the readers of this machine holds this lock; the end-to-end
/// tests (`cargo xtask test e2e`) do too.
const LOCK: &str = "/tmp/ic-card-pcscd.lock";

const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// The port on which vpcd's first reader waits for its card, as Debian configures it:
/// the second one has the next. It is one of those that the system gives to whoever
/// connects to anything, and then vpcd has no reader.
const DEBIANS_PORT: u16 = 35963;

/// That of a `pcscd` that is started here: the system gives it to nobody.
const OWN_PORT: u16 = 24963;

/// Which readers Debian's package configures, and with which driver.
const VPCD: &str = "/etc/reader.conf.d/vpcd";

/// The readers, held for one test. Fields drop in this order: the lock is given
/// back last.
pub struct PcscFixture {
    service: Option<Pcscd>,
    _lock: File,
}

impl PcscFixture {
    /// Waits for the readers, and returns when `pcscd` has them.
    pub fn with_service() -> Self {
        let lock = lock();
        Self {
            service: (!listens()).then(Pcscd::start),
            _lock: lock,
        }
    }

    /// Waits for the readers, for a test that starts and kills `pcscd` itself.
    pub fn without_service() -> Self {
        let lock = lock();
        assert!(
            !listens(),
            "a pcscd runs already; this test has to stop and kill its own"
        );
        Self {
            service: None,
            _lock: lock,
        }
    }

    /// Starts `pcscd`, and returns when it listens.
    pub fn start_service(&mut self) {
        self.service = Some(Pcscd::start());
    }

    /// The port on which a reader waits for its card.
    pub fn port(&self, reader: u16) -> u16 {
        let first = if self.service.is_some() {
            OWN_PORT
        } else {
            DEBIANS_PORT
        };
        first + reader
    }

    /// Ends the `pcscd` that was started here as if it had crashed.
    pub fn kill_service(&mut self) {
        self.service.take().unwrap().kill();
    }
}

fn lock() -> File {
    let lock = File::create(LOCK).unwrap();
    lock.lock().unwrap();
    lock
}

fn listens() -> bool {
    UnixStream::connect(SOCKET).is_ok()
}

/// A `pcscd` of our own.
struct Pcscd {
    child: Child,
    _readers: TempDir,
}

/// The configuration of our readers, in a folder of its own.
fn readers() -> TempDir {
    let folder = TempDir::new().unwrap();
    let vpcd = fs::read_to_string(VPCD)
        .unwrap_or_else(|error| panic!("{VPCD}: {error} (apt-get install vsmartcard-vpcd)"));
    let (debians, own) = (format!("0x{DEBIANS_PORT:X}"), format!("0x{OWN_PORT:X}"));
    assert!(vpcd.contains(&debians), "{VPCD}:\n{vpcd}");
    fs::write(folder.path().join("vpcd"), vpcd.replace(&debians, &own)).unwrap();
    folder
}

impl Pcscd {
    fn start() -> Self {
        let readers = readers();
        let mut child = Command::new("pcscd")
            .args(["--foreground", "--info", "--config"])
            .arg(readers.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("pcscd: {error} (apt-get install pcscd vsmartcard-vpcd)")
            });
        let mut log = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        // It says so after vpcd has opened the ports of its readers.
        let seen: Vec<String> = log
            .by_ref()
            .take_while(|line| !line.ends_with("ready."))
            .collect();
        let pcscd = Self {
            child,
            _readers: readers,
        };
        // Its socket comes a moment after that line.
        let seen = || seen.join("\n");
        assert!(wait_until(listens), "pcscd did not start:\n{}", seen());
        assert!(
            seen().contains(&OWN_PORT.to_string()),
            "pcscd has no virtual readers:\n{}",
            seen()
        );
        // Its log must not fill the pipe. The thread ends with pcscd.
        thread::spawn(move || log.for_each(drop));
        pcscd
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // SIGTERM, so that it takes its socket and pid file away.
        signals::send(self.child.id(), Signal::TERM);
        self.child.wait().unwrap();
    }
}

/// Waits for what has no event to wait for, ten seconds at most. Whether it
/// came.
pub fn wait_until(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    true
}
