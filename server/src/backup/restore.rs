//! Putting a backup back: where nothing is yet, once all of it is known to be what was
//! written, and with a word about the log. What was witnessed since the backup is lost by
//! it, so that has to be wanted.
//!
//! The keys come first and the database last: an installation that was cut off at this
//! has no database, and the restore is run again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use event_log::{Checkpoint, verify::Progress};
use jiff::Timestamp;

use super::{
    BackupError, Manifest, PostgresTools, Verified, at,
    folder::{copy_new, sync},
    manifest::{ARCHIVE, DUMP, FileEntry, KEYS, SQLITE, WITNESS, entry},
    verified::{options, verify_at},
    witness,
};
use crate::{
    config::{self, Config},
    keys::files::{self, FILES},
    private_file,
    storage::{self, OpenError, is_empty, tables_version},
};

/// What is put back, and where.
#[derive(Debug)]
pub struct Restore<'a> {
    /// Where it goes.
    pub config: &'a Config,
    /// The backup.
    pub backup: &'a Path,
    /// Whether what was witnessed since may be lost.
    pub lose_newer_events: bool,
    /// The programs of PostgreSQL.
    pub tools: &'a PostgresTools,
}

/// What was put back.
pub struct Restored {
    /// What stood in the backup.
    pub manifest: Manifest,
    /// How many events were lost by it, and where the file is that proves that they were.
    pub lost: Option<(u64, PathBuf)>,
    /// Whether it was: a SQLite database in which something is found is not.
    pub is_back: bool,
    /// What was not put back, for the configuration has no place for it: its names in the
    /// backup.
    pub without_place: Vec<String>,
    /// What the verification found.
    pub verified: Verified,
}

