//! Keeps the bridge running: starts it, and again after a pause when it ended,
//! until it is told to stop.

use std::{
    io,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

/// What the keeper hears.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// The installer or the end of the session wants an end.
    Stop,
    /// The bridge that was started last ended.
    Ended,
}

/// How long the keeper waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pauses {
    /// Before a bridge that ended is started again; twice as long each time that
    /// it ends soon.
    pub(crate) first: Duration,
    /// At most so long.
    pub(crate) longest: Duration,
    /// A bridge that ran this long did not end soon.
    pub(crate) ran: Duration,
    /// The bridge lets go of its cards, within five seconds, before it ends.
    pub(crate) farewell: Duration,
}

/// Those of a session.
#[cfg_attr(
    not(windows),
    expect(dead_code, reason = "Windows alone has a session")
)]
pub(crate) const PAUSES: Pauses = Pauses {
    first: Duration::from_secs(2),
    longest: Duration::from_mins(1),
    ran: Duration::from_secs(30),
    farewell: Duration::from_secs(7),
};

/// A bridge that runs as long as it is kept.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// Closed, it tells the bridge to end.
    input: Option<ChildStdin>,
}

/// Starts a bridge. Its end is told to `tell`.
///
/// # Errors
/// When it can't be started.
pub(crate) fn start(command: &mut Command, tell: &Sender<Event>) -> io::Result<Running> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let input = child.stdin.take();
    let output = child.stdout.take();
    let tell = tell.clone();
    thread::spawn(move || {
        // Its output ends when it does; what it says there is for programs.
        if let Some(mut output) = output {
            drop(io::copy(&mut output, &mut io::sink()));
        }
        // A keeper that does not listen any more does not need to know.
        let _ = tell.send(Event::Ended);
    });
    Ok(Running { child, input })
}

impl Running {
    /// Tells the bridge to end, waits `farewell` for that, and makes it.
    fn end(mut self, events: &Receiver<Event>, farewell: Duration) {
        self.input = None;
        let end = Instant::now() + farewell;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(Event::Stop) => {}
                Ok(Event::Ended) => break,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    // The only error is that it has ended.
                    let _ = self.child.kill();
                    break;
                }
            }
        }
        let _ = self.child.wait();
    }
}

/// Keeps the bridge that `start` starts until [`Event::Stop`] comes. A bridge that
/// ends before that was not asked to, whatever it says of its end.
pub(crate) fn keep(
    mut start: impl FnMut() -> io::Result<Running>,
    events: &Receiver<Event>,
    pauses: &Pauses,
) {
    let mut pause = pauses.first;
    loop {
        let since = Instant::now();
        if let Ok(mut running) = start() {
            if events.recv() != Ok(Event::Ended) {
                running.end(events, pauses.farewell);
                return;
            }
            // It is over: this does not wait, and there is nothing to learn from it.
            let _ = running.child.wait();
        }
        if since.elapsed() >= pauses.ran {
            pause = pauses.first;
        }
        match events.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return,
        }
        pause = pauses.longest.min(pause * 2);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, path::Path, sync::mpsc};

    use super::*;

    const SHORT: Pauses = Pauses {
        first: Duration::from_millis(10),
        longest: Duration::from_millis(20),
        ran: Duration::from_mins(1),
        farewell: Duration::from_millis(300),
    };

    /// A bridge that says in `log` how it fares.
    fn script(log: &Path, what: &str) -> Command {
        let mut shell = Command::new("sh");
        let log = log.display();
        shell.args([
            "-c",
            &format!("echo up >> {log}; {what}; echo down >> {log}"),
        ]);
        shell
    }

    struct Kept {
        log: tempfile::TempDir,
        tell: Sender<Event>,
        keeper: thread::JoinHandle<()>,
    }

    fn kept(what: &'static str) -> Kept {
        let log = tempfile::tempdir().unwrap();
        let path = log.path().join("log");
        let (tell, events) = mpsc::channel();
        let told = tell.clone();
        let keeper = thread::spawn(move || {
            keep(|| start(&mut script(&path, what), &told), &events, &SHORT);
        });
        Kept { log, tell, keeper }
    }

    impl Kept {
        fn said(&self) -> String {
            fs::read_to_string(self.log.path().join("log")).unwrap_or_default()
        }

        /// Waits until the log holds so many of these lines.
        fn wait_for(&self, line: &str, count: usize) {
            let end = Instant::now() + Duration::from_secs(20);
            while self.said().lines().filter(|said| *said == line).count() < count {
                assert!(Instant::now() < end, "{}", self.said());
                thread::yield_now();
            }
        }

        fn stop(self) -> String {
            let _ = self.tell.send(Event::Stop);
            self.keeper.join().unwrap();
            fs::read_to_string(self.log.path().join("log")).unwrap()
        }
    }

    #[test]
    fn a_bridge_that_is_told_to_end_ends_by_itself() {
        let kept = kept("cat");
        kept.wait_for("up", 1);
        assert_eq!(kept.stop(), "up\ndown\n");
    }

    #[test]
    fn a_bridge_that_ends_is_started_again_however_it_ended() {
        for how in ["exit 1", "exit 0", "kill -9 $$"] {
            let kept = kept(how);
            kept.wait_for("up", 3);
            kept.stop();
        }
    }

    #[test]
    fn a_bridge_that_can_t_be_started_is_tried_again_until_the_end() {
        let (tell, events) = mpsc::channel();
        let mut tries = 0;
        let start = || {
            tries += 1;
            if tries == 3 {
                tell.send(Event::Stop).unwrap();
            }
            Err(io::ErrorKind::NotFound.into())
        };
        keep(start, &events, &SHORT);
        assert_eq!(tries, 3);
    }

    #[test]
    fn a_bridge_that_does_not_end_is_made_to() {
        let kept = kept("exec sleep 60 <&-");
        kept.wait_for("up", 1);
        let since = Instant::now();
        assert_eq!(kept.stop(), "up\n");
        assert!(since.elapsed() < Duration::from_secs(20));
    }
}
