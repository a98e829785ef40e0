//! A running `pcscd`: the one that is there, or one that is started and, when
//! the test ends, stopped by its process id.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const SOCKET: &str = "/run/pcscd/pcscd.comm";

pub(crate) struct Pcscd(Option<Child>);

impl Pcscd {
    /// Returns when the readers are there. The caller holds the lock on them.
    pub(crate) fn ensure() -> Self {
        if UnixStream::connect(SOCKET).is_ok() {
            return Self(None);
        }
        let mut child = Command::new("pcscd")
            .args(["--foreground", "--info"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("pcscd: {error}"));
        let mut log = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        // It says so after vpcd has opened the ports of its readers.
        let seen: Vec<String> = log
            .by_ref()
            .take_while(|line| !line.ends_with("ready."))
            .collect();
        let pcscd = Self(Some(child));
        // Its socket comes a moment after that line.
        let listens = retry(|| UnixStream::connect(SOCKET).is_ok());
        assert!(listens, "pcscd did not start:\n{}", seen.join("\n"));
        assert!(
            seen.iter().any(|line| line.contains("35963")),
            "pcscd has no virtual readers:\n{}",
            seen.join("\n")
        );
        // Its log must not fill the pipe. The thread ends with pcscd.
        thread::spawn(move || log.for_each(drop));
        pcscd
    }
}

/// Waits for what has no event to wait for, ten seconds at most.
pub(crate) fn retry(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    true
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // SIGTERM, so that it takes its socket and pid file away.
            let asked = Command::new("kill").arg(child.id().to_string()).status();
            if !asked.is_ok_and(|status| status.success()) {
                child.kill().unwrap();
            }
            child.wait().unwrap();
        }
    }
}
