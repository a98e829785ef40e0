//! The pages in a real browser, on the real stack. This builds what is tested
//! and has a pcscd running; Playwright (`end2end/`) starts server, bridge and
//! cards for each test.

use std::{
    fs::{self, File},
    os::unix::net::UnixStream,
    process::Stdio,
    time::Duration,
};

use crate::{
    console,
    error::{Error, Result},
    files, native, npm, packages, process,
    processes::{Children, bound},
    site,
    steps::Steps,
};

/// Whoever uses the virtual readers of this machine holds this lock, as the
/// tests of `virtual-card` and `card-bridge` do.
const LOCK: &str = "/tmp/ic-card-pcscd.lock";

/// Which readers Debian's package of vpcd configures, at which port, and ours.
const VPCD: &str = "/etc/reader.conf.d/vpcd";
const DEBIANS_PORT: u16 = 35963;
const OWN_PORT: u16 = 24963;

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
    steps.run("the pages in Chromium and Firefox", || {
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

/// What Lighthouse says of the pages, on the same stack.
///
/// # Errors
/// What the tools say.
pub(crate) fn lighthouse() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::CARDS, packages::BROWSERS])?;
    npm::ensure()?;
    npm::ensure_in(&npm::folder().join("lighthouse"))?;
    site::build()?;
    native::build_all()?;
    console::step("Lighthouse, mobile: the median of five");
    let arguments = ["--config", "lighthouse/playwright.config.ts"].map(String::from);
    playwright(&arguments, true)
}

fn playwright(arguments: &[String], is_part: bool) -> Result<()> {
    let lock = File::create(LOCK).map_err(Error::file(LOCK))?;
    lock.lock().map_err(Error::file(LOCK))?;
    let screenshots = files::target().join("screenshots");
    if !is_part {
        files::remove_folder(&screenshots)?;
    }
    let mut children = Children::new()?;
    let readers = Readers::ensure(&mut children)?;
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
            .env("IC_CARD_VPCD_PORT", readers.port.to_string())
            .env("CARGO_TARGET_DIR", files::target()),
    )
}

/// What matches file or title of a test that holds one of `names`, as they are.
pub(super) fn pattern(names: &[String]) -> String {
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

/// The virtual readers: their first port.
struct Readers {
    port: u16,
}

impl Readers {
    /// Takes the pcscd that is there, or starts one until the tests are over. Debian's
    /// port is one of those that the system gives to whoever connects to anything, so
    /// ours is another.
    fn ensure(children: &mut Children) -> Result<Self> {
        let listens = || UnixStream::connect(SOCKET).is_ok();
        if listens() {
            return Ok(Self { port: DEBIANS_PORT });
        }
        let vpcd = fs::read_to_string(VPCD).map_err(Error::file(VPCD))?;
        let (debians, own) = (format!("0x{DEBIANS_PORT:X}"), format!("0x{OWN_PORT:X}"));
        let folder = files::target().join("readers");
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let file = folder.join("vpcd");
        fs::write(&file, vpcd.replace(&debians, &own)).map_err(Error::file(&file))?;
        children.start(
            "pcscd",
            bound("pcscd")
                .args(["--foreground", "--config"])
                .arg(&folder)
                .stdout(Stdio::null()),
        )?;
        children.wait_until("pcscd", Duration::from_secs(10), listens)?;
        Ok(Self { port: OWN_PORT })
    }
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
