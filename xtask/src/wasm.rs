//! The browser's part: cargo → wasm-bindgen → wasm-opt → `target/site/pkg`.
//! Names and folders are those of `[[workspace.metadata.leptos]]`.

use std::path::{Path, PathBuf};

use crate::{
    compress, console,
    error::{Error, Result},
    files, npm, process,
};

mod toolchain;

pub(crate) use toolchain::Toolchain;

/// What the files are called; `leptos_options.output_name` in the server.
pub(crate) const OUTPUT_NAME: &str = "ic-card";

/// Changes whenever this pipeline does something else with the same input.
const PIPELINE: &str = "1 bindgen-0.2.130";

/// Where the server finds the files of the page.
pub(crate) fn site() -> PathBuf {
    files::target().join("site")
}

/// The folder of JS, wasm and CSS.
pub(crate) fn package() -> PathBuf {
    site().join("pkg")
}

/// Builds the browser's part, unless it is there already.
///
/// # Errors
/// What the tools say.
pub(crate) fn build() -> Result<()> {
    npm::ensure()?;
    let toolchain = Toolchain::find()?;
    console::step("Compiling the pages for the browser");
    process::run(toolchain.cargo("build").args([
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
    let stamp = site().join(".wasm-stamp");
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
        return Ok(());
    }
    console::timed("wasm-bindgen", || bind(&compiled))?;
    let wasm = package().join(format!("{OUTPUT_NAME}_bg.wasm"));
    console::timed("wasm-opt -Oz", || optimise(&wasm))?;
    console::timed("brotli, gzip", || {
        compress::beside(&wasm)?;
        compress::beside(&package().join(format!("{OUTPUT_NAME}.js")))
    })?;
    files::write(&stamp, hash)
}

fn bind(compiled: &Path) -> Result<()> {
    let said = |error| Error::Bindgen(format!("{error:#}"));
    let folder = package();
    // What an earlier build left (`snippets/`) must not be served.
    files::remove_folder(&folder)?;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name(OUTPUT_NAME)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true).map_err(said)?;
    bindgen.generate(&folder).map_err(said)
}

fn optimise(wasm: &Path) -> Result<()> {
    process::run(
        npm::program("wasm-opt")
            .arg("-Oz")
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
