//! The real server as a process of its own: it is heard, stands still and goes on by
//! signals, is asked to end, or killed and started again, and is ended whatever becomes of
//! the test.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use test_support::{
    daemon::free_port,
    signals::{self, Signal},
};

/// By then it listens, on a busy machine.
const START: Duration = Duration::from_mins(1);

/// What is under way gets ten seconds, then the log and the store have some more; a busy
/// machine is slower.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// Writes the configuration of a server on a free port; that, and its origin.
pub(crate) fn configure(folder: &Path) -> (u16, String) {
    let port = free_port();
    let origin = format!("http://127.0.0.1:{port}");
    let config = format!("origins = [\"{origin}\"]\n[http]\nlogins_per_minute = 10000\n");
    std::fs::write(folder.join("config.toml"), config).unwrap();
    (port, origin)
}

/// Nothing more in its environment.
const NOTHING: [(&str, &str); 0] = [];

/// The server.
pub(crate) struct Process {
    command: Command,
    running: Running,
    said: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(folder: &Path, port: u16, url: &str) -> Self {
        Self::start_with(folder, port, url, NOTHING)
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(
        folder: &Path,
        port: u16,
        url: &str,
        environment: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(folder)
            .env("IC_CARD_DATABASE_URL", url)
            .env("RUST_LOG", "warn,server=info")
            .envs(environment)
            .stderr(Stdio::piped());
        let said = Arc::default();
        let running = Running::start(&mut command, &said);
        Self {
            command,
            running,
            said,
        }
    }

    /// Starts it again as it was started, after it was killed.
    pub(crate) fn start_again(&mut self) {
        self.running = Running::start(&mut self.command, &self.said);
    }

    /// The lines with these words, of those that complain.
    pub(crate) fn said(&self, words: &str) -> Vec<String> {
        let said = self.said.lock().unwrap();
        let with = said.iter().filter(|line| line.contains(words));
        with.cloned().collect()
    }

    /// Its lines of that level.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.said("\"ERROR\"")
    }

    /// Its number at the system.
    pub(crate) fn id(&self) -> u32 {
        self.running.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        signals::send(self.id(), signal);
    }

    /// `kill -9`; all that it said is heard then.
    pub(crate) fn kill(&mut self) {
        self.running.child.kill().unwrap();
        self.running.child.wait().unwrap();
        if let Some(listener) = self.running.listener.take() {
            listener.join().unwrap();
        }
    }

    /// Waits until it has ended, within [`GRACE`].
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.running.child.try_wait().unwrap() {
                return status;
            }
            assert!(asked.elapsed() < GRACE, "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks it to end, and expects that it does so in an orderly way.
    pub(crate) async fn end(mut self) {
        self.signal(Signal::TERM);
        let status = self.ended().await;
        assert!(status.success(), "{status}");
    }
}

/// One run of it, which is ended when this is dropped.
struct Running {
    child: Child,
    /// Until it was joined.
    listener: Option<JoinHandle<()>>,
}

impl Running {
    /// Waits until it listens.
    fn start(command: &mut Command, said: &Arc<Mutex<Vec<String>>>) -> Self {
        let mut child = command.spawn().unwrap();
        let (listens, listening) = mpsc::channel();
        let (lines, heard) = (child.stderr.take().unwrap(), Arc::clone(said));
        let listener = thread::spawn(move || listen(BufReader::new(lines), &heard, &listens));
        let running = Self {
            child,
            listener: Some(listener),
        };
        assert!(
            listening.recv_timeout(START).is_ok(),
            "it does not listen: {:?}",
            said.lock().unwrap()
        );
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL ends what stands still, too; it may have ended already.
        let _ended_already = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Keeps what complains, and tells when the server listens.
fn listen(lines: impl BufRead, said: &Mutex<Vec<String>>, listens: &Sender<()>) {
    for line in lines.lines().map_while(Result::ok) {
        if line.contains("\"listening\"") {
            // Whoever waited may have given up.
            let _nobody = listens.send(());
        }
        if !line.contains("\"INFO\"") {
            said.lock().unwrap().push(line);
        }
    }
}
