//! Putting a backup back: where nothing is yet, once all of it is known to be what was
//! written, and with a word about the log. What was witnessed since the backup is lost by
//! it, so that has to be wanted.
//!
//! The keys come first and the database last: an installation that was cut off at this
//! has no database, and the restore is run again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use event_log::{Checkpoint, verify::Progress};
use jiff::Timestamp;

use super::{
    BackupError, Manifest, PostgresTools, Verified, at,
    folder::{copy_new, sync},
    manifest::{ARCHIVE, DUMP, KEYS, SQLITE, WITNESS, entry},
    verified::{options, verify_at},
    witness,
};
use crate::{
    config::{self, Config, DatabaseKind},
    keys::files::{self, FILES},
    ownership,
    private_file::OwnedBy,
    storage::{self, is_empty, tables_version},
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
        let is_sqlite = manifest.database()? == DatabaseKind::Sqlite;
        let database = &self.config.database;
        let mut found = None;
        if is_sqlite {
            let copy = format!("sqlite:{}", self.backup.join(SQLITE).display());
            let copy = config::Database::at(copy);
            let verified = verify_at(&copy, against, progress).await?;
            if !verified.report.is_good() {
                return Ok(Restored {
                    manifest,
                    lost: None,
                    is_back: false,
                    without_place: Vec::new(),
                    verified,
                });
            }
            found = Some(verified);
        }
        self.put_keys(&manifest)?;
        self.put_archives(&manifest)?;
        let verified = if let (Some(verified), Some(file)) = (found, database.address()?.file()) {
            if is_there {
                unfinished(&file)?;
            } else {
                put(&self.backup.join(SQLITE), &file)?;
            }
            verified
        } else {
            if !is_there {
                let dump = self.backup.join(DUMP);
                self.tools.restore(database, &dump).await?;
            }
            let against = options(&keys, &key_folder, self.backup, &manifest)?;
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
        let Ok(store) = storage::open_to_read(&self.config.database).await else {
            return Ok(false);
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
            ownership::make_folder(there, 0o700).map_err(at(there))?;
        }
        for name in manifest.under(KEYS) {
            put_unless_there(&self.backup.join(KEYS).join(name), &there.join(name))?;
        }
        Ok(())
    }

    fn put_archives(&self, manifest: &Manifest) -> Result<(), BackupError> {
        let Some(archive) = &self.config.audit.archive else {
            return Ok(());
        };
        for name in manifest.under(ARCHIVE) {
            ownership::make_folder(archive, 0o755).map_err(at(archive))?;
            let (from, to) = (self.backup.join(ARCHIVE).join(name), archive.join(name));
            if to.exists() {
                if !is_same(name, archive, &self.backup.join(ARCHIVE))? {
                    return Err(BackupError::NotEmpty(to.display().to_string()));
                }
                unfinished(&to)?;
            } else {
                put(&from, &to)?;
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
        let copy = self.backup.join(WITNESS);
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
        put(&copy, path)?;
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
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&unfinished)(error)),
        _ => Ok(unfinished),
    }
}

/// Copies a file to where none is: it is there whole, or not at all.
fn put(from: &Path, to: &Path) -> Result<(), BackupError> {
    let unfinished = unfinished(to)?;
    // Who serves has to read what root put back.
    copy_new(from, &unfinished, OwnedBy::Folder)?;
    // Unlike a renaming this never takes the place of a file.
    fs::hard_link(&unfinished, to).map_err(at(to))?;
    fs::remove_file(&unfinished).map_err(at(&unfinished))?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        _ => sync(Path::new(".")),
    }
}

fn put_unless_there(from: &Path, to: &Path) -> Result<(), BackupError> {
    if to.symlink_metadata().is_ok() {
        return unfinished(to).map(drop);
    }
    put(from, to)
}
