//! What comes from Debian: finds what is missing, and installs it as root or
//! says the one line to run.

use std::{collections::BTreeSet, process::Command};

use crate::{
    console,
    error::{Error, Result},
    process,
};

/// Packages that are needed together.
pub(crate) type Group = &'static [&'static str];

/// What the native crates need to compile: the client side of PC/SC, and
/// libclang for the software card's file system.
pub(crate) const BUILD: Group = &["pkg-config", "libpcsclite-dev", "libclang-14-dev"];

/// Debian's Rust with the sources of std, for wasm32 without rustup's target.
pub(crate) const WASM: Group = &["rustc-web", "cargo-web", "rust-web-src"];

/// Its clippy.
pub(crate) const WASM_CLIPPY: Group = &["rust-web-clippy"];

/// A PC/SC stack without hardware, and the judges of our cards.
pub(crate) const CARDS: Group = &[
    "pcscd",
    "vsmartcard-vpcd",
    "opensc",
    "yubico-piv-tool",
    "pcsc-tools",
    "openssl",
];

/// A throw-away PostgreSQL, and a pooler to stand before it.
pub(crate) const POSTGRES: Group = &["postgresql", "pgbouncer"];

/// Faults that nobody here wrote: a clock that is set while a program runs.
pub(crate) const FAULTS: Group = &["libfaketime"];

/// The browsers, with glyphs for Chinese.
pub(crate) const BROWSERS: Group = &["chromium", "firefox-esr", "fonts-noto-cjk"];

/// Who reads codes off a screen.
pub(crate) const CAMERA: Group = &["zbar-tools"];

/// The packers of Debian and of systems with rpm.
pub(crate) const PACKAGING: Group = &["dpkg-dev", "rpm"];

/// A compiler for Windows, and what makes an installer.
pub(crate) const WINDOWS: Group = &["gcc-mingw-w64-x86-64-win32", "nsis"];

/// A screen that nobody sees, and who asks it for its windows.
pub(crate) const SCREEN: Group = &["xvfb", "x11-utils"];

/// A Windows of a kind, a screen that nobody sees, and who types there.
pub(crate) const WINE: Group = &["wine64", "xvfb", "xdotool"];

/// A virtual machine that sees a USB key: QEMU, what its first root and its kernel are made
/// with, what tells its browser of new devices, and who judges the key as a reader.
pub(crate) const USB: Group = &[
    "qemu-system-x86",
    "busybox-static",
    "udev",
    "xz-utils",
    "libccid",
    // A screen on which Chromium asks a person for a key, and who answers.
    "xvfb",
    "xdotool",
];

/// What draws the pictures of the docs.
pub(crate) const PICTURES: Group = &["graphviz"];

/// Sees to it that packages are installed. A task asks for all that it needs
/// before it begins, so that whoever is not root gets one line to run.
///
/// # Errors
/// [`Error::Packages`] with that line, when this is not root.
pub(crate) fn ensure(wanted: &[Group]) -> Result<()> {
    let missing = missing(wanted);
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        missing.join(" ")
    );
    if !has_apt() {
        return Err(Error::Said(format!(
            "this machine has no apt-get; install what Debian 12 calls: {}",
            missing.join(" ")
        )));
    }
    if !is_root() {
        // A fresh Debian has no sudo.
        let has_sudo = process::succeeds(Command::new("sudo").arg("--version"));
        let as_root = if has_sudo { "sudo sh -c" } else { "su -c" };
        return Err(Error::Packages(format!("{as_root} '{install}'")));
    }
    console::step(&format!("Installing with apt: {}", missing.join(" ")));
    update()?;
    process::run(apt(&["install", "-y", "-q", "--no-install-recommends"]).args(&missing))
}

/// Has apt look for what is new.
///
/// # Errors
/// When it can't, for instance because this is not root.
pub(crate) fn update() -> Result<()> {
    process::run(&mut apt(&["update", "-q"]))
}

/// Whether packages that are missing would be installed.
pub(crate) fn can_install() -> bool {
    is_root() && has_apt()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn has_apt() -> bool {
    process::succeeds(Command::new("apt-get").arg("--version"))
}

/// Whether packages are all there.
pub(crate) fn are_installed(wanted: &[Group]) -> bool {
    missing(wanted).is_empty()
}

fn missing(wanted: &[Group]) -> Vec<&'static str> {
    let wanted: BTreeSet<&str> = wanted.concat().into_iter().collect();
    wanted
        .into_iter()
        .filter(|name| !is_installed(name))
        .collect()
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_installed(name: &str) -> bool {
    process::read(
        Command::new("sh")
            .arg("-c")
            .arg("dpkg-query -W -f='${db:Status-Status}' \"$1\" 2>/dev/null || true")
            .arg("dpkg-query")
            .arg(name),
    )
    .is_ok_and(|status| status == "installed")
}
