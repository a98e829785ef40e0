//! The integration tests of all crates. Software cards and the bridge stand
//! behind pcscd, judged by tools that nobody here wrote; the server runs on
//! SQLite and on a throw-away PostgreSQL.

use crate::{
    console,
    error::Result,
    native::workspace,
    postgres::{self, Postgres},
    processes::Children,
    runner,
    steps::Steps,
};

/// Runs them all, or those that match one of `names`.
pub(super) fn run(steps: &mut Steps, names: &[String]) {
    steps.run(
        "integration tests: software cards, bridge, and the server on both databases",
        || {
            let cluster = Postgres::make()?;
            let mut children = Children::new()?;
            cluster.start(&mut children)?;
            let any = runner::run(workspace, &["--test", "*"], names, |command| {
                children.run("tests", command.env(postgres::VARIABLE, cluster.url()))
            })?;
            if any {
                Ok(())
            } else {
                Err(runner::no_match(names))
            }
        },
    );
}

/// Runs what the integration tests only run a sample of: every cut of a 制卡 and
/// of an operation on a card and every round of its races, on both databases, and
/// more states of the model of the protocol.
///
/// # Errors
/// When something is not as it should be.
pub(super) fn sweep() -> Result<()> {
    let cluster = Postgres::make()?;
    let mut children = Children::new()?;
    cluster.start(&mut children)?;
    console::step("cargo test: every cut of an operation on a card, on both databases");
    children.run(
        "cargo test",
        workspace("test")
            .args(["--test", "it", "--test", "protocol", "--", "--nocapture"])
            // The judges have no cuts, and wait for the readers.
            .args(["operations::", "enroll::sweep::", "checks::"])
            .args(["--skip", "judges::"])
            .env(postgres::VARIABLE, cluster.url())
            .env("IC_CARD_EXHAUSTIVE", "1"),
    )
}

/// Runs the faults at length: full disks, processes that stand still, clients that hang
/// up, 制卡 and acts by a bad way, silences, a standby, restores that are cut off, a soak.
/// The integration tests run each for seconds. The soak has half an hour; how long all of
/// it takes was not measured since more is in it.
///
/// # Errors
/// When something is not as it should be.
pub(super) fn faults() -> Result<()> {
    let cluster = Postgres::make()?;
    let mut children = Children::new()?;
    cluster.start(&mut children)?;
    console::step("cargo test: faults at length, on both databases");
    children.run(
        "cargo test",
        workspace("test")
            .args(["--test", "it", "--test", "bridge", "--test", "pcsc"])
            .args([
                "--",
                "--nocapture",
                "endurance::",
                "faults::",
                "backup::cut_off",
                "storage::silence",
                "service::standby",
                "stopped::",
            ])
            .env(postgres::VARIABLE, cluster.url())
            .env("IC_CARD_FAULTS", "long"),
    )
}

/// Runs every attack on a log of 100 000 events, and prints how many there
/// were; the integration tests attack one of 2 000.
///
/// # Errors
/// When one is not found.
pub(super) fn audit_attacks() -> Result<()> {
    let mut children = Children::new()?;
    console::step("cargo test: every attack on a log of 100 000 events");
    children.run(
        "cargo test",
        workspace("test")
            .args(["--test", "it", "--", "--nocapture", "audit::attacks"])
            .env("IC_CARD_EXHAUSTIVE", "1"),
    )
}

/// Seconds for each parser.
const FUZZ_SECONDS: &str = "30";

/// Cases for each property of `proptest` that has no time of its own.
const PROPERTY_CASES: &str = "20000";

/// Shows every parser that untrusted bytes reach changed seeds, for a bounded
/// time: the tests named `fuzz::` of all crates (the bridge's are in `bridge`, the USB
/// key's in `usb`), then the properties of the parsers of card and bridge.
///
/// # Errors
/// When one gives a wrong answer, or none.
pub(super) fn fuzz() -> Result<()> {
    let mut children = Children::new()?;
    console::step("cargo test: untrusted bytes for every parser, for a bounded time");
    children.run(
        "cargo test",
        workspace("test")
            .args([
                "--test",
                "it",
                "--test",
                "bridge",
                "--test",
                "usb",
                "--",
                "--nocapture",
                "fuzz::",
                "properties::",
            ])
            .env("IC_CARD_FUZZ_SECONDS", FUZZ_SECONDS)
            .env("PROPTEST_CASES", PROPERTY_CASES),
    )
}
