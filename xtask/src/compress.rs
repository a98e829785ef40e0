//! Writes `.br` and `.gz` beside a file, as a browser is sent it.

use std::{io::Write as _, path::Path};

use crate::{
    error::{Error, Result},
    files,
};

/// Brotli's best, with its widest ordinary window.
const QUALITY: u32 = 11;
const WINDOW: u32 = 22;

/// Writes the compressed forms of what a file has, or is to have, beside it.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn beside(path: &Path, content: &[u8]) -> Result<()> {
    files::write(
        &with_suffix(path, "br"),
        brotli(content).map_err(Error::file(path))?,
    )?;
    files::write(
        &with_suffix(path, "gz"),
        gzip(content).map_err(Error::file(path))?,
    )
}

/// The path of a file's compressed form.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn brotli(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, QUALITY, WINDOW);
    encoder.write_all(content)?;
    encoder.flush()?;
    Ok(encoder.into_inner())
}

fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}
