//! The pages for the browser: cargo, then what is never called is taken out, what
//! is loaded later is put into files of its own, wasm-bindgen, wasm-opt. Whoever
//! develops them leaves out what makes them small.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    console,
    error::{Error, Result},
    files, npm, process,
};

mod grouped;
mod loaders;
mod paths;
mod script;
mod sections;
mod split;
mod strip_unused;
mod toolchain;

pub(crate) use split::Lazy;
pub(crate) use toolchain::Toolchain;

/// Changes whenever this pipeline does something else with the same input.
const PIPELINE: &str = "11 snip split-0.2.4 bindgen-0.2.130 flatten";

/// What the files are called that are not served yet.
const NAME: &str = "app";

/// How the pages are compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Profile {
    /// As small as can be.
    Release,
    /// As soon as can be.
    Dev,
}

impl Profile {
    /// Its name in Cargo.toml.
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Dev => "wasm-dev",
        }
    }
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Built {
    /// The wasm that every page needs.
    pub(crate) wasm: PathBuf,
    /// What loads it, and the rest when it is called for: by file names without
    /// a hash ([`Lazy::address`]).
    pub(crate) script: PathBuf,
    /// The rest.
    pub(crate) lazy: Vec<Lazy>,
}

/// Builds them, unless they are there already.
///
/// # Errors
/// What the tools say.
pub(crate) fn build() -> Result<Built> {
    npm::ensure()?;
    let toolchain = Toolchain::find()?;
    console::step("Compiling the pages for the browser");
    process::run(&mut compile(&toolchain, Profile::Release))?;
    let compiled = compiled(&toolchain, Profile::Release);
    let folder = toolchain.target_folder().join("parts");
    let stamp = folder.join("stamp");
    let lock = files::read_text(&npm::folder().join("package-lock.json"))?;
    let hash = files::hash(
        [
            &files::read(&compiled)?,
            lock.as_bytes(),
            PIPELINE.as_bytes(),
        ]
        .concat(),
    );
    if files::is_done(&stamp, &hash) {
        console::note("unchanged");
        return Built::found(&folder, NAME);
    }
    // What an earlier build left must not be served.
    files::remove_folder(&folder)?;
    let stripped = strip_unused::strip_unused(&files::read(&compiled)?)?;
    let stripped = paths::without_paths(stripped)?;
    let built = take_apart(&stripped, NAME, &folder)?;
    console::timed("wasm-opt -Oz", || {
        optimise(&built.wasm)?;
        built.lazy.iter().try_for_each(|lazy| optimise(&lazy.wasm))
    })?;
    files::write(&stamp, hash)?;
    Ok(built)
}

/// The compiler's command.
pub(crate) fn compile(toolchain: &Toolchain, profile: Profile) -> Command {
    let mut command = toolchain.cargo("rustc");
    // One crate type: cargo leaves link-time optimisation out as soon as one of
    // them is a plain library, and that costs a fifth of the size.
    command.args(["--crate-type", "cdylib", "--package", "app", "--lib"]);
    command.args(["--no-default-features", "--features", "hydrate"]);
    command.args(["--profile", profile.name()]);
    // Without them, nobody could tell which function needs which.
    command.args(["--", "-Clink-args=--emit-relocs"]);
    command
}

/// What the compiler writes.
pub(crate) fn compiled(toolchain: &Toolchain, profile: Profile) -> PathBuf {
    toolchain
        .target_folder()
        .join("wasm32-unknown-unknown")
        .join(profile.name())
        .join("app.wasm")
}

/// The lints of what a crate has in the pages.
pub(crate) fn clippy(toolchain: &Toolchain, name: &str) -> Command {
    let mut command = toolchain.cargo("clippy");
    command.args(["--package", name, "--lib"]);
    if name == "app" {
        command.args(["--no-default-features", "--features", "hydrate"]);
    }
    command.args(["--", "-D", "warnings"]);
    command
}

/// Takes the compiler's wasm apart and writes the parts: the base with wasm-bindgen,
/// as `name_bg.wasm` and `name.js`, and beside it what is loaded later.
///
/// # Errors
/// What the tools say.
pub(crate) fn take_apart(compiled: &[u8], name: &str, folder: &Path) -> Result<Built> {
    let parts = console::timed("split", || split::split(compiled, folder))?;
    console::timed("wasm-bindgen", || bind(parts.base, name, folder))?;
    let built = Built::of(parts.lazy, folder, name);
    let script = files::read_text(&built.script)?;
    let script = loaders::joined(&script, &parts.loaders)?;
    files::write(&built.script, script::compact(&script)?)?;
    Ok(built)
}

impl Built {
    fn of(lazy: Vec<Lazy>, folder: &Path, name: &str) -> Self {
        Self {
            wasm: folder.join(format!("{name}_bg.wasm")),
            script: folder.join(format!("{name}.js")),
            lazy,
        }
    }

    /// What is in the folder already.
    fn found(folder: &Path, name: &str) -> Result<Self> {
        Ok(Self::of(split::found(folder)?, folder, name))
    }
}

/// Writes `name_bg.wasm` and the script that loads it, `name.js`.
fn bind(base: Vec<u8>, name: &str, folder: &Path) -> Result<()> {
    let said = |error| Error::Bindgen(format!("{error:#}"));
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_bytes(name, base)
        .out_name(name)
        .typescript(false)
        // What the other parts share with this one.
        .keep_lld_exports(true)
        // The names are thrown away.
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true).map_err(said)?;
    bindgen.generate(folder).map_err(said)?;
    if folder.join("snippets").exists() {
        return Err(Error::Bindgen(
            "a crate brings JS snippets, which are not served".into(),
        ));
    }
    Ok(())
}

fn optimise(wasm: &Path) -> Result<()> {
    process::run(
        npm::program("wasm-opt")
            // Taken apart and put together anew, then twice: 2.6 kB less after
            // brotli than -Oz alone.
            .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
            // Zeros between data are nothing after brotli, and less than the head
            // of one more piece of data.
            .args(["--skip-pass", "memory-packing"])
            // What Rust's wasm32-unknown-unknown and wasm-bindgen make use of.
            .args([
                "--enable-bulk-memory",
                "--enable-bulk-memory-opt",
                "--enable-multivalue",
                "--enable-mutable-globals",
                "--enable-nontrapping-float-to-int",
                "--enable-reference-types",
                "--enable-sign-ext",
            ])
            .arg(wasm)
            .arg("--output")
            .arg(wasm),
    )
}
