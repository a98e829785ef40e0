//! The terminal's start script (`card-bridge/packaging/kiosk/`) under a bare X: what it
//! starts is killed at random, and the page has to be there again (`end2end/kiosk/`).

use crate::{npm, processes::Children, steps::Steps};

/// Runs the tests.
pub(super) fn run(steps: &mut Steps, arguments: &[String]) {
    steps.run("the terminal's start script, killed at random", || {
        npm::ensure()?;
        let mut children = Children::new()?;
        let mut playwright = npm::program("playwright");
        playwright
            .args(["test", "--config", "kiosk/playwright.config.ts"])
            .args(arguments)
            .current_dir(npm::folder());
        children.run("playwright", &mut playwright)
    });
}
