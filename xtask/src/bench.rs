//! `cargo xtask bench`: the figures of the storage and of the login, beside
//! their floors, and the size of what a browser is sent.

use crate::{console, error::Result, native::cargo, packages, process, site::Site, size};

/// Runs them in the release profile; then says how big the built site is, if
/// there is one.
///
/// # Errors
/// What cargo says.
pub(crate) fn run() -> Result<()> {
    packages::ensure(&[packages::BUILD])?;
    console::step("The figures (release profile; a million cards take minutes)");
    process::run(cargo("bench").args(["--package", "server", "--bench", "figures"]))?;
    if let Some(site) = Site::built()? {
        return size::report(&site);
    }
    console::result("size: no site is built (cargo xtask site builds it)");
    Ok(())
}
