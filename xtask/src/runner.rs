//! Which program runs Rust's tests: nextest where it is installed, else cargo
//! itself. Either runs all of them, however many fail, and takes names: what
//! holds one of them in its path is run.

use std::process::Command;

use crate::{
    error::{Error, Result},
    native::cargo,
    process,
};

/// Runs tests.
///
/// `scope` makes a cargo command for the packages (`native::workspace`),
/// `targets` says which of their targets, `names` which of the tests; none
/// means all. `prepare` completes the command.
///
/// # Errors
/// When a test fails, or names match none.
pub(crate) fn run(
    scope: impl Fn(&str) -> Command,
    targets: &[&str],
    names: &[String],
    mut execute: impl FnMut(&mut Command) -> Result<()>,
) -> Result<()> {
    if process::succeeds(cargo("nextest").arg("--version")) {
        let mut command = scope("nextest run");
        command.args(targets).args(names);
        // A crate may have no tests inside; a name that matches none is a slip.
        if names.is_empty() {
            command.arg("--no-tests=pass");
        }
        return execute(&mut command);
    }
    let libtest = |subcommand: &[&str]| {
        let mut command = scope("test");
        command.args(targets).args(["--no-fail-fast", "--"]);
        command.args(subcommand).args(names);
        command
    };
    if !names.is_empty() {
        let listed = process::read(&mut libtest(&["--list"]))?;
        if !listed.lines().any(|line| line.ends_with(": test")) {
            let names = names.join(", ");
            return Err(Error::Said(format!("no test's path holds {names}")));
        }
    }
    execute(&mut libtest(&[]))
}
