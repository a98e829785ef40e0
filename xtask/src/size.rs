//! How much a browser is sent: wasm and JS in brotli, before the first page lives,
//! and in all.

use std::{fs, path::Path};

use crate::{
    compress, console,
    error::{Error, Result},
    site::Site,
};

/// The goal for what the login page loads, in bytes of brotli.
const FIRST: u64 = 180 * 1000;
/// The goal for everything.
const EVERYTHING: u64 = 330 * 1000;

/// Prints the sizes, raw and in brotli, and the sums beside the goals.
///
/// # Errors
/// When a file is not there.
pub(crate) fn report(site: &Site) -> Result<()> {
    let first = print(&site.wasm)? + print(&site.script)?;
    let mut everything = first;
    for part in &site.parts {
        everything += print(part)?;
    }
    print(&site.sheet)?;
    say("the login page", first, FIRST);
    say("everything", everything, EVERYTHING);
    Ok(())
}

fn say(what: &str, sum: u64, goal: u64) {
    let verdict = if sum <= goal { "within" } else { "ABOVE" };
    console::result(&format!(
        "size: wasm + JS of {what}: {:.1} kB in brotli, {verdict} the goal of {} kB",
        kilobytes(sum),
        goal / 1000
    ));
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
