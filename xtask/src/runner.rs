//! Which program runs Rust's tests: nextest where it is installed, else cargo
//! itself. Either runs all of them, however many fail, and takes names: what
//! holds one of them in its path is run.

use std::process::Command;

use crate::{
    error::{Error, Result},
    native::cargo,
    process,
};

/// How nextest ends when no test matches.
const NO_TESTS: i32 = 4;

/// Runs tests. Whether there were any.
///
/// `scope` makes a cargo command for the packages (`native::workspace`),
/// `targets` says which of their targets, `names` which of the tests; none
/// means all. `execute` runs the command.
///
/// # Errors
/// When a test fails.
pub(crate) fn run(
    scope: impl Fn(&str) -> Command,
    targets: &[&str],
    names: &[String],
    mut execute: impl FnMut(&mut Command) -> Result<()>,
) -> Result<bool> {
    if process::succeeds(cargo("nextest").arg("--version")) {
        let mut command = scope("nextest run");
        command.args(targets).args(names);
        return match execute(&mut command) {
            Err(Error::Failed { status, .. }) if status.code() == Some(NO_TESTS) => Ok(false),
            done => done.map(|()| true),
        };
    }
    let libtest = |subcommand: &[&str]| {
        let mut command = scope("test");
        command.args(targets).args(["--no-fail-fast", "--"]);
        command.args(subcommand).args(names);
        command
    };
    let listed = process::read(&mut libtest(&["--list"]))?;
    if !listed.lines().any(|line| line.ends_with(": test")) {
        return Ok(false);
    }
    execute(&mut libtest(&[])).map(|()| true)
}

/// What to say when names match nothing.
pub(crate) fn no_match(names: &[String]) -> Error {
    Error::Said(format!("no test's path holds {}", names.join(", ")))
}
