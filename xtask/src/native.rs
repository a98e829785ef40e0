//! The native programs: built by cargo in the development profile for `run`
//! and the tests, in the release profile for people who install them.

use std::{path::PathBuf, process::Command};

use crate::{console, error::Result, files, packages, process};

/// Which profile of cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Development,
    /// What is installed.
    Release,
}

impl Profile {
    const fn folder(self) -> &'static str {
        match self {
            Self::Development => "debug",
            Self::Release => "release",
        }
    }

    /// The path of a program that was built in this profile.
    pub(crate) fn program(self, name: &str) -> PathBuf {
        files::target().join(self.folder()).join(name)
    }
}

/// `cargo <subcommand>` with the toolchain that compiled this program.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new("cargo");
    command.arg(subcommand).current_dir(files::root());
    command
}

/// Builds the server and the bridge as they are installed.
///
/// # Errors
/// What cargo says.
pub(crate) fn build(profile: Profile) -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("Compiling the server and the bridge");
    let mut command = cargo("build");
    command.args(["--package", "server", "--package", "card-bridge"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    process::run(&mut command)
}

/// Builds the server, the bridge that takes software cards, the software cards
/// and the maker of the demo.
///
/// # Errors
/// What cargo says.
pub(crate) fn build_demo(profile: Profile) -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("Compiling server, bridge and software cards (the first time takes minutes)");
    let mut command = cargo("build");
    command.args(["--package", "server", "--package", "card-bridge"]);
    command.args(["--package", "virtual-card", "--package", "demo"]);
    command.args(["--features", "card-bridge/demo"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    process::run(&mut command)
}
