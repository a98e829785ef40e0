//! The programs that a task starts and leaves running. They end when the task
//! ends, however it ends: each is told to by the task when it is dropped or
//! gets Ctrl-C, and by the kernel when the task is killed. No other process is
//! ever touched.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::PathBuf,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};
use signal_hook::iterator::{Handle, Signals};

use crate::{
    console,
    error::{Error, Result},
    interrupt, process,
};

/// How long a child may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often something that may become ready is asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

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
    /// Files were written, made or removed ([`crate::dev`] alone watches any).
    Changed(Vec<PathBuf>),
}

/// The children of a task, in the order in which they were started.
#[derive(Debug)]
pub(crate) struct Children {
    running: Vec<Running>,
    events: Receiver<Event>,
    sender: Sender<Event>,
    signals: Handle,
    /// What happened while something else was waited for.
    later: VecDeque<Event>,
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
    /// When the system does not let us, or Ctrl-C came already.
    pub(crate) fn new() -> Result<Self> {
        interrupt::check()?;
        let (sender, events) = mpsc::channel();
        let mut signals = Signals::new(interrupt::SIGNALS)
            .map_err(|error| Error::Said(format!("signals: {error}")))?;
        let handle = signals.handle();
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
            signals: handle,
            later: VecDeque::new(),
        })
    }

    /// For others who have something to tell the task.
    pub(crate) fn sender(&self) -> Sender<Event> {
        self.sender.clone()
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
    pub(crate) fn wait(&mut self) -> Event {
        let event = self
            .later
            .pop_front()
            .unwrap_or_else(|| self.events.recv().unwrap_or(Event::Interrupted));
        self.forget_ended(&event);
        event
    }

    /// What else happens, as long as the next thing follows within `pause`.
    pub(crate) fn wait_on(&mut self, pause: Duration) -> Option<Event> {
        let event = match self.later.pop_front() {
            Some(event) => event,
            None => self.events.recv_timeout(pause).ok()?,
        };
        self.forget_ended(&event);
        Some(event)
    }

    /// Waits until a child is ready, asking many times a second. What happens to
    /// others meanwhile is kept for later.
    ///
    /// # Errors
    /// When the child ends first, on Ctrl-C, or after `limit`.
    pub(crate) fn wait_until(
        &mut self,
        child: &'static str,
        limit: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        while !ready() {
            interrupt::check()?;
            match self.events.recv_timeout(ASK_EVERY) {
                Ok(event) if event.is_end_of(child) || matches!(event, Event::Interrupted) => {
                    self.forget_ended(&event);
                    return Err(event.into());
                }
                Ok(other) => self.put_off(other),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if Instant::now() > end {
                return Err(Error::Said(format!("waited {limit:?} in vain for {child}")));
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
        let event = self.wait();
        match event {
            Event::Ended { name: of, status } if of == name => process::judge(command, status),
            event => Err(event.into()),
        }
    }

    /// Waits for the end of a child, however it ends, and keeps whatever else
    /// happens meanwhile for later.
    ///
    /// # Errors
    /// On Ctrl-C.
    pub(crate) fn end_of(&mut self, child: &'static str) -> Result<ExitStatus> {
        let known = self.later.iter().position(|event| event.is_end_of(child));
        let mut next = known.and_then(|place| self.later.remove(place));
        loop {
            interrupt::check()?;
            let event = match next.take() {
                Some(event) => event,
                None => self.events.recv().unwrap_or(Event::Interrupted),
            };
            match event {
                Event::Ended { name, status } if name == child => {
                    self.running.retain(|child| child.name != name);
                    return Ok(status);
                }
                Event::Interrupted => return Err(Error::Interrupted),
                other => self.put_off(other),
            }
        }
    }

    /// Ends a child, if it is running; its end is no event then.
    pub(crate) fn stop(&mut self, name: &'static str) {
        let Some(place) = self.running.iter().position(|child| child.name == name) else {
            return;
        };
        self.running.remove(place).end();
        let known = self.later.iter().position(|event| event.is_end_of(name));
        if known.and_then(|place| self.later.remove(place)).is_some() {
            return;
        }
        // Whoever watches it says so right after it has ended.
        while let Ok(event) = self.events.recv_timeout(PATIENCE) {
            if event.is_end_of(name) {
                return;
            }
            self.put_off(event);
        }
    }

    /// Keeps an event for the next time that is waited.
    pub(crate) fn put_off(&mut self, event: Event) {
        self.forget_ended(&event);
        self.later.push_back(event);
    }

    /// Whether a child runs, as far as is known.
    pub(crate) fn is_running(&self, name: &str) -> bool {
        self.running.iter().any(|child| child.name == name)
    }

    fn forget_ended(&mut self, event: &Event) {
        if let Event::Ended { name, .. } = event {
            self.running.retain(|child| child.name != *name);
        }
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.signals.close();
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

impl Event {
    fn is_end_of(&self, child: &str) -> bool {
        matches!(self, Self::Ended { name, .. } if *name == child)
    }
}

impl From<Event> for Error {
    /// When something else was waited for.
    fn from(event: Event) -> Self {
        match event {
            Event::Interrupted => Self::Interrupted,
            event => Self::Said(event.to_string()),
        }
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::Ended { name, status } => write!(formatter, "{name} ended ({status})"),
            Self::Changed(paths) => write!(formatter, "{} files changed", paths.len()),
        }
    }
}

/// Has the kernel end a program when we are killed ourselves.
pub(crate) const BOUND: [&str; 4] = ["setpriv", "--pdeathsig", "TERM", "--"];

/// A command that the kernel ends when we are killed ourselves.
pub(crate) fn bound(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let [binder, arguments @ ..] = BOUND;
    let mut command = Command::new(binder);
    command.args(arguments).arg(program);
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
