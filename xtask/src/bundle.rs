//! `cargo xtask build --release-bundle`: what is given to those who install it,
//! in one folder, with a list of what it is made of (SBOM) and of its hashes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    console,
    error::{Error, Result},
    files,
    native::{self, cargo},
    process, site,
};

/// The list of the hashes, in the form of `sha256sum --check`.
const HASHES: &str = "SHA256SUMS";

/// Texts that go with the programs.
const TEXTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Writes the bundle from what was built.
///
/// # Errors
/// When a part is missing, or the SBOM can't be written where its tool is there.
pub(crate) fn write() -> Result<()> {
    let folder = files::target().join("bundle");
    files::remove_folder(&folder)?;
    for (name, _package) in native::INSTALLED {
        let program = native::released(name);
        let place = folder.join(name);
        files::make_folder(&folder)?;
        // Copied, not written: a program stays one that may be run.
        fs::copy(&program, &place).map_err(Error::file(&program))?;
    }
    copy_folder(&site::folder(), &folder.join("site"))?;
    // The bridge's unit, the browsers' policies and the terminal's start.
    copy_folder(
        &files::root().join("card-bridge/packaging"),
        &folder.join("packaging"),
    )?;
    for name in TEXTS {
        let text = files::read(&files::root().join(name))?;
        files::write(&folder.join(name), text)?;
    }
    write_sbom(&folder)?;
    let hashes = hashes(&folder)?;
    files::write(&folder.join(HASHES), &hashes)?;
    console::result(&format!(
        "bundle: {} ({} files, {HASHES})",
        folder.display(),
        hashes.lines().count()
    ));
    Ok(())
}

/// What is described: a package, its folder, and how it is compiled for the bundle.
const DESCRIBED: [(&str, &str, &[&str]); 4] = [
    ("server", "server", &[]),
    ("card-bridge", "card-bridge", &[]),
    ("event-log", "server/event-log", &[]),
    // The pages in wasm.
    (
        "app",
        "app",
        &[
            "--no-default-features",
            "--features",
            "hydrate",
            "--target",
            "wasm32-unknown-unknown",
        ],
    ),
];

/// What each part is made of, in `CycloneDX`.
fn write_sbom(folder: &Path) -> Result<()> {
    if !process::succeeds(cargo("cyclonedx").arg("--version")) {
        console::note("no SBOM: cargo install cargo-cyclonedx --locked");
        return Ok(());
    }
    for (name, place, arguments) in DESCRIBED {
        let place = files::root().join(place);
        // A name that nobody else gives to a file: it is written beside each
        // manifest of the workspace, and taken away again.
        let temporary = format!("bundle-{}-{name}.cdx", std::process::id());
        let done = process::run(
            cargo("cyclonedx")
                .args(["--format", "json", "--manifest-path"])
                .arg(place.join("Cargo.toml"))
                .args(["--override-filename", &temporary])
                .args(arguments),
        );
        let mut described = None;
        for written in named(&format!("{temporary}.json"))? {
            if written.parent() == Some(&place) {
                described = Some(files::read(&written)?);
            }
            files::remove(&written)?;
        }
        done?;
        let described =
            described.ok_or_else(|| Error::Said(format!("cargo cyclonedx left out {name}")))?;
        files::write(&folder.join(format!("{name}.cdx.json")), described)?;
    }
    Ok(())
}

/// Files of that name in the work tree; links are not followed.
fn named(name: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![files::root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let entry = entry.map_err(Error::file(&folder))?;
            let path = entry.path();
            let is_aside = ["target", "node_modules", ".git"]
                .iter()
                .any(|aside| path.ends_with(aside));
            let kind = entry.file_type().map_err(Error::file(&path))?;
            if kind.is_dir() && !is_aside {
                folders.push(path);
            } else if path.file_name().is_some_and(|file| file == name) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// A line for each file of a folder, in the order of their names.
fn hashes(folder: &Path) -> Result<String> {
    let mut lines = String::new();
    for path in files_of(folder)? {
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let hash = files::hash(files::read(&path)?);
        lines.extend([&hash, "  ", &name.to_string_lossy(), "\n"]);
    }
    Ok(lines)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for path in files_of(from)? {
        let name = path.strip_prefix(from).unwrap_or(&path);
        files::write(&to.join(name), files::read(&path)?)?;
    }
    Ok(())
}

/// All files below a folder, in the order of their names.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_hashes_are_those_of_sha256sum_and_a_changed_file_is_found() {
        let folder = std::env::temp_dir().join(format!("xtask-bundle-{}", std::process::id()));
        files::write(&folder.join("server"), b"a program").unwrap();
        files::write(&folder.join("site/pkg/page.css"), b"a sheet").unwrap();
        let lines = hashes(&folder).unwrap();
        files::write(&folder.join(HASHES), lines).unwrap();
        let check = || {
            let mut command = Command::new("sha256sum");
            command.args(["--check", "--strict", HASHES]);
            process::succeeds(command.current_dir(&folder))
        };
        assert!(check());
        files::write(&folder.join("site/pkg/page.css"), b"another").unwrap();
        assert!(!check());
        files::remove_folder(&folder).unwrap();
    }
}
