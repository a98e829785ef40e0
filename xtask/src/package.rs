//! `cargo xtask package`: what is installed on people's machines, in
//! `target/packages/`: an installer for Windows, and packages for Debian and for
//! systems with rpm. Built for a server, they allow its origin; macOS has no
//! package here (docs/bridge.md says how it is installed there).

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{
    console,
    error::{Error, Result},
    files, native,
    packages::{self, Group},
    process,
};

pub(crate) mod linux;
pub(crate) mod origin;
mod tree;
pub(crate) mod windows;

use self::origin::Allowed;

/// What the packages are called on every system.
pub(crate) const NAME: &str = "card-bridge";

/// The packages' version: that of the workspace.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A system that is packaged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// An installer for x86-64.
    Windows,
    /// A `.deb` and a `.rpm` for this machine's architecture.
    Linux,
}

/// What can be said about `package`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which system [default: all].
    system: Option<System>,
    #[command(flatten)]
    origin: origin::ServerOptions,
    /// Packs the programs for Windows in this folder, which were signed for instance,
    /// instead of building them.
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
}

/// Where packages go.
pub(crate) fn folder() -> PathBuf {
    files::target().join("packages")
}

/// What packaging needs from Debian.
const NEEDED: [Group; 3] = [packages::BUILD, packages::PACKAGING, packages::WINDOWS];

/// Builds the programs and packs them.
///
/// # Errors
/// When something can't be built, or an installer gets too large.
pub(crate) fn run(options: &Options) -> Result<()> {
    packages::ensure(&NEEDED)?;
    // Its own command line says whether origin and keys are good.
    let program = if options.programs.is_some() {
        process::run(&mut native::programs(&[NAME]))?;
        native::program(NAME)
    } else {
        native::release_of(&[NAME])?;
        native::released(NAME)
    };
    let allowed = options.origin.check(&program)?;
    let wanted = |system| options.system.is_none_or(|wanted| wanted == system);
    if wanted(System::Linux) && options.programs.is_none() {
        linux::pack(&program, allowed.as_ref())?;
    }
    if wanted(System::Windows) {
        let Some(allowed) = &allowed else {
            if options.system.is_none() {
                console::note("no installer for Windows: name the server with --origin and --key");
                return Ok(());
            }
            return Err(Error::Said(
                "an installer is built for a server: name it with --origin and --key".into(),
            ));
        };
        let programs = match &options.programs {
            Some(folder) => std::path::absolute(folder).map_err(Error::file(folder))?,
            None => windows::build(windows::Kind::Release)?,
        };
        windows::pack(&programs, allowed)?;
    }
    Ok(())
}

/// Tells what was made.
fn made(path: &std::path::Path) -> Result<()> {
    let size = std::fs::metadata(path).map_err(Error::file(path))?.len();
    console::result(&format!("packed: {} ({} kB)", path.display(), size / 1000));
    Ok(())
}

/// For tests: a server that is nobody's, with a key that is one.
pub(crate) fn example(program: &std::path::Path) -> Result<Allowed> {
    // The generator of P-256 (SEC 2): a point, so a key, whose secret is 1.
    const KEY: &str =
        "BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU=";
    origin::ServerOptions::of("https://cards.example", KEY)
        .check(program)?
        .ok_or_else(|| Error::Said("an origin is an origin".into()))
}