impl Restore<'_> {
    /// Puts it back.
    ///
    /// # Errors
    ///
    /// [`BackupError`]
    pub async fn restore(
        &self,
        now: Timestamp,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Restored, BackupError> {
        let manifest = Manifest::read(self.backup)?;
        self.is_ours(&manifest)?;
        manifest.check_files(self.backup)?;
        let is_there = !is_empty(&self.config.database).await?;
        if is_there && !self.lacks_its_witness(&manifest).await? {
            if let Some(path) = &self.config.audit.witness {
                unfinished(path)?;
            }
            return Err(BackupError::NotEmpty(String::from("the database")));
        }
        let key_folder = self.key_folder(&manifest)?;
        let keys = files::load(&key_folder)?;
        let public = keys.audit.public();
        if let Some(log) = &manifest.log
            && Checkpoint::open(&log.note, &public.log).is_err()
        {
            return Err(BackupError::OtherKeys(key_folder));
        }
        let lost = match &self.config.audit.witness {
            Some(path) => witness::beyond(path, manifest.log_size(), &public)?
                .map(|beyond| (path.clone(), beyond)),
            None => None,
        };
        if let Some((path, beyond)) = &lost
            && !self.lose_newer_events
        {
            return Err(BackupError::NewerEvents {
                path: path.clone(),
                size: manifest.log_size(),
                witnessed: beyond.size,
                from: beyond.from,
                until: beyond.until,
            });
        }
        if let (Some(path), None, true) = (&self.config.audit.witness, &lost, manifest.has(WITNESS))
            && path.exists()
            && !witness::is_beginning(path, &self.backup.join(WITNESS))?
        {
            // Another log's, or one that was changed: not this backup's past.
            return Err(BackupError::NotEmpty(path.display().to_string()));
        }
        let against = options(&keys, &key_folder, self.backup, &manifest)?;
        let database = &self.config.database;
        let verified = if let Some(file) = database.address()?.file() {
            // What is verified is what will be there, and no other file.
            let copy = if is_there {
                unfinished(&file)?;
                None
            } else {
                Some(copy(&manifest, self.backup, SQLITE, &file)?)
            };
            let looked_at = match &copy {
                Some(copy) => config::Database::at(format!("sqlite:{}", copy.display())),
                None => database.clone(),
            };
            let verified = verify_at(&looked_at, against, progress).await?;
            if !verified.report.is_good() {
                unfinished(&file)?;
                return Ok(Restored {
                    manifest,
                    lost: None,
                    is_back: false,
                    without_place: Vec::new(),
                    verified,
                });
            }
            self.put_keys(&manifest)?;
            self.put_archives(&manifest)?;
            if let Some(copy) = copy {
                place(&copy, &file)?;
                unfinished(&file)?;
            }
            verified
        } else {
            self.put_keys(&manifest)?;
            self.put_archives(&manifest)?;
            if !is_there {
                let dump = self.backup.join(DUMP);
                self.tools.restore(database, &dump).await?;
            }
            verify_at(database, against, progress).await?
        };
        // Last: until the database is back, the file says what is lost.
        let lost = self.put_witness(&manifest, lost.map(|(_, beyond)| beyond.size), now)?;
        let without_place = self.without_place(&manifest);
        Ok(Restored {
            manifest,
            lost,
            is_back: true,
            without_place,
            verified,
        })
    }

    /// What of the backup the configuration has no place for.
    fn without_place(&self, manifest: &Manifest) -> Vec<String> {
        let mut names = Vec::new();
        if self.config.audit.witness.is_none() && manifest.has(WITNESS) {
            names.push(WITNESS.to_owned());
        }
        if self.config.audit.archive.is_none() {
            let months = manifest.under(ARCHIVE);
            names.extend(months.map(|name| format!("{ARCHIVE}/{name}")));
        }
        names
    }

    /// Whether the database that is there is this backup's as it was put back, and only
    /// its witness file is not there yet: a restore was cut off between the two.
    async fn lacks_its_witness(&self, manifest: &Manifest) -> Result<bool, BackupError> {
        let (Some(path), Some(log), true) = (
            &self.config.audit.witness,
            &manifest.log,
            manifest.has(WITNESS),
        ) else {
            return Ok(false);
        };
        let is_back = |path: &Path| witness::is_beginning(&self.backup.join(WITNESS), path);
        // One that knows more waits to be moved away, which has to be wanted.
        if path.exists() && is_back(path)? && !self.lose_newer_events {
            return Ok(false);
        }
        let store = match storage::open_to_read(&self.config.database).await {
            // Another program's: not what a restore was cut off at.
            Err(OpenError::OtherVersion { .. }) => return Ok(false),
            opened => opened?,
        };
        let (note, count) = (store.newest_checkpoint().await, store.log_head().await);
        store.close().await;
        Ok(note?.is_some_and(|note| note == log.note) && count?.size == log.size)
    }

    /// Whether this program, so configured, can put it back.
    fn is_ours(&self, manifest: &Manifest) -> Result<(), BackupError> {
        let (backup, configured) = (manifest.database()?, self.config.database.address()?.kind());
        if backup != configured {
            return Err(BackupError::OtherDatabase {
                backup: backup.name(),
                configured: configured.name(),
            });
        }
        let expected = tables_version();
        if manifest.tables != expected {
            return Err(BackupError::OtherVersion {
                found: manifest.tables,
                expected,
                program: manifest.program.clone(),
            });
        }
        Ok(())
    }

    /// Where the keys are read: those that are there, else the backup's. Both, if they
    /// are the same.
    fn key_folder(&self, manifest: &Manifest) -> Result<PathBuf, BackupError> {
        let there = &self.config.keys;
        let is_there = |name: &str| there.join(name).symlink_metadata().is_ok();
        if !FILES.into_iter().any(is_there) && manifest.has_keys() {
            return Ok(self.backup.join(KEYS));
        }
        if !FILES.into_iter().any(is_there) {
            return Err(BackupError::NoKeys(there.clone()));
        }
        let mut all_there = true;
        for name in manifest.under(KEYS) {
            if !is_there(name) {
                // A restore before this one was cut off.
                all_there = false;
                continue;
            }
            // The CA may have been renewed since, over the same key.
            if !is_same(name, there, &self.backup.join(KEYS))? && name != "ca.cert.pem" {
                return Err(BackupError::NotEmpty(
                    there.join(name).display().to_string(),
                ));
            }
        }
        Ok(if all_there {
            there.clone()
        } else {
            self.backup.join(KEYS)
        })
    }

    fn put_keys(&self, manifest: &Manifest) -> Result<(), BackupError> {
        let there = &self.config.keys;
        if manifest.has_keys() {
            private_file::create_folders(there).map_err(at(there))?;
        }
        for name in manifest.under(KEYS) {
            let to = there.join(name);
            if to.symlink_metadata().is_ok() {
                unfinished(&to)?;
            } else {
                put(manifest, self.backup, &format!("{KEYS}/{name}"), &to)?;
            }
        }
        Ok(())
    }

    fn put_archives(&self, manifest: &Manifest) -> Result<(), BackupError> {
        let Some(archive) = &self.config.audit.archive else {
            return Ok(());
        };
        for name in manifest.under(ARCHIVE) {
            fs::create_dir_all(archive).map_err(at(archive))?;
            let to = archive.join(name);
            if to.exists() {
                if !is_same(name, archive, &self.backup.join(ARCHIVE))? {
                    return Err(BackupError::NotEmpty(to.display().to_string()));
                }
                unfinished(&to)?;
            } else {
                put(manifest, self.backup, &format!("{ARCHIVE}/{name}"), &to)?;
            }
        }
        Ok(())
    }

    /// The witness file goes back with its log. One that is there and knows no more than
    /// the backup's gives way to it; one that knows more stays beside it.
    fn put_witness(
        &self,
        manifest: &Manifest,
        known: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<(u64, PathBuf)>, BackupError> {
        let (Some(path), true) = (&self.config.audit.witness, manifest.has(WITNESS)) else {
            return Ok(None);
        };
        let mut lost = None;
        if let Some(known) = known {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let kept = path.with_file_name(format!("{name}.lost-{}", now.as_second()));
            if kept.exists() {
                return Err(BackupError::Exists(kept));
            }
            fs::rename(path, &kept).map_err(at(path))?;
            lost = Some((known - manifest.log_size(), kept));
        } else if path.exists() {
            fs::remove_file(path).map_err(at(path))?;
        }
        put(manifest, self.backup, WITNESS, path)?;
        Ok(lost)
    }
}

/// Whether a file has the same contents in both folders.
fn is_same(name: &str, one: &Path, other: &Path) -> Result<bool, BackupError> {
    let of = |folder: &Path| entry(folder, name).map_err(at(&folder.join(name)));
    Ok(of(one)? == of(other)?)
}

/// Where a file is copied to before it is there. What a restore that was cut off left of
/// it is taken away: it may be a key.
fn unfinished(to: &Path) -> Result<PathBuf, BackupError> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = to.with_file_name(format!(".{name}.restoring"));
    // Who verified a database may have made the others beside it.
    for companion in ["", "-wal", "-shm", "-journal"] {
        let left = to.with_file_name(format!(".{name}.restoring{companion}"));
        private_file::remove_if_there(&left).map_err(at(&left))?;
    }
    Ok(unfinished)
}

