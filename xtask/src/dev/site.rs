//! The site as `dev` serves it: nothing is compressed or optimised, names don't
//! change with their content, and a file is replaced in one go.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    files,
    site::OUTPUT_NAME,
    style,
    wasm::{self, Profile, Toolchain},
};

/// The folder.
pub(super) fn folder() -> PathBuf {
    files::target().join("dev-site")
}

/// The address of the style sheet.
pub(super) fn sheet_address() -> String {
    format!("/pkg/{OUTPUT_NAME}.css")
}

/// Writes the script with which pages listen (`app::shell` names it).
///
/// # Errors
/// When the folder can't be written.
pub(super) fn write_script(script: &str) -> Result<()> {
    replace(&folder().join("dev.js"), script.as_bytes())
}

/// Writes the style sheet.
///
/// # Errors
/// When an imported file is missing.
pub(super) fn write_sheet() -> Result<()> {
    let icon = files::root().join("style/favicon.svg");
    replace(&folder().join("favicon.svg"), &files::read(&icon)?)?;
    let sheet = folder().join(format!("pkg/{OUTPUT_NAME}.css"));
    replace(&sheet, style::sheet()?.as_bytes())
}

/// Puts the pages into the site that the compiler made of `toolchain`.
///
/// # Errors
/// What wasm-bindgen says.
pub(super) fn place_wasm(toolchain: &Toolchain) -> Result<()> {
    let compiled = files::read(&wasm::compiled(toolchain, Profile::Dev))?;
    let parts = folder().join("parts");
    files::remove_folder(&parts)?;
    let built = wasm::take_apart(&compiled, OUTPUT_NAME, &parts)?;
    let lazy = built.lazy.iter().map(|lazy| &lazy.wasm);
    // The script comes last: it is what asks for the others.
    for part in lazy.chain([&built.wasm, &built.script]) {
        let name = part.file_name().unwrap_or_default();
        rename(part, &folder().join("pkg").join(name))?;
    }
    Ok(())
}

/// A browser that asks meanwhile gets the old file or the new one.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let new = path.with_extension("new");
    files::write(&new, content)?;
    rename(&new, path)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        files::make_folder(folder)?;
    }
    fs::rename(from, to).map_err(Error::file(to))
}
