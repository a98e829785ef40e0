//! `target/site`: what the server serves as files. Names in `pkg/` change with
//! their content, so that browsers may keep them for ever; `hash.txt` tells the
//! server the names, in the form of cargo-leptos.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    compress, console,
    error::{Error, Result},
    files, size, style, wasm,
};

/// What the files are called; `output_name` in the server.
const OUTPUT_NAME: &str = "ic-card";

/// As much of a hash as a name needs.
const HASH_LENGTH: usize = 16;

/// The files that were written.
#[derive(Debug)]
pub(crate) struct Site {
    /// The pages.
    pub(crate) wasm: PathBuf,
    /// What loads them.
    pub(crate) script: PathBuf,
    /// The style sheet.
    pub(crate) sheet: PathBuf,
}

/// The folder.
pub(crate) fn folder() -> PathBuf {
    files::target().join("site")
}

/// Builds what is not there yet, and reports the sizes.
///
/// # Errors
/// What the tools say.
pub(crate) fn build() -> Result<()> {
    let built = wasm::build()?;
    let mut names = String::new();
    let mut put = |extension: &str, content: &[u8]| -> Result<PathBuf> {
        let hash: String = files::hash(content).chars().take(HASH_LENGTH).collect();
        let path = folder().join(format!("pkg/{OUTPUT_NAME}.{hash}.{extension}"));
        names.extend([extension, ": ", &hash, "\n"]);
        place(&path, content)?;
        Ok(path)
    };
    let site = Site {
        wasm: put("wasm", &files::read(&built.wasm)?)?,
        script: put("js", &files::read(&built.script)?)?,
        sheet: put("css", style::sheet()?.as_bytes())?,
    };
    files::write(&folder().join("hash.txt"), names)?;
    let icon = files::root().join("style/favicon.svg");
    place(&folder().join("favicon.svg"), &files::read(&icon)?)?;
    clear(&site)?;
    size::report(&site)
}

/// Writes a file with its compressed forms, unless it is there with this content.
fn place(path: &Path, content: &[u8]) -> Result<()> {
    let is_there = fs::read(path).is_ok_and(|present| present == content)
        && compress::with_suffix(path, "br").exists()
        && compress::with_suffix(path, "gz").exists();
    if is_there {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    console::timed(&format!("brotli, gzip: {name}"), || {
        files::write(path, content)?;
        compress::beside(path)
    })
}

/// Removes what earlier builds left in `pkg/`.
fn clear(site: &Site) -> Result<()> {
    let package = folder().join("pkg");
    for entry in fs::read_dir(&package).map_err(Error::file(&package))? {
        let path = entry.map_err(Error::file(&package))?.path();
        let is_ours = [&site.wasm, &site.script, &site.sheet].iter().any(|kept| {
            path == **kept
                || path == compress::with_suffix(kept, "br")
                || path == compress::with_suffix(kept, "gz")
        });
        if !is_ours {
            files::remove(&path)?;
        }
    }
    Ok(())
}
