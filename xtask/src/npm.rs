//! What comes from npm: `end2end/` has the lock file, for wasm-opt and for the browser
//! tests; one of its own is for Lighthouse, which no test needs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    console,
    error::{Error, Result},
    files, process,
    processes::bound,
};

/// Where `package.json` is.
pub(crate) fn folder() -> PathBuf {
    files::root().join("end2end")
}

/// Sees to it that the packages of the lock file are installed.
///
/// # Errors
/// When there is no Node, or npm fails.
pub(crate) fn ensure() -> Result<()> {
    ensure_in(&folder())
}

/// The same for the lock file of another folder.
///
/// # Errors
/// See [`ensure`].
pub(crate) fn ensure_in(folder: &Path) -> Result<()> {
    let stamp = folder.join("node_modules/.xtask-stamp");
    let hash = files::hash(files::read(&folder.join("package-lock.json"))?);
    if files::is_done(&stamp, &hash) {
        return Ok(());
    }
    let version = process::read(Command::new("node").arg("--version"))
        .map_err(|_| Error::Said("Node 20 or later is needed, and `node` was not found".into()))?;
    console::step(&format!("npm ci in {} (node {version})", folder.display()));
    process::run(
        Command::new("npm")
            // No package of the lock file needs a script of its own to be installed.
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder)
            // The tests drive Debian's Chromium.
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
    )?;
    files::write(&stamp, hash)
}

/// A program of the packages.
pub(crate) fn program(name: &str) -> Command {
    bound(folder().join("node_modules/.bin").join(name))
}
