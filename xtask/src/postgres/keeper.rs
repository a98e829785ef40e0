//! `cargo xtask postgres`: nextest's set-up script (`.config/nextest.toml`). It
//! starts one PostgreSQL for all tests of a run, tells nextest where, and
//! leaves a keeper behind that ends it when nextest has ended.

use std::{
    fs::{self, OpenOptions},
    io::{Read as _, Write as _},
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use clap::Args;
use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, pidfd_open},
};

use super::{Postgres, VARIABLE};
use crate::{
    console,
    error::{Error, Result},
    process,
    processes::{Children, Event, first_line},
};

/// Where nextest reads what tests get into their environment.
const NEXTEST_ENVIRONMENT: &str = "NEXTEST_ENV";

/// Leaves PostgreSQL out; the server's tests know it too.
const ONLY_SQLITE: &str = "IC_CARD_ONLY_SQLITE";

/// How the address of a cluster begins.
const SCHEME: &str = "postgres://";

/// What a process of nextest is called.
const NEXTEST: &str = "cargo-nextest";

/// What can be said about `postgres`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Keeps a PostgreSQL until this process ends, and prints its address.
    #[arg(long, hide = true)]
    until: Option<i32>,
}

/// Sees to it that the tests of this run of nextest have a PostgreSQL.
///
/// # Errors
/// When nextest did not start this, or PostgreSQL can't be started.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(process) = options.until {
        return keep(process);
    }
    if std::env::var_os(VARIABLE).is_some() {
        console::note("PostgreSQL is there already");
        return Ok(());
    }
    if std::env::var(ONLY_SQLITE).is_ok_and(|value| value == "1") {
        console::note("tests on PostgreSQL are left out");
        return Ok(());
    }
    let environment = std::env::var_os(NEXTEST_ENVIRONMENT)
        .map(PathBuf::from)
        .ok_or_else(|| Error::Said("this is for nextest; see .config/nextest.toml".into()))?;
    let address = start_keeper(nextest()?)?;
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&environment)
        .map_err(Error::file(&environment))?;
    writeln!(file, "{VARIABLE}={address}").map_err(Error::file(&environment))
}

/// Starts this program once more, to stay when this one has ended.
fn start_keeper(nextest: Pid) -> Result<String> {
    let program = std::env::current_exe().map_err(Error::file("xtask"))?;
    let mut command = Command::new(program);
    command
        .args(["postgres", "--until"])
        .arg(nextest.as_raw_nonzero().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is nextest's; the keeper ends after it.
        .process_group(0);
    let mut keeper = command.spawn().map_err(process::start(&command))?;
    let output = keeper.stdout.take();
    let address = output.and_then(|output| first_line(output, |line| line.starts_with(SCHEME)));
    address.ok_or_else(|| {
        let mut said = String::new();
        if let Some(mut errors) = keeper.stderr.take() {
            // What can't be read is not said.
            let _ = errors.read_to_string(&mut said);
        }
        Error::Said(format!(
            "PostgreSQL can't be started (Debian's package is postgresql; {ONLY_SQLITE}=1 leaves \
             its tests out):\n{said}"
        ))
    })
}

/// Keeps a cluster until a process ends.
fn keep(process: i32) -> Result<()> {
    let watched = Pid::from_raw(process)
        .ok_or_else(|| Error::Said("a process has no such id".into()))
        .and_then(|pid| {
            pidfd_open(pid, PidfdFlags::empty())
                .map_err(|error| Error::Said(format!("process {process}: {error}")))
        })?;
    let cluster = Postgres::make()?;
    let mut children = Children::new()?;
    cluster.start(&mut children)?;
    let sender = children.sender();
    thread::spawn(move || {
        wait_for(&watched);
        // Nobody listens any more when the keeper is ending anyway.
        let _ = sender.send(Event::Interrupted);
    });
    console::result(&cluster.url());
    children.wait();
    Ok(())
}

/// Waits until a process has ended.
fn wait_for(process: &OwnedFd) {
    let mut polled = [PollFd::new(process, PollFlags::IN)];
    while poll(&mut polled, None) == Err(rustix::io::Errno::INTR) {}
}

/// The nextest that started this.
fn nextest() -> Result<Pid> {
    let mut process = std::process::id();
    loop {
        let folder = PathBuf::from(format!("/proc/{process}"));
        let status = folder.join("status");
        let text = fs::read_to_string(&status).map_err(Error::file(&status))?;
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        if field("Name:").is_some_and(|name| name.trim() == NEXTEST) {
            let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
            return pid.ok_or_else(|| Error::Said("nextest has no process id".into()));
        }
        process = field("PPid:")
            .and_then(|parent| parent.trim().parse().ok())
            .filter(|parent| *parent != 0)
            .ok_or_else(|| Error::Said("nextest did not start this".into()))?;
    }
}
