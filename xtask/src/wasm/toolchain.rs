//! Which compiler makes wasm32: rustup's target if it is there, else rustup is
//! asked for it, else Debian's own Rust builds std from its sources.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{console, error::Result, files, packages, process, processes::bound};

const TARGET: &str = "wasm32-unknown-unknown";

/// Set to `debian` to try Debian's toolchain where rustup has the target.
const CHOICE: &str = "XTASK_WASM";

/// The compiler for wasm32.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// The toolchain that compiles the native crates too.
    Rustup,
    /// Debian's, with the linker of rustup's toolchain.
    Debian {
        /// `rust-lld`.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Looks for the target, then asks rustup, then takes Debian's, whose
    /// [packages](Self::packages) may not be there yet.
    ///
    /// # Errors
    /// When there is no `rustc`.
    pub(crate) fn choose() -> Result<Self> {
        let sysroot = sysroot()?;
        let installed = || has_target(&sysroot);
        // Nobody wants to wait for an unreachable server at every start.
        let remembered = files::target().join("wasm-debian/.chosen");
        let forced = std::env::var_os(CHOICE).is_some_and(|choice| choice == "debian");
        if installed() && !forced {
            return Ok(Self::Rustup);
        }
        if !remembered.exists() && !forced {
            console::step(&format!("rustup target add {TARGET}"));
            let added = process::run(Command::new("rustup").args(["target", "add", TARGET]));
            if added.is_ok() && installed() {
                return Ok(Self::Rustup);
            }
            console::note("rustup could not add it");
            files::write(&remembered, "rustup could not add the target\n")?;
        }
        Ok(Self::debian(&sysroot))
    }

    /// What is there already, for whoever may install nothing.
    ///
    /// # Errors
    /// When there is no `rustc`.
    pub(crate) fn installed() -> Result<Option<Self>> {
        let sysroot = sysroot()?;
        if has_target(&sysroot) {
            return Ok(Some(Self::Rustup));
        }
        let groups = [packages::WASM, packages::WASM_CLIPPY];
        Ok(packages::are_installed(&groups).then(|| Self::debian(&sysroot)))
    }

    fn debian(sysroot: &Path) -> Self {
        let own = sysroot.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
        let linker = if own.is_file() {
            own
        } else {
            PathBuf::from("rust-lld")
        };
        Self::Debian { linker }
    }

    /// What it needs from Debian.
    pub(crate) const fn packages(&self) -> packages::Group {
        match self {
            Self::Rustup => &[],
            Self::Debian { .. } => packages::WASM,
        }
    }

    /// Chooses one, sees to it that it is there, and says which it is.
    ///
    /// # Errors
    /// When Debian's packages can't be installed.
    pub(crate) fn find() -> Result<Self> {
        let toolchain = Self::choose()?;
        packages::ensure(&[toolchain.packages()])?;
        console::note(match toolchain {
            Self::Rustup => "wasm32: the target of the installed toolchain",
            Self::Debian { .. } => "wasm32: Debian's rustc, which builds std (about 70 s, once)",
        });
        Ok(toolchain)
    }

    /// `cargo <subcommand>` for wasm32, in its own target folder.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Rustup => {
                let mut command = bound("cargo");
                command.arg(subcommand);
                command
            }
            Self::Debian { linker } => {
                let mut command = bound("/usr/bin/cargo");
                command
                    .arg(subcommand)
                    .args([
                        "-Zbuild-std=std,panic_abort",
                        "-Zbuild-std-features=optimize_for_size",
                    ])
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("CARGO");
                command
            }
        };
        command
            .current_dir(files::root())
            .args(["--target", TARGET, "--target-dir"])
            .arg(self.target_folder());
        command
    }

    /// Where cargo puts what it makes: a folder of its own, so that two
    /// compilers don't take turns in one.
    pub(crate) fn target_folder(&self) -> PathBuf {
        files::target().join(match self {
            Self::Rustup => "wasm",
            Self::Debian { .. } => "wasm-debian",
        })
    }
}

fn sysroot() -> Result<PathBuf> {
    process::read(Command::new("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}

/// Whether rustup's toolchain compiles for wasm32.
fn has_target(sysroot: &Path) -> bool {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    libraries.is_dir()
}
