//! A file on its way from the backup to its place: copied to beside it, compared with the
//! manifest there, and at its place whole or not at all. Between the two it can be looked
//! at where nobody exchanges it: whoever owns the backup may exchange its files at any
//! moment, and back again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    BackupError, Manifest, at,
    folder::{copy_new, sync},
    manifest::FileEntry,
};
use crate::private_file;

/// A copy beside its place. It goes if it is not put there.
pub(super) struct Copied {
    copy: PathBuf,
    to: PathBuf,
}

impl Copied {
    /// Copies the file that the manifest has under this name to beside `to`.
    ///
    /// # Errors
    ///
    /// [`ManifestError::Damaged`](super::ManifestError::Damaged) when what was copied is
    /// not what the manifest names.
    pub(super) fn new(
        manifest: &Manifest,
        backup: &Path,
        name: &str,
        to: &Path,
    ) -> Result<Self, BackupError> {
        let copy = remove_unfinished(to)?;
        let copied = Self {
            copy,
            to: to.to_owned(),
        };
        let written = copy_new(&backup.join(name), &copied.copy)?;
        manifest.check(&FileEntry::new(name, written))?;
        Ok(copied)
    }

    /// Where it is until then.
    pub(super) fn path(&self) -> &Path {
        &self.copy
    }

    /// Puts it at its place, where nothing may be.
    pub(super) fn place(self) -> Result<(), BackupError> {
        // Unlike a renaming this never takes the place of a file.
        fs::hard_link(&self.copy, &self.to).map_err(at(&self.to))?;
        fs::remove_file(&self.copy).map_err(at(&self.copy))?;
        match self.to.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
            _ => sync(Path::new(".")),
        }
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        if let Err(error) = remove_unfinished(&self.to) {
            tracing::error!(%error, "a copy that was not put back is still there");
        }
    }
}

/// Takes away what a restore that was cut off left beside a place: it may be a key. Gives
/// where the next copy goes.
pub(super) fn remove_unfinished(to: &Path) -> Result<PathBuf, BackupError> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    // Who verified a database may have made the others beside it.
    for companion in ["", "-wal", "-shm", "-journal"] {
        let left = to.with_file_name(format!(".{name}.restoring{companion}"));
        private_file::remove_if_there(&left).map_err(at(&left))?;
    }
    Ok(to.with_file_name(format!(".{name}.restoring")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::backup::{
        ManifestError,
        manifest::{WITNESS, entry},
    };

    /// Whoever owns the backup exchanges a file once it was compared.
    #[test]
    fn what_was_exchanged_since_it_was_compared_is_not_put_back() {
        let (backup, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let (from, to) = (backup.path().join(WITNESS), there.path().join("witness"));
        fs::write(&from, "as it was").unwrap();
        let mut listed = Manifest::new(1, Timestamp::UNIX_EPOCH);
        listed.files.push(entry(backup.path(), WITNESS).unwrap());
        let copy = || Copied::new(&listed, backup.path(), WITNESS, &to);
        let is_left = || fs::read_dir(there.path()).unwrap().next().is_some();
        fs::write(&from, "another").unwrap();
        let refused = copy().err().unwrap();
        let is_damaged = |error: &BackupError| matches!(error, BackupError::Manifest(ManifestError::Damaged(name)) if name == WITNESS);
        assert!(is_damaged(&refused), "{refused:?}");
        assert!(!is_left());
        // A link to a file that says the right thing, or that only root reads.
        fs::remove_file(&from).unwrap();
        fs::write(backup.path().join("secret"), "as it was").unwrap();
        symlink(backup.path().join("secret"), &from).unwrap();
        let refused = copy().err().unwrap();
        assert!(matches!(refused, BackupError::Io { .. }), "{refused:?}");
        assert!(!is_left());
        fs::remove_file(&from).unwrap();
        fs::write(&from, "as it was").unwrap();
        // What is not wanted after all leaves nothing.
        drop(copy().unwrap());
        assert!(!is_left());
        // What was looked at is what is put there, whatever the backup has by then.
        let copied = copy().unwrap();
        fs::write(&from, "another").unwrap();
        assert_eq!(fs::read(copied.path()).unwrap(), b"as it was");
        copied.place().unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"as it was");
        assert_eq!(fs::read_dir(there.path()).unwrap().count(), 1);
    }
}
