//! The native programs: in the development profile for `run` and the tests,
//! which is quick to build; in the release profile for people who install them.

use std::{path::PathBuf, process::Command};

use crate::{console, error::Result, files, packages, process};

/// The path of a program that [`build_all`] built.
pub(crate) fn program(name: &str) -> PathBuf {
    files::target().join("debug").join(name)
}

/// `cargo <subcommand>` with the toolchain that compiled this program.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new("cargo");
    command.arg(subcommand).current_dir(files::root());
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

/// Builds the server and the bridge as they are installed.
///
/// # Errors
/// What cargo says.
pub(crate) fn release() -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("Compiling the server and the bridge, optimised");
    process::run(cargo("build").args(["--release", "-p", "server", "-p", "card-bridge"]))?;
    for name in ["server", "card-bridge"] {
        let path = files::target().join("release").join(name);
        console::result(&format!("built: {}", path.display()));
    }
    Ok(())
}

/// Builds every program of the workspace, with software cards in the bridge.
///
/// # Errors
/// What cargo says.
pub(crate) fn build_all() -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("Compiling server, bridge and software cards (the first time takes minutes)");
    process::run(workspace("build").arg("--bins"))
}
