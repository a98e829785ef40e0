//! The programs that a task starts and leaves running. They end when the task
//! ends, however it ends: each is told to by the task when it is dropped or
//! gets Ctrl-C, and by the kernel when the task is killed. No other process is
//! ever touched.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    console,
    error::{Error, Result},
    process,
};

/// How long a child may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something that a task which waits has to know.
#[derive(Debug)]
pub(crate) enum Event {
    /// Ctrl-C, or a request to end.
    Interrupted,
    /// A child ended.
    Ended {
        /// Its name.
        name: &'static str,
        /// How.
        status: ExitStatus,
    },
}

/// The children of a task, in the order in which they were started.
#[derive(Debug)]
pub(crate) struct Children {
    running: Vec<Running>,
    events: Receiver<Event>,
    sender: Sender<Event>,
}

#[derive(Debug)]
struct Running {
    name: &'static str,
    pid: Pid,
    ended: Receiver<()>,
}

impl Children {
    /// Begins to listen for Ctrl-C.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn new() -> Result<Self> {
        let (sender, events) = mpsc::channel();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
            .map_err(|error| Error::Said(format!("signals: {error}")))?;
        let interrupted = sender.clone();
        thread::spawn(move || {
            for _ in signals.forever() {
                // Nobody listens any more when the task is ending anyway.
                let _ = interrupted.send(Event::Interrupted);
            }
        });
        Ok(Self {
            running: Vec::new(),
            events,
            sender,
        })
    }

    /// Starts a child that ends with us, and gives its standard output when
    /// it is piped.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub(crate) fn start(
        &mut self,
        name: &'static str,
        command: &mut Command,
    ) -> Result<Option<ChildStdout>> {
        let mut child = command
            .stdin(Stdio::null())
            // A group of its own, so that what it starts can be told to end, too.
            .process_group(0)
            .spawn()
            .map_err(process::start(command))?;
        let output = child.stdout.take();
        let pid = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| Error::Said(format!("{name} has no process id")))?;
        let (tell, ended) = mpsc::channel();
        let events = self.sender.clone();
        thread::spawn(move || watch(name, child, &events, &tell));
        self.running.push(Running { name, pid, ended });
        Ok(output)
    }

    /// Waits until something happens.
    pub(crate) fn wait(&self) -> Event {
        self.events.recv().unwrap_or(Event::Interrupted)
    }

    /// Waits until `ready` says so, asking a few times a second.
    ///
    /// # Errors
    /// When a child ends first, on Ctrl-C, or after `limit`.
    pub(crate) fn wait_until(
        &self,
        what: &str,
        limit: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        while !ready() {
            match self.events.recv_timeout(Duration::from_millis(100)) {
                Ok(event) => return Err(Error::Said(event.to_string())),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if Instant::now() > end {
                return Err(Error::Said(format!("waited {limit:?} in vain for {what}")));
            }
        }
        Ok(())
    }

    /// Runs a program to its end, as [`process::run`] does, unless Ctrl-C or
    /// the end of another child comes first.
    ///
    /// # Errors
    /// When it fails, or something else ends first.
    pub(crate) fn run(&mut self, name: &'static str, command: &mut Command) -> Result<()> {
        self.start(name, command)?;
        match self.wait() {
            Event::Ended {
                name: ended,
                status,
            } if ended == name => {
                self.running.retain(|child| child.name != name);
                if status.success() {
                    return Ok(());
                }
                Err(Error::Failed {
                    line: process::line(command),
                    status,
                })
            }
            event => Err(Error::Said(event.to_string())),
        }
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for child in self.running.iter().rev() {
            child.end();
        }
    }
}

impl Running {
    /// Asks the child to end, then makes it. The process id is still the
    /// child's: its thread has not reaped it while `ended` is silent, or did
    /// so just now, which the kernel answers with ESRCH.
    fn end(&self) {
        if self.ended.try_recv().is_ok() {
            return;
        }
        let _ = rustix::process::kill_process_group(self.pid, Signal::TERM);
        if self.ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            console::note(&format!("{} does not end; killing it", self.name));
            let _ = rustix::process::kill_process_group(self.pid, Signal::KILL);
            let _ = self.ended.recv_timeout(PATIENCE);
        }
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::Ended { name, status } => write!(formatter, "{name} ended ({status})"),
        }
    }
}

/// A command that the kernel ends when we are killed ourselves.
pub(crate) fn bound(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

/// Reads lines until one satisfies `wanted`; goes on draining the rest.
pub(crate) fn first_line(
    output: ChildStdout,
    mut wanted: impl FnMut(&str) -> bool,
) -> Option<String> {
    let mut lines = BufReader::new(output)
        .lines()
        .map_while(std::result::Result::ok);
    let found = lines.by_ref().find(|line| wanted(line));
    thread::spawn(move || lines.for_each(drop));
    found
}

fn watch(name: &'static str, mut child: Child, events: &Sender<Event>, tell: &Sender<()>) {
    let status = child.wait().unwrap_or_else(|_| ExitStatus::from_raw(-1));
    // Whoever is not listening any more does not need to know.
    let _ = tell.send(());
    let _ = events.send(Event::Ended { name, status });
}
