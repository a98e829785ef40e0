//! Tools that check what cargo does not, where they are installed. Nobody needs
//! them to work here: without one its check is left out, and the run says so.

use std::process::Command;

use crate::{console, error::Result, files, native::cargo, process};

/// Slips of the pen (`_typos.toml`).
///
/// # Errors
/// When there are some.
pub(crate) fn typos() -> Result<()> {
    let typos = || {
        let mut command = Command::new("typos");
        command.current_dir(files::root());
        command
    };
    where_installed(&mut typos(), "pip install typos", || {
        process::run(&mut typos())
    })
}

/// What may come into the lock file (`deny.toml`), except for advisories, which
/// have a check of their own.
///
/// # Errors
/// When something is in it that may not.
pub(crate) fn deny() -> Result<()> {
    where_installed(
        &mut cargo("deny"),
        "cargo install cargo-deny --locked",
        || {
            let checks = ["bans", "licenses", "sources"];
            process::run(
                cargo("deny")
                    .args(["check", "--deny", "warnings"])
                    .args(checks),
            )
        },
    )
}

/// Dependencies that nothing uses.
///
/// # Errors
/// When there are some.
pub(crate) fn machete() -> Result<()> {
    where_installed(
        &mut cargo("machete"),
        "cargo install cargo-machete --locked",
        || process::run(&mut cargo("machete")),
    )
}

fn where_installed(
    tool: &mut Command,
    install: &str,
    check: impl FnOnce() -> Result<()>,
) -> Result<()> {
    if process::succeeds(tool.arg("--version")) {
        return check();
    }
    console::note(&format!("not installed, so not checked: {install}"));
    Ok(())
}
