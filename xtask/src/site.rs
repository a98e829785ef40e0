//! `target/site`: what the server serves as files. Names in `pkg/` change with
//! their content, so that browsers may keep them for ever; `hash.txt` tells the
//! server the names, in the form of cargo-leptos, and after `part-` those of what
//! is loaded later.

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
pub(crate) const OUTPUT_NAME: &str = "ic-card";

/// As much of a hash as a name needs.
const HASH_LENGTH: usize = 16;

/// What stands in `hash.txt` before the name of a part that is loaded later.
const PART: &str = "part-";

/// The files that were written.
#[derive(Debug)]
pub(crate) struct Site {
    /// What every page needs.
    pub(crate) wasm: PathBuf,
    /// What loads it, and the parts.
    pub(crate) script: PathBuf,
    /// What is loaded later.
    pub(crate) parts: Vec<PathBuf>,
    /// The style sheet.
    pub(crate) sheet: PathBuf,
}

impl Site {
    /// The site that is there, if one was built: what `hash.txt` names.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn built() -> Result<Option<Self>> {
        let names = folder().join("hash.txt");
        if !names.exists() {
            return Ok(None);
        }
        let names = files::read_text(&names)?;
        let find = |extension: &str| {
            let mut lines = names.lines().filter_map(|line| line.split_once(": "));
            let (_, hash) = lines.find(|(name, _)| *name == extension)?;
            Some(package_file(hash, extension))
        };
        let parts = names.lines().filter_map(|line| {
            let (name, hash) = line.strip_prefix(PART)?.split_once(": ")?;
            Some(part_file(name, hash))
        });
        Ok(find("wasm")
            .zip(find("js"))
            .zip(find("css"))
            .map(|((wasm, script), sheet)| Self {
                wasm,
                script,
                parts: parts.collect(),
                sheet,
            }))
    }
}

/// A file of `pkg/`.
fn package_file(hash: &str, extension: &str) -> PathBuf {
    folder().join(format!("pkg/{OUTPUT_NAME}.{hash}.{extension}"))
}

/// The file of a part.
fn part_file(name: &str, hash: &str) -> PathBuf {
    folder().join(format!("pkg/{OUTPUT_NAME}-{name}.{hash}.wasm"))
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
    let mut put = |key: &str, content: &[u8], path: &dyn Fn(&str) -> PathBuf| {
        let hash: String = files::hash(content).chars().take(HASH_LENGTH).collect();
        names.extend([key, ": ", &hash, "\n"]);
        let path = path(&hash);
        place(&path, content).map(|()| path)
    };
    // Before the script, whose own name changes with the names in it.
    let mut script = files::read_text(&built.script)?;
    let mut parts = Vec::new();
    for lazy in &built.lazy {
        let path = put(
            &format!("{PART}{}", lazy.name),
            &files::read(&lazy.wasm)?,
            &|hash| part_file(&lazy.name, hash),
        )?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        script = script.replace(&lazy.address(), &format!("./{name}"));
        parts.push(path);
    }
    let mut put = |extension: &str, content: &[u8]| {
        put(extension, content, &|hash| package_file(hash, extension))
    };
    let site = Site {
        wasm: put("wasm", &files::read(&built.wasm)?)?,
        script: put("js", script.as_bytes())?,
        parts,
        sheet: put("css", style::sheet()?.as_bytes())?,
    };
    files::write(&folder().join("hash.txt"), names)?;
    let icon = files::root().join("style/favicon.svg");
    place(&folder().join("favicon.svg"), &files::read(&icon)?)?;
    clear(&site)?;
    size::report(&site)
}

/// Writes a file with its compressed forms, unless it is there with this
/// content. The file itself comes last: an interrupted build must not leave a
/// new file beside old compressed forms, which are what browsers are sent.
fn place(path: &Path, content: &[u8]) -> Result<()> {
    let is_there = fs::read(path).is_ok_and(|present| present == content)
        && compress::with_suffix(path, "br").exists()
        && compress::with_suffix(path, "gz").exists();
    if is_there {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    console::timed(&format!("brotli, gzip: {name}"), || {
        compress::beside(path, content)?;
        files::write(path, content)
    })
}

/// Removes what earlier builds left in `pkg/`.
fn clear(site: &Site) -> Result<()> {
    let package = folder().join("pkg");
    for entry in fs::read_dir(&package).map_err(Error::file(&package))? {
        let path = entry.map_err(Error::file(&package))?.path();
        let kept = [&site.wasm, &site.script, &site.sheet];
        let is_ours = kept.into_iter().chain(&site.parts).any(|kept| {
            path == *kept
                || path == compress::with_suffix(kept, "br")
                || path == compress::with_suffix(kept, "gz")
        });
        if !is_ours {
            files::remove(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn decompressed(path: &Path) -> Vec<u8> {
        let mut content = Vec::new();
        let packed = fs::File::open(compress::with_suffix(path, "gz")).unwrap();
        flate2::read::GzDecoder::new(packed)
            .read_to_end(&mut content)
            .unwrap();
        content
    }

    #[test]
    fn an_interrupted_build_is_made_good_by_the_next() {
        let folder = std::env::temp_dir().join(format!("xtask-site-{}", std::process::id()));
        let path = folder.join("favicon.svg");
        place(&path, b"old").unwrap();
        // What stops a build after the first of the compressed forms.
        let gzip = compress::with_suffix(&path, "gz");
        fs::remove_file(&gzip).unwrap();
        fs::create_dir(&gzip).unwrap();
        place(&path, b"new").unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        fs::remove_dir(&gzip).unwrap();
        place(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(decompressed(&path), b"new");
        fs::remove_dir_all(folder).unwrap();
    }
}