/// Copies a file of the backup to beside its place. What was copied has to be what the
/// manifest names: since it was compared, another file may be there.
fn copy(manifest: &Manifest, backup: &Path, name: &str, to: &Path) -> Result<PathBuf, BackupError> {
    let unfinished = unfinished(to)?;
    let copied = FileEntry::new(name, copy_new(&backup.join(name), &unfinished)?);
    if let Err(error) = manifest.check(&copied) {
        self::unfinished(to)?;
        return Err(error.into());
    }
    Ok(unfinished)
}

/// Has a copy at its place: it is there whole, or not at all.
fn place(copy: &Path, to: &Path) -> Result<(), BackupError> {
    // Unlike a renaming this never takes the place of a file.
    fs::hard_link(copy, to).map_err(at(to))?;
    fs::remove_file(copy).map_err(at(copy))?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        _ => sync(Path::new(".")),
    }
}

fn put(manifest: &Manifest, backup: &Path, name: &str, to: &Path) -> Result<(), BackupError> {
    place(&copy(manifest, backup, name, to)?, to)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;
    use crate::backup::ManifestError;

    /// Whoever owns the backup exchanges a file once it was compared.
    #[test]
    fn what_was_exchanged_since_it_was_compared_is_not_put_back() {
        let (backup, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let (from, to) = (backup.path().join(WITNESS), there.path().join("witness"));
        fs::write(&from, "as it was").unwrap();
        let mut listed = Manifest::new(1, Timestamp::UNIX_EPOCH);
        listed.files.push(entry(backup.path(), WITNESS).unwrap());
        let is_left = || fs::read_dir(there.path()).unwrap().next().is_some();
        fs::write(&from, "another").unwrap();
        let refused = put(&listed, backup.path(), WITNESS, &to).unwrap_err();
        let is_damaged = |error: &BackupError| matches!(error, BackupError::Manifest(ManifestError::Damaged(name)) if name == WITNESS);
        assert!(is_damaged(&refused), "{refused:?}");
        assert!(!is_left());
        // A link to a file that says the right thing, or that only root reads.
        fs::remove_file(&from).unwrap();
        fs::write(backup.path().join("secret"), "as it was").unwrap();
        symlink(backup.path().join("secret"), &from).unwrap();
        let refused = put(&listed, backup.path(), WITNESS, &to).unwrap_err();
        assert!(matches!(refused, BackupError::Io { .. }), "{refused:?}");
        assert!(!is_left());
        fs::remove_file(&from).unwrap();
        fs::write(&from, "as it was").unwrap();
        put(&listed, backup.path(), WITNESS, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"as it was");
    }
}
