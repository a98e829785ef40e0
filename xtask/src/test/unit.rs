//! What needs nothing but the sources: format, clippy on both sides, docs,
//! dependencies, and the tests inside of the crates.

use crate::{
    advisories,
    native::{cargo, workspace},
    optional, process, runner,
    steps::Steps,
    wasm::{self, Toolchain},
};

/// Runs them all; with `names`, those of the tests that match and nothing else.
pub(super) fn run(steps: &mut Steps, names: &[String]) {
    if names.is_empty() {
        check_sources(steps);
        check_dependencies(steps);
    }
    let mut any = false;
    steps.run("tests inside of the tool chain", || {
        any |= runner::run(package("xtask"), &["--bins"], names, process::run)?;
        Ok(())
    });
    steps.run("tests inside of the crates", || {
        any |= runner::run(workspace, &["--lib", "--bins"], names, process::run)?;
        if any {
            Ok(())
        } else {
            Err(runner::no_match(names))
        }
    });
    if names.is_empty() {
        steps.run("examples in the docs", || {
            process::run(workspace("test").arg("--doc"))
        });
    }
}

fn check_sources(steps: &mut Steps) {
    steps.run("cargo fmt --check", || {
        process::run(cargo("fmt").args(["--all", "--check"]))
    });
    steps.run("typos", optional::typos);
    steps.run("cargo clippy (native, with server rendering)", || {
        process::run(workspace("clippy").args(["--all-targets", "--", "-D", "warnings"]))
    });
    steps.run("cargo clippy (the tool chain)", || {
        process::run(package("xtask")("clippy").args(["--all-targets", "--", "-D", "warnings"]))
    });
    for name in ["app", "card-usb"] {
        steps.run(&format!("cargo clippy (wasm32): {name}"), || {
            let toolchain = Toolchain::find()?;
            process::run(&mut wasm::clippy(&toolchain, name))
        });
    }
    steps.run("cargo doc", || {
        process::run(
            workspace("doc")
                .arg("--no-deps")
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    });
}

/// What may come into the lock file, and what need not be in it.
fn check_dependencies(steps: &mut Steps) {
    steps.run("cargo deny", optional::deny);
    steps.run("cargo machete", optional::machete);
    steps.run("advisories", advisories::check_if_there);
}

/// `cargo <subcommand>` for one package.
fn package(name: &'static str) -> impl Fn(&str) -> std::process::Command {
    move |subcommand| {
        let mut command = cargo(subcommand);
        command.args(["--package", name]);
        command
    }
}
