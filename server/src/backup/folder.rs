//! A folder that is there whole or not at all: made beside its place under another
//! name, synced, then moved there. Nobody but its owner reads it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    BackupError, at,
    manifest::{self, Manifest},
};
use crate::private_file;

/// Backups in which something was found, that are kept beside one place.
const MAX_FINDINGS: u32 = 999;

/// A backup that is being written. What is left of one that was cut off is named
/// `.NAME.unfinished-PID`.
pub(super) struct NewFolder {
    unfinished: PathBuf,
    place: PathBuf,
    is_done: bool,
}

impl NewFolder {
    /// Begins one that is to be at `place`.
    ///
    /// # Errors
    ///
    /// [`BackupError::Exists`] when something is there.
    pub(super) fn begin(place: &Path) -> Result<Self, BackupError> {
        match fs::read_dir(place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(BackupError::Exists(place.to_owned()));
            }
            entries => {
                if entries.map_err(at(place))?.next().is_some() {
                    return Err(BackupError::Exists(place.to_owned()));
                }
            }
        }
        let name = place.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| BackupError::Path(place.to_owned()))?;
        let name = format!(".{name}.unfinished-{}", std::process::id());
        let unfinished = place.with_file_name(name);
        private_file::create_folder(&unfinished).map_err(at(&unfinished))?;
        Ok(Self {
            unfinished,
            place: place.to_owned(),
            is_done: false,
        })
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.unfinished
    }

    /// Copies a file into it.
    pub(super) fn copy(&self, from: &Path, to: &str) -> Result<(), BackupError> {
        copy_new(from, &self.unfinished.join(to)).map(drop)
    }

    /// Writes a file into it.
    pub(super) fn write(&self, to: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.unfinished.join(to);
        private_file::write(&path, bytes).map_err(at(&path))
    }

    /// Makes a folder in it.
    pub(super) fn make_folder(&self, name: &str) -> Result<(), BackupError> {
        let path = self.unfinished.join(name);
        private_file::create_folder(&path).map_err(at(&path))
    }

    /// Lists all that was written, and moves it to its place: another one if
    /// `is_good` is not said of it.
    pub(super) fn finish(
        mut self,
        manifest: &mut Manifest,
        is_good: bool,
    ) -> Result<PathBuf, BackupError> {
        let mut folders = vec![self.unfinished.clone()];
        let mut names = Vec::new();
        for entry in read(&self.unfinished)? {
            if self.unfinished.join(&entry).is_dir() {
                let folder = self.unfinished.join(&entry);
                names.extend(
                    read(&folder)?
                        .into_iter()
                        .map(|name| format!("{entry}/{name}")),
                );
                folders.push(folder);
            } else {
                names.push(entry);
            }
        }
        names.sort();
        for name in names {
            let entry = manifest::entry(&self.unfinished, &name);
            manifest
                .files
                .push(entry.map_err(at(&self.unfinished.join(&name)))?);
        }
        let text = serde_json::to_vec_pretty(manifest).map_err(manifest::ManifestError::from)?;
        self.write(manifest::NAME, &text)?;
        for folder in folders {
            sync(&folder)?;
        }
        let place = if is_good {
            self.place.clone()
        } else {
            self.place_of_a_finding()?
        };
        // Onto an empty folder, or where there is none, and onto nothing else.
        fs::rename(&self.unfinished, &place).map_err(at(&place))?;
        self.is_done = true;
        sync(
            place
                .parent()
                .filter(|parent| parent.is_dir())
                .unwrap_or(Path::new(".")),
        )?;
        Ok(place)
    }

    /// Where one goes in which something was found: beside the place, and beside those
    /// that were found before.
    fn place_of_a_finding(&self) -> Result<PathBuf, BackupError> {
        let name = self.place.file_name().unwrap_or_default().to_string_lossy();
        let first = self.place.with_file_name(format!("{name}.not-good"));
        let others = (2..=MAX_FINDINGS).map(|number| {
            self.place
                .with_file_name(format!("{name}.not-good-{number}"))
        });
        let mut places = std::iter::once(first.clone()).chain(others);
        let free = places.find(|place| place.symlink_metadata().is_err());
        free.ok_or(BackupError::Exists(first))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_done
            && let Err(error) = fs::remove_dir_all(&self.unfinished)
        {
            tracing::warn!(folder = %self.unfinished.display(), %error, "left behind");
        }
    }
}

/// Copies a plain file to where none is, and syncs it. Gives the length and the SHA-256 of
/// what was copied: the file itself may be another one by then.
pub(super) fn copy_new(from: &Path, to: &Path) -> Result<(u64, [u8; 32]), BackupError> {
    let mut source = private_file::open(from).map_err(at(from))?;
    let mut copy = private_file::create(to).map_err(at(to))?;
    let copied = manifest::hash(&mut source, &mut copy).map_err(at(to))?;
    copy.sync_all().map_err(at(to))?;
    Ok(copied)
}

pub(super) fn sync(folder: &Path) -> Result<(), BackupError> {
    private_file::sync_folder(folder).map_err(at(folder))
}

fn read(folder: &Path) -> Result<Vec<String>, BackupError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        let name = name
            .into_string()
            .map_err(|name| BackupError::Path(name.into()))?;
        names.push(name);
    }
    Ok(names)
}
