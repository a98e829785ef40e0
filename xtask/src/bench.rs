//! `cargo xtask bench`: the figures of the storage and of the login, beside
//! their floors; those of 延期 and 解锁, beside another tool and the card's own
//! time; and the size of what a browser is sent.

use crate::{console, error::Result, native::cargo, packages, process, site::Site, size};

/// Runs them in the release profile; then says how big the built site is, if
/// there is one.
///
/// # Errors
/// What cargo says.
pub(crate) fn run() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::CARDS])?;
    console::step("The figures (release profile; a million cards take minutes)");
    process::run(cargo("bench").args(["--package", "server", "--bench", "figures"]))?;
    console::step("延期, 解锁 and login on a card behind pcscd");
    process::run(cargo("bench").args(["--package", "server", "--bench", "operations"]))?;
    if let Some(site) = Site::built()? {
        return size::report(&site);
    }
    console::result("size: no site is built (cargo xtask site builds it)");
    Ok(())
}
