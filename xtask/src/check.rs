//! `cargo xtask check`: what can be known of the crates at hand within a minute.
//! It installs nothing; whatever needs more is in `cargo xtask test`.

use std::{collections::BTreeSet, path::Path, process::Command};

use clap::Args;

use crate::{
    console,
    error::{Error, Result},
    files,
    native::cargo,
    optional, process, runner,
    steps::Steps,
    wasm::{self, Toolchain},
};

mod crates;

use crates::Member;

/// What can be said about `check`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The crates [default: those that were touched since the last commit].
    #[arg(value_name = "CRATE")]
    names: Vec<String>,
}

/// Format, lints and the tests inside of some crates.
///
/// # Errors
/// When something is not as it should be, or there is no such crate.
pub(crate) fn run(options: &Options) -> Result<()> {
    let members = if options.names.is_empty() {
        touched()?
    } else {
        let named = |name: &String| {
            crates::named(name).ok_or_else(|| {
                let known: Vec<_> = crates::MEMBERS.iter().map(|member| member.name).collect();
                Error::Said(format!("no crate {name}; there are: {}", known.join(", ")))
            })
        };
        options.names.iter().map(named).collect::<Result<_>>()?
    };
    if members.is_empty() {
        console::result("no crate was touched since the last commit");
        return Ok(());
    }
    let names: Vec<_> = members.iter().map(|member| member.name).collect();
    console::note(&format!("crates: {}", names.join(", ")));
    let mut steps = Steps::default();
    steps.run("cargo fmt --check", || {
        process::run(cargo("fmt").args(["--all", "--check"]))
    });
    steps.run("typos", optional::typos);
    for member in members {
        check(&mut steps, member);
    }
    steps.finish()
}

fn check(steps: &mut Steps, member: &'static Member) {
    let scope = |subcommand: &str| {
        let mut command: Command = cargo(subcommand);
        command.args(["--package", member.name]);
        if !member.features.is_empty() {
            command.args(["--features", member.features]);
        }
        command
    };
    let name = member.name;
    steps.run(&format!("cargo clippy: {name}"), || {
        process::run(scope("clippy").args(["--all-targets", "--", "-D", "warnings"]))
    });
    if member.is_in_pages {
        steps.run(&format!("cargo clippy (wasm32): {name}"), || {
            let Some(toolchain) = Toolchain::installed()? else {
                console::note("no compiler for wasm32 is installed, so not checked");
                return Ok(());
            };
            process::run(&mut wasm::clippy(&toolchain, member.name))
        });
    }
    steps.run(&format!("tests inside of {name}"), || {
        runner::run(scope, member.inside, &[], process::run).map(|_any| ())
    });
}

/// The crates with files that differ from the last commit.
fn touched() -> Result<BTreeSet<&'static Member>> {
    let status = process::read(
        Command::new("git")
            .args([
                "status",
                "--porcelain",
                "--no-renames",
                "--untracked-files=all",
            ])
            .args(["-z"])
            .current_dir(files::root()),
    )?;
    Ok(changed(&status)
        .flat_map(|path| crates::owners(Path::new(path)))
        .collect())
}

/// The paths in what `git status -z` says: each entry is two letters, which may
/// be spaces, a space, and the path from the root.
fn changed(status: &str) -> impl Iterator<Item = &str> {
    status.split('\0').filter_map(|entry| entry.get(3..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_changed_file_is_found_the_first_one_too() {
        let status = " M app/src/root.rs\0?? server/src/new file.rs\0R  xtask/src/run.rs\0";
        let paths: Vec<_> = changed(status).collect();
        assert_eq!(
            paths,
            [
                "app/src/root.rs",
                "server/src/new file.rs",
                "xtask/src/run.rs"
            ]
        );
        assert_eq!(changed("").count(), 0);
    }
}
