//! The native programs: in the development profile for `run` and the tests,
//! which is quick to build; in the release profile for people who install them.

use std::{ffi::OsStr, iter, path::PathBuf, process::Command};

use crate::{console, error::Result, files, packages, process, processes::bound};

/// The path of a program that [`build_all`] built.
pub(crate) fn program(name: &str) -> PathBuf {
    files::target().join("debug").join(name)
}

/// `cargo <subcommand>` (`test`, `nextest run`) with the toolchain that compiled
/// this program.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = bound("cargo");
    command
        .args(subcommand.split(' '))
        .current_dir(files::root());
    command
}

/// `cargo <subcommand>` for the whole workspace, with what is off in an
/// ordinary build. Whoever asks for less has cargo compile the dependencies
/// once more, with other features.
pub(crate) fn workspace(subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    // xtask itself was compiled with its own features when it was started.
    command.args(["--workspace", "--exclude", "xtask", "--features"]);
    command.arg("card-bridge/demo,card-bridge/pcsc,virtual-card/judges,server/judges");
    command
}

/// The programs that are installed, each with its package.
pub(crate) const INSTALLED: [(&str, &str); 3] = [
    ("server", "server"),
    ("card-bridge", "card-bridge"),
    // For those who were given a proof file, and have no server.
    ("event-log-verify", "event-log"),
];

/// The path of a program that [`release`] built.
pub(crate) fn released(name: &str) -> PathBuf {
    files::target().join("release").join(name)
}

/// Builds the programs as they are installed.
///
/// # Errors
/// What cargo says.
pub(crate) fn release() -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("Compiling the server, the bridge and event-log-verify, optimised");
    release_of(&INSTALLED.map(|(_program, package)| package))?;
    for (name, _package) in INSTALLED {
        console::result(&format!("built: {}", released(name).display()));
    }
    Ok(())
}

/// Builds the programs of some packages as they are installed.
///
/// # Errors
/// What cargo says.
pub(crate) fn release_of(packages: &[&str]) -> Result<()> {
    let packages = packages.iter().flat_map(|package| ["--package", *package]);
    process::run(
        cargo("build")
            .args(["--release", "--locked"])
            .args(packages),
    )
}

/// Builds some programs, with the features that all are built with.
pub(crate) fn programs(names: &[&str]) -> Command {
    let mut command = workspace("build");
    for name in names {
        command.args(["--bin", name]);
    }
    command
}

/// Builds every program of the workspace, with software cards in the bridge.
///
/// # Errors
/// What cargo says.
pub(crate) fn build_all() -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("Compiling server, bridge and software cards (the first time takes minutes)");
    process::run(&mut every_program())
}

/// The words of the command that [`build_all`] runs. None has a space in it.
pub(crate) fn build_command() -> Vec<String> {
    let command = every_program();
    let text = |word: &OsStr| word.to_string_lossy().into_owned();
    let arguments = command.get_args().map(text);
    iter::once(text(command.get_program()))
        .chain(arguments)
        .collect()
}

fn every_program() -> Command {
    let mut command = workspace("build");
    command.arg("--bins");
    command
}
