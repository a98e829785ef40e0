//! The bridge on Windows, under Debian's Wine, in a prefix of its own: Playwright
//! (`end2end/windows/`) installs it, uses it from Chromium on this side, for Wine's
//! loopback interface is this machine's, and removes it again. A program of Wine's stands in
//! the browser's place, for Wine knows the owners of its own processes' connections only.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    console,
    error::{Error, Result},
    files, native, npm, package, process,
    processes::{Children, bound},
    site,
    steps::Steps,
};

/// Debian's programs, which are not on the path.
const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";

/// The screen for windows that nobody sees.
const DISPLAY: &str = ":94";

/// Making a prefix takes some ten seconds.
const PATIENCE: Duration = Duration::from_mins(3);

/// Builds everything and runs the tests.
pub(super) fn run(steps: &mut Steps, arguments: &[String]) {
    steps.run("the installer for Windows", || {
        process::run(&mut native::programs(&[package::NAME]))?;
        let allowed = package::example(&native::program(package::NAME))?;
        let programs = package::windows::build(package::windows::Kind::Release)?;
        package::windows::pack(&programs, &allowed).map(drop)
    });
    steps.run("the bridge on Windows (Wine)", || {
        npm::ensure()?;
        site::build()?;
        native::build_all()?;
        let programs = package::windows::build(package::windows::Kind::Demo)?;
        let mut children = Children::new()?;
        let prefix = Prefix::make(&mut children)?;
        let xtask = std::env::current_exe().map_err(Error::file("xtask"))?;
        let built = native::program("server");
        let mut playwright = npm::program("playwright");
        playwright
            .args(["test", "--config", "windows/playwright.config.ts"])
            .args(arguments)
            .current_dir(npm::folder())
            .env("IC_CARD_PROGRAMS", built.parent().unwrap_or(&built))
            .env("IC_CARD_SITE", site::folder())
            .env("IC_CARD_SCREENSHOTS", files::target().join("screenshots"))
            .env("IC_CARD_XTASK", xtask)
            .env("IC_CARD_WINDOWS_PROGRAMS", programs)
            .env("IC_CARD_WINE", WINE)
            .env("IC_CARD_RELAY", prefix.relay()?)
            .env("CARGO_TARGET_DIR", files::target());
        children.run("playwright", prefix.within(&mut playwright))
    });
}

/// A Windows of the test's own. Its processes end with it, and none of another's.
struct Prefix(PathBuf);

impl Prefix {
    fn make(children: &mut Children) -> Result<Self> {
        let folder = files::target().join("wine/prefix");
        let prefix = Self(folder);
        // Of a run that was killed.
        prefix.end();
        files::remove_folder(&prefix.0)?;
        files::make_folder(&prefix.0)?;
        children.start(
            "the screen",
            bound("Xvfb")
                .args([DISPLAY, "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        let socket = Path::new("/tmp/.X11-unix").join(DISPLAY.replace(':', "X"));
        children.wait_until("the screen", PATIENCE, || socket.exists())?;
        console::note("making a prefix for Wine");
        children.run(
            "wineboot",
            prefix
                .within(Command::new("timeout").arg(PATIENCE.as_secs().to_string()))
                .args([WINE, "wineboot", "--init"])
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        prefix.add_missing_library()?;
        Ok(prefix)
    }

    /// Debian's Wine has no `bcryptprimitives.dll`, which Rust's programs want.
    fn add_missing_library(&self) -> Result<()> {
        let library = self.0.join("drive_c/windows/system32/bcryptprimitives.dll");
        compile(
            "bcryptprimitives.c",
            &library,
            &["-shared"],
            &["-ladvapi32"],
        )
    }

    /// What stands in the browser's place.
    fn relay(&self) -> Result<PathBuf> {
        let program = self.0.join("drive_c/relay.exe");
        compile("relay.c", &program, &[], &["-lws2_32"])?;
        Ok(program)
    }

    /// The environment of a program that is to run in it.
    fn within<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("WINEPREFIX", &self.0)
            .env("WINEDEBUG", "-all")
            // No .NET and no Internet Explorer are fetched, no menus of this
            // machine's desktop are written.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=")
            .env("DISPLAY", DISPLAY)
    }

    /// Ends every program in it.
    fn end(&self) {
        let mut end = Command::new(SERVER);
        // It fails where nothing runs.
        process::succeeds(self.within(end.arg("--kill")));
    }
}

/// Compiles one of `xtask/wine/` for Windows.
fn compile(source: &str, program: &Path, how: &[&str], libraries: &[&str]) -> Result<()> {
    process::run(
        Command::new("x86_64-w64-mingw32-gcc")
            .args(["-O2", "-s"])
            .args(how)
            .arg("-o")
            .arg(program)
            .arg(files::root().join("xtask/wine").join(source))
            .args(libraries),
    )
}

impl Drop for Prefix {
    fn drop(&mut self) {
        self.end();
    }
}
