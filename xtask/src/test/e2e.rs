//! The pages in a real browser, on the real stack. This builds what is tested
//! and has a pcscd running; Playwright (`end2end/`) starts server, bridge and
//! cards for each test.

use std::{fs::File, os::unix::net::UnixStream, process::Stdio, time::Duration};

use crate::{
    console,
    error::{Error, Result},
    files, native, npm, process,
    processes::{Children, bound},
    site,
    steps::Steps,
};

/// Whoever uses the virtual readers of this machine holds this lock, as the
/// tests of `virtual-card` and `card-bridge` do.
const LOCK: &str = "/tmp/ic-card-pcscd.lock";

/// Where pcscd listens.
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// Builds everything and runs Playwright with these further arguments; with
/// `names`, the tests whose file or title holds one of them.
pub(super) fn run(steps: &mut Steps, names: &[String], arguments: &[String]) {
    steps.run("tsc --noEmit", || {
        npm::ensure()?;
        let mut compiler = npm::program("tsc");
        process::run(compiler.arg("--noEmit").current_dir(npm::folder()))
    });
    steps.run("the pages in Chromium", || {
        site::build()?;
        native::build_all()?;
        let is_part = !names.is_empty() || !arguments.is_empty();
        let mut arguments = arguments.to_vec();
        if !names.is_empty() {
            arguments.extend(["--grep".into(), pattern(names)]);
        }
        playwright(&arguments, is_part)
    });
}

fn playwright(arguments: &[String], is_part: bool) -> Result<()> {
    let lock = File::create(LOCK).map_err(Error::file(LOCK))?;
    lock.lock().map_err(Error::file(LOCK))?;
    let screenshots = files::target().join("screenshots");
    if !is_part {
        files::remove_folder(&screenshots)?;
    }
    let mut children = Children::new()?;
    ensure_pcscd(&mut children)?;
    console::note(&format!("pictures: {}", screenshots.display()));
    let programs = native::program("server");
    let xtask = std::env::current_exe().map_err(Error::file("xtask"))?;
    children.run(
        "playwright",
        npm::program("playwright")
            .arg("test")
            .args(arguments)
            .current_dir(npm::folder())
            .env("IC_CARD_PROGRAMS", programs.parent().unwrap_or(&programs))
            .env("IC_CARD_BUILD", native::build_command().join(" "))
            .env("IC_CARD_SITE", site::folder())
            .env("IC_CARD_SCREENSHOTS", &screenshots)
            .env("IC_CARD_XTASK", xtask)
            .env("CARGO_TARGET_DIR", files::target()),
    )
}

/// What matches file or title of a test that holds one of `names`, as they are.
fn pattern(names: &[String]) -> String {
    let literal = |name: &String| {
        name.chars().fold(String::new(), |mut text, c| {
            if c.is_ascii_punctuation() {
                text.push('\\');
            }
            text.push(c);
            text
        })
    };
    names.iter().map(literal).collect::<Vec<_>>().join("|")
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

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn names_of_tests_are_no_regular_expressions() {
        let names = ["冻结".to_owned(), "login.spec.ts".to_owned()];
        assert_eq!(pattern(&names), "冻结|login\\.spec\\.ts");
    }
}
