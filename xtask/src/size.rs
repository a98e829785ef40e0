//! How much a browser is sent before the pages live: wasm and JS in brotli.

use std::{fs, path::Path};

use crate::{
    compress, console,
    error::{Error, Result},
    site::Site,
};

/// The goal, in bytes of brotli.
const GOAL: u64 = 260 * 1000;

/// Prints the sizes, raw and in brotli, and the sum beside the goal.
///
/// # Errors
/// When a file is not there.
pub(crate) fn report(site: &Site) -> Result<()> {
    let sum = print(&site.wasm)? + print(&site.script)?;
    print(&site.sheet)?;
    let verdict = if sum <= GOAL { "within" } else { "ABOVE" };
    console::result(&format!(
        "size: wasm + JS {:.1} kB in brotli, {verdict} the goal of {} kB",
        kilobytes(sum),
        GOAL / 1000
    ));
    Ok(())
}

fn print(path: &Path) -> Result<u64> {
    let compressed = size(&compress::with_suffix(path, "br"))?;
    console::result(&format!(
        "size: {:>32} {:8.1} kB {:8.1} kB brotli",
        path.file_name().unwrap_or_default().to_string_lossy(),
        kilobytes(size(path)?),
        kilobytes(compressed),
    ));
    Ok(compressed)
}

fn size(path: &Path) -> Result<u64> {
    fs::metadata(path)
        .map(|metadata| metadata.len())
        .map_err(Error::file(path))
}

fn kilobytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1000.0
}
