//! The pages as several files: what every page needs, and what is loaded where
//! it is called for (leptos's `#[lazy]`). `wasm_split_cli_support` does it, as
//! for cargo-leptos.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wasm_split_cli_support::{Options, transform};

use super::{grouped::grouped, sections::unreadable};
use crate::{
    error::{Error, Result},
    files,
};

/// What the base's script imports: the functions that load the rest.
pub(super) const LOADERS: &str = "./__wasm_split.js";

/// How the file of a name is called.
const PREFIX: &str = "split_";

/// The parts.
pub(super) struct Parts {
    /// What every page needs, for wasm-bindgen.
    pub(super) base: Vec<u8>,
    /// The others.
    pub(super) lazy: Vec<Lazy>,
    /// The script that loads those.
    pub(super) loaders: String,
}

/// A file that is loaded when it is called for.
#[derive(Debug)]
pub(crate) struct Lazy {
    /// What it is for.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) wasm: PathBuf,
}

/// Takes the compiler's wasm apart, into a folder.
///
/// # Errors
/// When it has no relocations, or can't be read.
pub(super) fn split(compiled: &[u8], folder: &Path) -> Result<Parts> {
    files::make_folder(folder)?;
    let base = folder.join("base.wasm");
    let grouped = grouped(compiled)?;
    let mut options = Options::new(&grouped);
    options.output_dir = folder;
    options.main_out_path = &base;
    options.link_name = LOADERS;
    transform(options).map_err(|error| unreadable(format!("{error:#}")))?;
    let loaders = folder.join(LOADERS);
    let (content, script) = (files::read(&base)?, files::read_text(&loaders)?);
    files::remove(&base)?;
    files::remove(&loaders)?;
    Ok(Parts {
        base: content,
        lazy: found(folder)?,
        loaders: script,
    })
}

/// The parts that are in the folder already.
pub(super) fn found(folder: &Path) -> Result<Vec<Lazy>> {
    let mut lazy = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let wasm = entry.map_err(Error::file(folder))?.path();
        // The base ends differently.
        if wasm
            .extension()
            .is_some_and(|extension| extension == "wasm")
            && !wasm
                .file_stem()
                .is_some_and(|stem| stem.to_string_lossy().ends_with("_bg"))
        {
            lazy.push(Lazy::at(wasm));
        }
    }
    lazy.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(lazy)
}

impl Lazy {
    fn at(wasm: PathBuf) -> Self {
        let stem = wasm.file_stem().unwrap_or_default().to_string_lossy();
        let name = stem.strip_prefix(PREFIX).unwrap_or(&stem).to_owned();
        Self { name, wasm }
    }

    /// What the script calls the file.
    pub(crate) fn address(&self) -> String {
        let name = self.wasm.file_name().unwrap_or_default();
        format!("./{}", name.to_string_lossy())
    }
}
