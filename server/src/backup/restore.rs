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

use event_log::{Checkpoint, keys::PublicKeys, verify::Progress};
use jiff::Timestamp;

use super::{
    BackupError, Manifest, PostgresTools, Verified, at,
    manifest::{ARCHIVE, DUMP, KEYS, SQLITE, WITNESS, entry},
    put_back::{Copied, remove_unfinished},
    verified::{options, verify_at},
    witness::{self, Beyond},
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
                remove_unfinished(path)?;
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
        let size = manifest.log_size();
        let (lost, lost_before) = self.lost(size, &public)?;
        // What is verified is what will be there, and no other file: from here on the
        // copies are looked at.
        let witness = self.copy_witness(&manifest)?;
        if let (Some(path), None, Some(copied)) = (&self.config.audit.witness, &lost, &witness)
            && path.exists()
            && !witness::is_beginning(path, copied.path())?
        {
            // Another log's, or one that was changed: not this backup's past.
            return Err(BackupError::NotEmpty(path.display().to_string()));
        }
        let mut archives = self.copy_archives(&manifest)?;
        let against = |archives: &[Archive]| {
            let witness = witness.as_ref().map(|copied| copied.path().to_owned());
            // What has no place is put nowhere.
            let witness = witness.or_else(|| manifest.path(self.backup, WITNESS));
            options(&keys, &key_folder, witness, paths(archives))
        };
        let database = &self.config.database;
        let verified = if let Some(file) = database.address()?.file() {
            let copy = if is_there {
                remove_unfinished(&file)?;
                None
            } else {
                Some(Copied::new(&manifest, self.backup, SQLITE, &file)?)
            };
            let looked_at = match &copy {
                Some(copy) => config::Database::at(format!("sqlite:{}", copy.path().display())),
                None => database.clone(),
            };
            let verified = verify_at(&looked_at, against(&archives)?, progress).await?;
            if !verified.report.is_good() {
                return Ok(Restored {
                    manifest,
                    lost: None,
                    is_back: false,
                    without_place: Vec::new(),
                    verified,
                });
            }
            self.put_keys(&manifest)?;
            place_archives(&mut archives)?;
            if let Some(copy) = copy {
                copy.place()?;
            }
            verified
        } else {
            self.put_keys(&manifest)?;
            place_archives(&mut archives)?;
            if !is_there {
                let dump = self.backup.join(DUMP);
                self.tools.restore(database, &dump).await?;
            }
            verify_at(database, against(&archives)?, progress).await?
        };
        // Last: until the database is back, the file says what is lost.
        let lost = match witness {
            Some(copied) => self.put_witness(copied, lost, now)?.or(lost_before),
            None => None,
        };
        let lost = lost.map(|(kept, beyond)| (beyond.size - size, kept));
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

    /// What the witness file knows beyond the backup's log, which has to be wanted; or what
    /// a restore that was cut off moved aside of that.
    fn lost(
        &self,
        size: u64,
        public: &PublicKeys,
    ) -> Result<(Option<Lost>, Option<Lost>), BackupError> {
        let Some(path) = &self.config.audit.witness else {
            return Ok((None, None));
        };
        let Some(beyond) = witness::beyond(path, size, public)? else {
            if self.lose_newer_events && !path.exists() {
                return Ok((None, witness::moved_aside(path, size, public)?));
            }
            return Ok((None, None));
        };
        if self.lose_newer_events {
            return Ok((Some((path.clone(), beyond)), None));
        }
        Err(BackupError::NewerEvents {
            path: path.clone(),
            size,
            witnessed: beyond.size,
            from: beyond.from,
            until: beyond.until,
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
                remove_unfinished(&to)?;
            } else {
                Copied::new(manifest, self.backup, &format!("{KEYS}/{name}"), &to)?.place()?;
            }
        }
        Ok(())
    }

    /// Copies the months' files to beside their places; those that are there are the
    /// same.
    fn copy_archives(&self, manifest: &Manifest) -> Result<Vec<Archive>, BackupError> {
        let mut archives = Vec::new();
        for name in manifest.under(ARCHIVE) {
            let Some(archive) = &self.config.audit.archive else {
                // What has no place is put nowhere.
                archives.push(Archive {
                    place: self.backup.join(ARCHIVE).join(name),
                    copied: None,
                });
                continue;
            };
            fs::create_dir_all(archive).map_err(at(archive))?;
            let place = archive.join(name);
            let copied = if place.exists() {
                if !is_same(name, archive, &self.backup.join(ARCHIVE))? {
                    return Err(BackupError::NotEmpty(place.display().to_string()));
                }
                remove_unfinished(&place)?;
                None
            } else {
                let name = format!("{ARCHIVE}/{name}");
                Some(Copied::new(manifest, self.backup, &name, &place)?)
            };
            archives.push(Archive { place, copied });
        }
        Ok(archives)
    }

    fn copy_witness(&self, manifest: &Manifest) -> Result<Option<Copied>, BackupError> {
        match &self.config.audit.witness {
            Some(path) if manifest.has(WITNESS) => {
                Copied::new(manifest, self.backup, WITNESS, path).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The witness file goes back with its log. One that is there and knows no more than
    /// the backup's gives way to it; one that knows more stays beside it.
    fn put_witness(
        &self,
        copied: Copied,
        lost: Option<Lost>,
        now: Timestamp,
    ) -> Result<Option<Lost>, BackupError> {
        let Some(path) = &self.config.audit.witness else {
            return Ok(None);
        };
        let mut kept = None;
        if let Some((_, beyond)) = lost {
            let aside = witness::aside(path, now);
            if aside.exists() {
                return Err(BackupError::Exists(aside));
            }
            fs::rename(path, &aside).map_err(at(path))?;
            kept = Some((aside, beyond));
        } else if path.exists() {
            fs::remove_file(path).map_err(at(path))?;
        }
        copied.place()?;
        Ok(kept)
    }
}

/// A witness file that knows more than the log that is put back, and what it knows.
type Lost = (PathBuf, Beyond);

/// The file of an archived month.
struct Archive {
    place: PathBuf,
    /// Until it is at its place.
    copied: Option<Copied>,
}

/// Where they are now.
fn paths(archives: &[Archive]) -> Vec<PathBuf> {
    let now = |archive: &Archive| match &archive.copied {
        Some(copied) => copied.path().to_owned(),
        None => archive.place.clone(),
    };
    archives.iter().map(now).collect()
}

fn place_archives(archives: &mut [Archive]) -> Result<(), BackupError> {
    for archive in archives {
        if let Some(copied) = archive.copied.take() {
            copied.place()?;
        }
    }
    Ok(())
}

/// Whether a file has the same contents in both folders.
fn is_same(name: &str, one: &Path, other: &Path) -> Result<bool, BackupError> {
    let of = |folder: &Path| entry(folder, name).map_err(at(&folder.join(name)));
    Ok(of(one)? == of(other)?)
}
