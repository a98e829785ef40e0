//! What needs nothing but the sources: format, clippy on both sides, docs,
//! dependencies, and the tests inside of the crates.

use crate::{
    console,
    error::Result,
    native::{cargo, workspace},
    process,
    wasm::Toolchain,
};

/// Runs them all.
///
/// # Errors
/// When something is not as it should be.
pub(super) fn run() -> Result<()> {
    console::step("cargo fmt --check");
    process::run(cargo("fmt").args(["--all", "--check"]))?;
    console::step("cargo clippy (native, with server rendering)");
    process::run(workspace("clippy").args(["--all-targets", "--", "-D", "warnings"]))?;
    process::run(cargo("clippy").args([
        "--package",
        "xtask",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    let toolchain = Toolchain::find()?;
    console::step("cargo clippy (the pages for wasm32)");
    process::run(
        toolchain
            .cargo("clippy")
            .args(["--package", "app", "--lib", "--no-default-features"])
            .args(["--features", "hydrate", "--", "-D", "warnings"]),
    )?;
    console::step("cargo doc");
    process::run(
        workspace("doc")
            .arg("--no-deps")
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    check_dependencies()?;
    console::step("cargo test: inside of the crates");
    process::run(cargo("test").args(["--package", "xtask"]))?;
    process::run(workspace("test").args(["--lib", "--bins"]))?;
    process::run(workspace("test").arg("--doc"))
}

/// What may come into the lock file (`deny.toml`). Nobody needs cargo-deny to
/// work here: without it this is left out. The advisories are not part of it,
/// since their database comes from the network.
fn check_dependencies() -> Result<()> {
    if !process::succeeds(cargo("deny").arg("--version")) {
        console::step("cargo deny is not installed: the dependencies are not checked");
        console::note("cargo install cargo-deny --locked");
        return Ok(());
    }
    console::step("cargo deny: licences, sources, one version of each crate");
    process::run(cargo("deny").args(["check", "--deny", "warnings", "bans", "licenses", "sources"]))
}
