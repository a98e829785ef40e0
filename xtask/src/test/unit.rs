//! What needs nothing but the sources: format, clippy on both sides, docs, and
//! the tests inside of the crates.

use crate::{console, error::Result, native::cargo, packages, process, wasm::Toolchain};

/// The features that are off in an ordinary build, so that their code is
/// looked at too.
pub(crate) const FEATURES: &str = "card-bridge/demo,card-bridge/pcsc,virtual-card/judges";

/// Runs them all.
///
/// # Errors
/// When something is not as it should be.
pub(super) fn run() -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("cargo fmt --check");
    process::run(cargo("fmt").args(["--all", "--check"]))?;
    console::step("cargo clippy (native, with server rendering)");
    process::run(
        cargo("clippy")
            .args(["--workspace", "--all-targets", "--features", FEATURES])
            .args(["--", "-D", "warnings"]),
    )?;
    let toolchain = Toolchain::find()?;
    if matches!(toolchain, Toolchain::Debian { .. }) {
        packages::ensure(&[packages::WASM_CLIPPY])?;
    }
    console::step("cargo clippy (the pages for wasm32)");
    process::run(
        toolchain
            .cargo("clippy")
            .args(["--package", "app", "--lib", "--no-default-features"])
            .args(["--features", "hydrate", "--", "-D", "warnings"]),
    )?;
    console::step("cargo doc");
    process::run(
        cargo("doc")
            .args(["--workspace", "--no-deps", "--features", FEATURES])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    console::step("cargo test: inside of the crates");
    process::run(cargo("test").args(["--workspace", "--exclude", "server"]))?;
    process::run(cargo("test").args(["--package", "server", "--lib", "--bins"]))
}
