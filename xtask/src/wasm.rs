//! The pages for the browser: cargo → snip → wasm-bindgen → wasm-opt.

use std::path::{Path, PathBuf};

use crate::{
    console,
    error::{Error, Result},
    files, npm, process,
};

mod snip;
mod toolchain;

pub(crate) use toolchain::Toolchain;

/// Changes whenever this pipeline does something else with the same input.
const PIPELINE: &str = "5 snip bindgen-0.2.130 flatten";

/// What came out.
#[derive(Debug)]
pub(crate) struct Built {
    /// The wasm, optimised.
    pub(crate) wasm: PathBuf,
    /// What loads it.
    pub(crate) script: PathBuf,
}

/// Builds them, unless they are there already.
///
/// # Errors
/// What the tools say.
pub(crate) fn build() -> Result<Built> {
    npm::ensure()?;
    let toolchain = Toolchain::find()?;
    console::step("Compiling the pages for the browser");
    // One crate type: cargo leaves link-time optimisation out as soon as one of
    // them is a plain library, and that costs a fifth of the size.
    process::run(toolchain.cargo("rustc").args([
        "--crate-type",
        "cdylib",
        "--package",
        "app",
        "--lib",
        "--no-default-features",
        "--features",
        "hydrate",
        "--profile",
        "wasm-release",
    ]))?;
    let compiled = toolchain
        .target_folder()
        .join("wasm32-unknown-unknown/wasm-release/app.wasm");
    let folder = toolchain.target_folder().join("parts");
    let built = Built {
        wasm: folder.join("app_bg.wasm"),
        script: folder.join("app.js"),
    };
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
        return Ok(built);
    }
    // What an earlier build left (`snippets/`) must not be served.
    files::remove_folder(&folder)?;
    console::timed("wasm-bindgen", || bind(&compiled, &folder))?;
    if folder.join("snippets").exists() {
        return Err(Error::Said(
            "a crate brings JS snippets, which are not served".into(),
        ));
    }
    console::timed("wasm-opt -Oz", || optimise(&built.wasm))?;
    files::write(&stamp, hash)?;
    Ok(built)
}

fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    let said = |error| Error::Bindgen(format!("{error:#}"));
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_bytes("app", snip::snip(&files::read(compiled)?)?)
        .out_name("app")
        .typescript(false)
        // The names are thrown away.
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true).map_err(said)?;
    bindgen.generate(folder).map_err(said)
}

fn optimise(wasm: &Path) -> Result<()> {
    process::run(
        npm::program("wasm-opt")
            // Taken apart and put together anew, then twice: 2.6 kB less after
            // brotli than -Oz alone.
            .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
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
