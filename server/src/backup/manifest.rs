//! What stands in a backup: which files with which contents, of which moment of the
//! log. It finds damage. A forger can write another one: what a forger can't do is sign
//! the log in it.

use std::{
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use card_protocol::hex;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{config::DatabaseKind, private_file};

/// The manifest's own name.
pub(super) const NAME: &str = "manifest.json";
/// A copy of a SQLite database.
pub(super) const SQLITE: &str = "database.sqlite";
/// A dump of a PostgreSQL database, in the custom format of `pg_dump`.
pub(super) const DUMP: &str = "database.dump";
/// The witness file.
pub(super) const WITNESS: &str = "witness.jsonl";
/// The configuration.
pub(super) const CONFIG: &str = "config.toml";
/// The folder of archived months.
pub(super) const ARCHIVE: &str = "archive";
/// The folder of the keys.
pub(super) const KEYS: &str = "keys";

/// The form of a manifest that this program writes and reads.
const FORMAT: u32 = 1;

/// Far more than one has, in bytes.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

/// Why a manifest, or what it is of, is not good.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It can't be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is none.
    #[error("manifest.json is not a manifest")]
    Json(#[from] serde_json::Error),
    /// Another form.
    #[error("manifest.json has form {0}; this program reads form {FORMAT}")]
    Format(u32),
    /// It names a file that is none of a backup's.
    #[error("manifest.json names {0:?}, which is no file of a backup")]
    Foreign(String),
    /// It does not name the database.
    #[error("manifest.json names no database")]
    NoDatabase,
    /// A file is not what was written.
    #[error("{0} is damaged: it is not what was written then")]
    Damaged(String),
}

/// Where the log was at the moment of the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogState {
    /// How many events had their places.
    pub size: u64,
    /// The root over them, hex.
    pub root: String,
    /// When that was signed.
    pub at: Timestamp,
    /// The checkpoint that says so, as the log's key signed it.
    pub note: String,
}

/// A file of the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Where, in the backup.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of its contents, hex.
    pub sha256: String,
}

/// What stands in a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the manifest.
    pub format: u32,
    /// The version of the program that took it.
    pub program: String,
    /// The version of the tables.
    pub tables: i64,
    /// When it was begun.
    pub taken_at: Timestamp,
    /// The log of that moment; none where nothing was signed yet.
    pub log: Option<LogState>,
    /// Archived months whose files were not where the configuration says.
    pub archives_elsewhere: Vec<String>,
    /// All files.
    pub files: Vec<FileEntry>,
}

impl FileEntry {
    pub(super) fn new(path: &str, (bytes, digest): (u64, [u8; 32])) -> Self {
        Self {
            path: path.to_owned(),
            bytes,
            sha256: hex::encode(&digest),
        }
    }
}

impl Manifest {
    /// One of now, without files yet.
    pub(super) fn new(tables: i64, taken_at: Timestamp) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            tables,
            taken_at,
            log: None,
            archives_elsewhere: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Reads the manifest of a backup, and nothing else of it.
    ///
    /// # Errors
    ///
    /// [`ManifestError`]
    pub fn read(folder: &Path) -> Result<Self, ManifestError> {
        let path = folder.join(NAME);
        let failed = |source| ManifestError::Io {
            path: path.clone(),
            source,
        };
        let mut text = Vec::new();
        let file = private_file::open(&path).map_err(failed)?;
        file.take(MAX_SIZE).read_to_end(&mut text).map_err(failed)?;
        let manifest: Self = serde_json::from_slice(&text)?;
        if manifest.format != FORMAT {
            return Err(ManifestError::Format(manifest.format));
        }
        for file in &manifest.files {
            if !is_of_a_backup(&file.path) {
                return Err(ManifestError::Foreign(file.path.clone()));
            }
        }
        Ok(manifest)
    }

    /// Compares every file with what it says.
    ///
    /// # Errors
    ///
    /// [`ManifestError`]
    pub fn check_files(&self, folder: &Path) -> Result<(), ManifestError> {
        for file in &self.files {
            let path = folder.join(&file.path);
            let failed = |source| ManifestError::Io {
                path: path.clone(),
                source,
            };
            if entry(folder, &file.path).map_err(failed)? != *file {
                return Err(ManifestError::Damaged(file.path.clone()));
            }
        }
        Ok(())
    }

    /// Of which database it is.
    ///
    /// # Errors
    ///
    /// [`ManifestError::NoDatabase`]
    pub fn database(&self) -> Result<DatabaseKind, ManifestError> {
        match (self.has(SQLITE), self.has(DUMP)) {
            (true, false) => Ok(DatabaseKind::Sqlite),
            (false, true) => Ok(DatabaseKind::Postgres),
            _ => Err(ManifestError::NoDatabase),
        }
    }

    /// Whether it has the keys.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.under(KEYS).next().is_some()
    }

    /// Whether a file that was copied is the one that it names.
    ///
    /// # Errors
    ///
    /// [`ManifestError::Damaged`]
    pub(super) fn check(&self, copied: &FileEntry) -> Result<(), ManifestError> {
        if self.files.contains(copied) {
            Ok(())
        } else {
            Err(ManifestError::Damaged(copied.path.clone()))
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// Where a file is in the backup, if it has one.
    pub(super) fn path(&self, backup: &Path, name: &str) -> Option<PathBuf> {
        self.has(name).then(|| backup.join(name))
    }

    /// The names of the files in one of its folders.
    pub(super) fn under<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> {
        let begin = format!("{folder}/");
        self.files
            .iter()
            .filter_map(move |file| file.path.strip_prefix(begin.as_str()))
    }

    pub(super) fn log_size(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.size)
    }
}

/// A file as the manifest names it.
pub(super) fn entry(folder: &Path, path: &str) -> io::Result<FileEntry> {
    let mut file = private_file::open(&folder.join(path))?;
    let hashed = hash(&mut file, &mut io::sink())?;
    Ok(FileEntry::new(path, hashed))
}

/// Copies all of `from`. Gives how long it was, and its SHA-256.
pub(super) fn hash(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, [u8; 32])> {
    let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = from.read(&mut part)?;
        let Some(read) = part.get(..read).filter(|read| !read.is_empty()) else {
            break;
        };
        hash.update(read);
        to.write_all(read)?;
        bytes += read.len() as u64;
    }
    Ok((bytes, hash.finalize().into()))
}

/// Whether a manifest may name this path: nothing in it leads out of the folder, or to
/// what a restore does not put back.
fn is_of_a_backup(path: &str) -> bool {
    let parts: Vec<_> = Path::new(path).components().collect();
    let plain = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let rejoined: PathBuf = parts.iter().collect();
    parts.iter().all(plain)
        && rejoined.as_os_str() == path
        && match path.split_once('/') {
            None => [SQLITE, DUMP, WITNESS, CONFIG].contains(&path),
            Some((KEYS, name)) => crate::keys::files::FILES.contains(&name),
            Some((ARCHIVE, name)) => !name.contains('/'),
            Some(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_leads_nowhere_else() {
        for good in [
            "database.sqlite",
            "keys/log.key",
            "archive/2026-01-1-9.jsonl",
        ] {
            assert!(is_of_a_backup(good), "{good}");
        }
        for foreign in [
            "",
            "/etc/passwd",
            "../database.sqlite",
            "keys/../../x",
            "keys/authorized_keys",
            "keys",
            "archive/a/b",
            "archive/..",
            "archive/",
            "./database.sqlite",
            "site/index.html",
        ] {
            assert!(!is_of_a_backup(foreign), "{foreign}");
        }
    }
}
