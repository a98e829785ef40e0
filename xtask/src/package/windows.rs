//! The installer for Windows: cross-compiled by rustup's target with Debian's
//! mingw-w64, packed by NSIS.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{VERSION, made, origin::Allowed};
use crate::{
    console,
    error::{Error, Result},
    files,
    native::cargo,
    process,
};

/// What rustc calls it.
const TARGET: &str = "x86_64-pc-windows-gnu";

/// What Debian's programs for it begin with.
const PREFIX: &str = "x86_64-w64-mingw32-";

/// The largest installer that is good enough.
const MOST_BYTES: u64 = 8_000_000;

/// The programs that are installed.
const PROGRAMS: [&str; 3] = [
    "card-bridge.exe",
    "card-bridge-session.exe",
    "card-bridge-pinentry.exe",
];

/// How the programs are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As people install them.
    Release,
    /// With software cards, and quick to build: for the test under Wine.
    Demo,
}

/// Compiles the programs. Gives the folder with them, stripped.
///
/// # Errors
/// What cargo says, or rustup when the target can't be had.
pub(crate) fn build(kind: Kind) -> Result<PathBuf> {
    ensure_target()?;
    console::step("Compiling the bridge for Windows");
    let mut command = cargo("build");
    command
        .args(["--locked", "--target", TARGET])
        .args(["--package", "card-bridge", "--bin", "card-bridge"])
        .args(["--package", "card-bridge-windows", "--bins"])
        .env(
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
            format!("{PREFIX}gcc"),
        )
        .env(
            "BINDGEN_EXTRA_CLANG_ARGS_x86_64_pc_windows_gnu",
            include_folders()?,
        )
        .env("CC_x86_64_pc_windows_gnu", format!("{PREFIX}gcc"))
        .env("AR_x86_64_pc_windows_gnu", format!("{PREFIX}ar"));
    let profile = match kind {
        Kind::Release => {
            command.arg("--release");
            "release"
        }
        Kind::Demo => {
            // Not `card-bridge/demo`: that would be of the dependency that its own
            // tests have on it.
            command.args(["--features", "demo"]);
            "debug"
        }
    };
    process::run(&mut command)?;
    let built = files::target().join(TARGET).join(profile);
    let folder = super::folder().join("windows").join(profile);
    files::make_folder(&folder)?;
    for name in PROGRAMS {
        let (from, to) = (built.join(name), folder.join(name));
        fs::copy(&from, &to).map_err(Error::file(&from))?;
        process::run(Command::new(format!("{PREFIX}strip")).arg(&to))?;
    }
    Ok(folder)
}

/// For bindgen, which reads the headers of the software cards' file system: those of
/// Windows, and those of the compiler, which libclang without clang does not find.
fn include_folders() -> Result<String> {
    let mut gcc = Command::new(format!("{PREFIX}gcc"));
    let compilers = process::read(gcc.arg("-print-file-name=include"))?;
    let compilers = compilers.trim();
    Ok(format!("-I/usr/x86_64-w64-mingw32/include -I{compilers}"))
}

/// Packs the programs in a folder, for a server.
///
/// # Errors
/// What makensis says, or when the installer is too large.
pub(crate) fn pack(programs: &Path, allowed: &Allowed) -> Result<PathBuf> {
    console::step("Packing for Windows");
    let origins = programs.join("origins.toml");
    files::write(&origins, allowed.machine_file()?)?;
    let host = allowed.host();
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
            c
        } else {
            '_'
        }
    };
    let host_in_name: String = host.chars().map(safe).collect();
    let installer = programs.join(format!("card-bridge-{VERSION}-{host_in_name}.exe"));
    let script = files::root().join("card-bridge/packaging/windows/card-bridge.nsi");
    let define = |name: &str, value: &str| format!("-D{name}={value}");
    let keys = allowed.usb_policy();
    process::run(
        Command::new("makensis")
            .args(keys.map(|keys| define("USB", &keys.to_string())))
            .args(["-V2", "-WX", "-INPUTCHARSET", "UTF8"])
            .arg(define("VERSION", VERSION))
            .arg(define("ORIGIN", &allowed.origin))
            .arg(define("HOST", host))
            .arg(define("PROGRAMS", &programs.to_string_lossy()))
            .arg(define("ORIGINS", &origins.to_string_lossy()))
            .arg(define("OUT", &installer.to_string_lossy()))
            .arg(script),
    )?;
    made(&installer)?;
    let size = fs::metadata(&installer).map_err(Error::file(&installer))?;
    if size.len() > MOST_BYTES {
        return Err(Error::Said(format!(
            "the installer has more than {MOST_BYTES} bytes: {}",
            size.len()
        )));
    }
    Ok(installer)
}

/// The standard library for Windows.
fn ensure_target() -> Result<()> {
    let installed = process::read(Command::new("rustup").args(["target", "list", "--installed"]))?;
    if installed.lines().any(|line| line == TARGET) {
        return Ok(());
    }
    console::step(&format!("rustup target add {TARGET}"));
    process::run(
        Command::new("rustup")
            .args(["target", "add", TARGET])
            .current_dir(files::root()),
    )
}
