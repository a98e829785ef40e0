//! The pages in a real browser, on the real stack. This builds what is tested
//! and has a pcscd running; Playwright (`end2end/`) starts server, bridge and
//! cards for each test.

use std::{fs::File, os::unix::net::UnixStream, process::Stdio, time::Duration};

use crate::{
    children::{Children, bound},
    console,
    error::{Error, Result},
    files, native, npm, process, site,
};

/// Whoever uses the virtual readers of this machine holds this lock, as the
/// tests of `virtual-card` and `card-bridge` do.
const LOCK: &str = "/tmp/ic-card-pcscd.lock";

/// Where pcscd listens.
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// Builds everything and runs Playwright with these further arguments.
///
/// # Errors
/// When a test fails.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    site::build()?;
    native::build_all()?;
    console::step("tsc --noEmit");
    process::run(
        npm::program("tsc")
            .arg("--noEmit")
            .current_dir(npm::folder()),
    )?;

    let lock = File::create(LOCK).map_err(Error::file(LOCK))?;
    lock.lock().map_err(Error::file(LOCK))?;
    let screenshots = files::target().join("screenshots");
    if arguments.is_empty() {
        files::remove_folder(&screenshots)?;
    }
    let mut children = Children::new()?;
    ensure_pcscd(&mut children)?;
    console::step("The pages in Chromium");
    console::note(&format!("pictures: {}", screenshots.display()));
    let programs = native::program("server");
    children.run(
        "playwright",
        npm::program("playwright")
            .arg("test")
            .args(arguments)
            .current_dir(npm::folder())
            .env("IC_CARD_PROGRAMS", programs.parent().unwrap_or(&programs))
            .env("IC_CARD_SITE", site::folder())
            .env("IC_CARD_SCREENSHOTS", &screenshots),
    )
}

/// Takes the pcscd that is there, or starts one until the tests are over.
fn ensure_pcscd(children: &mut Children) -> Result<()> {
    let listens = || UnixStream::connect(SOCKET).is_ok();
    if listens() {
        return Ok(());
    }
    children.start(
        "pcscd",
        bound("pcscd").arg("--foreground").stdout(Stdio::null()),
    )?;
    children.wait_until("pcscd", Duration::from_secs(10), listens)
}
