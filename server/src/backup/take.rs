//! Taking a backup, while the server serves: the witness file first, then the database
//! at one moment, then what was witnessed of that moment, and the months that it says
//! were archived. It is verified before it is called a backup.

use std::path::{Path, PathBuf};

use event_log::{
    archive_note::ArchiveNote,
    verify::{Options, Progress},
};
use jiff::Timestamp;

use super::{
    BackupError, Manifest, PostgresTools, Verified,
    folder::NewFolder,
    manifest::{ARCHIVE, CONFIG, DUMP, KEYS, SQLITE, WITNESS},
    verified::{check, log_state, options, verify_at},
    witness,
};
use crate::{
    config::{self, Address, Config, DatabaseKind},
    keys::files::{self, KeyRing},
    storage::{Snapshot, clear_postgres, is_empty, tables_version},
};

/// What is taken, and how.
#[derive(Debug)]
pub struct Taking<'a> {
    /// The installation.
    pub config: &'a Config,
    /// Its configuration's file.
    pub config_file: &'a Path,
    /// Where the backup is to be: a new folder, or an empty one.
    pub place: &'a Path,
    /// Whether the keys are taken, too.
    pub with_keys: bool,
    /// An empty database of PostgreSQL, into which the dump is put for the length of a
    /// verification.
    pub scratch: Option<&'a config::Database>,
    /// The programs of PostgreSQL.
    pub tools: &'a PostgresTools,
}

/// A backup.
pub struct Taken {
    /// Where it is. One in which something was found is not at the place that was asked
    /// for, but beside it.
    pub place: PathBuf,
    /// What stands in it.
    pub manifest: Manifest,
    /// What the verification found.
    pub verified: Verified,
}

impl Taking<'_> {
    /// Takes it.
    ///
    /// # Errors
    ///
    /// [`BackupError`]; nothing is left of it then.
    pub async fn take(
        &self,
        now: Timestamp,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Taken, BackupError> {
        // Before anything is written.
        let scratch = self.scratch().await?;
        let keys = files::load(&self.config.keys)?;
        let folder = NewFolder::begin(self.place)?;
        let mut manifest = Manifest::new(tables_version(), now);
        let copy = folder.path().join(WITNESS);
        let witnessed = match &self.config.audit.witness {
            Some(path) => witness::copy(path, &copy)?.map(|length| (path, length)),
            None => None,
        };
        let database = &self.config.database;
        let snapshot = Snapshot::take(database, &folder.path().join(SQLITE)).await?;
        if let Some(name) = snapshot.name() {
            let dump = folder.path().join(DUMP);
            self.tools.dump(database, name, &dump).await?;
        }
        manifest.log = log_state(&snapshot.store, &keys.audit.public()).await?;
        if let Some((path, length)) = witnessed {
            let (size, public) = (manifest.log_size(), keys.audit.public());
            witness::copy_on(path, (&copy, length), size, &public).await?;
        }
        let archives = self.copy_archives(&snapshot, &folder, &keys, &mut manifest);
        let archives = archives.await?;
        folder.copy(self.config_file, CONFIG)?;
        let witness = copy.exists().then_some(copy);
        let against = options(&keys, &self.config.keys, witness, archives)?;
        let verified = if let Some(scratch) = scratch {
            snapshot.release().await?;
            let dump = folder.path().join(DUMP);
            self.try_dump(scratch, &dump, against, progress).await?
        } else {
            let verified = check(&snapshot.store, against, progress).await?;
            // What was read counts if the moment lasted until here.
            snapshot.release().await?;
            verified
        };
        // What was verified is the moment of the manifest, and no later one. A log whose
        // checkpoint is not good has none, and a finding that says so.
        if verified.report.is_good() && verified.report.size != manifest.log_size() {
            return Err(BackupError::OtherLog);
        }
        if self.with_keys {
            folder.make_folder(KEYS)?;
            for name in files::FILES {
                let key = files::contents(&self.config.keys, name)?;
                folder.write(&format!("{KEYS}/{name}"), &key)?;
            }
            // What may have been exchanged since they were read is no backup.
            let taken = files::load(&folder.path().join(KEYS))?;
            if taken.audit.public() != keys.audit.public() {
                return Err(BackupError::OtherKeys(self.config.keys.clone()));
            }
        }
        let place = folder.finish(&mut manifest, verified.report.is_good())?;
        Ok(Taken {
            place,
            manifest,
            verified,
        })
    }

    /// Copies the files of the months that the database says were archived. Gives the
    /// copies.
    async fn copy_archives(
        &self,
        snapshot: &Snapshot,
        folder: &NewFolder,
        keys: &KeyRing,
        manifest: &mut Manifest,
    ) -> Result<Vec<PathBuf>, BackupError> {
        let mut copies = Vec::new();
        let records = snapshot.store.archives().await?;
        if records.is_empty() {
            return Ok(copies);
        }
        folder.make_folder(ARCHIVE)?;
        for record in records {
            // One that is not signed is the verification's to name.
            let Ok(note) = ArchiveNote::open(&record.note, keys.audit.log().key()) else {
                continue;
            };
            let path = self.config.audit.archive.as_ref();
            match path.map(|archive| archive.join(&note.file)) {
                Some(path) if path.exists() && !note.file.contains('/') => {
                    let to = format!("{ARCHIVE}/{}", note.file);
                    folder.copy(&path, &to)?;
                    copies.push(folder.path().join(to));
                }
                _ => manifest.archives_elsewhere.push(note.file),
            }
        }
        Ok(copies)
    }

    /// Puts the dump into an empty database, verifies that, and takes it out again.
    async fn try_dump(
        &self,
        database: &config::Database,
        dump: &Path,
        against: Options,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Verified, BackupError> {
        // Once more: dumping took its time, and what is there would be taken out.
        must_be_empty(database).await?;
        self.tools.restore(database, dump).await?;
        let verified = verify_at(database, against, progress).await;
        clear_postgres(database).await?;
        verified
    }

    /// The scratch database, if one is named: one into which a dump can be put.
    async fn scratch(&self) -> Result<Option<&config::Database>, BackupError> {
        let Some(scratch) = self.scratch else {
            return Ok(None);
        };
        if self.config.database.address()?.kind() != DatabaseKind::Postgres {
            return Err(BackupError::NeedsNoScratch);
        }
        if !matches!(scratch.address(), Ok(Address::Postgres(_))) {
            return Err(BackupError::ScratchNotPostgres);
        }
        must_be_empty(scratch).await?;
        Ok(Some(scratch))
    }
}

async fn must_be_empty(scratch: &config::Database) -> Result<(), BackupError> {
    if is_empty(scratch).await? {
        Ok(())
    } else {
        Err(BackupError::NotEmpty(String::from("the scratch database")))
    }
}
