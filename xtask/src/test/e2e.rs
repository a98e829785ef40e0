//! The pages in a real browser, on the real stack: Playwright starts what it
//! needs (`end2end/`), this builds it first.

use std::process::Command;

use crate::{
    console,
    error::Result,
    files,
    native::{self, Profile},
    npm, packages, process, site,
};

/// Builds everything and runs Playwright.
///
/// # Errors
/// When a test fails.
pub(super) fn run() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::CARDS, packages::BROWSER])?;
    site::build()?;
    native::build_demo(Profile::Development)?;
    console::step("The pages in Chromium");
    let program = |name| Profile::Development.program(name);
    process::run(
        npm::program("tsc")
            .arg("--noEmit")
            .current_dir(npm::folder()),
    )?;
    process::run(
        Command::new(npm::folder().join("node_modules/.bin/playwright"))
            .arg("test")
            .current_dir(npm::folder())
            .env(
                "IC_CARD_PROGRAMS",
                program("server").parent().unwrap_or(&files::target()),
            )
            .env("IC_CARD_SITE", site::folder())
            .env("IC_CARD_SCREENSHOTS", files::target().join("screenshots")),
    )
}
