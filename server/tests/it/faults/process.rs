//! The real server as a process of its own: it is heard, stands still and goes on by
//! signals, is asked to end, and is ended whatever becomes of the test.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// By then it listens, on a busy machine.
const START: Duration = Duration::from_mins(1);

/// What is under way gets ten seconds, then the log and the store have some more; a busy
/// machine is slower.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// The server.
pub(crate) struct Process {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(folder: &Path, port: u16, url: &str) -> Self {
        Self::start_with(folder, port, url, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(
        folder: &Path,
        port: u16,
        url: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_server"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(folder)
            .env("IC_CARD_DATABASE_URL", url)
            .env("RUST_LOG", "warn,server=info")
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (listens, listening) = mpsc::channel();
        let (lines, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        thread::spawn(move || listen(BufReader::new(lines), &heard, &listens));
        let process = Self { child, said };
        assert!(
            listening.recv_timeout(START).is_ok(),
            "it does not listen: {:?}",
            process.said("")
        );
        process
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
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, self.id());
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended, within [`GRACE`].
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(asked.elapsed() < GRACE, "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks it to end, and expects that it does so in an orderly way.
    pub(crate) async fn end(mut self) {
        self.signal("-TERM");
        let status = self.ended().await;
        assert!(status.success(), "{status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL ends what stands still, too; it may have ended already.
        let _ended_already = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Sends a signal to a process.
pub(crate) fn send(signal: &str, id: u32) {
    let told = Command::new("kill")
        .args([signal, &id.to_string()])
        .status();
    assert!(told.unwrap().success(), "{signal} {id}");
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
