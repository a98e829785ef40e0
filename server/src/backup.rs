//! Everything of an installation in one folder, taken while it serves, and put back
//! where nothing is yet. [`Taking`] and [`Restore`] are what the command line does;
//! `folder` is how the copy comes to be whole or not at all, `manifest` what
//! stands in it, `put_back` how a file of it comes to its place, `witness` what the witness file has to do with the log's moment, and
//! `tools` are PostgreSQL's own programs.

mod folder;
mod manifest;
mod put_back;
mod restore;
mod take;
mod tools;
mod verified;
mod witness;

use std::{
    io,
    path::{Path, PathBuf},
};

use event_log::verify::{FileError, VerifyError};
use jiff::Timestamp;
use thiserror::Error;

pub use manifest::{LogState, Manifest, ManifestError};
pub use restore::{Restore, Restored};
pub use take::{Taken, Taking};
pub use tools::PostgresTools;
pub use verified::Verified;

use crate::{
    config::AddressError,
    keys::files::KeyFileError,
    storage::{OpenError, SnapshotError, StoreError},
};

/// Why nothing was taken, or nothing put back.
#[derive(Debug, Error)]
pub enum BackupError {
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder to be made is there and has something in it.
    #[error("{} is there already; a backup goes into a new or an empty folder", .0.display())]
    Exists(PathBuf),
    /// The keys can't be read.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The database's address is none.
    #[error("database.url: {0}")]
    Address(#[from] AddressError),
    /// A scratch database is named, and nothing is put into it.
    #[error(
        "--verify-with is for a backup of PostgreSQL: a copy of SQLite is verified as it is, \
         without another database"
    )]
    NeedsNoScratch,
    /// What is named for it can't take a dump.
    #[error("--verify-with names the address of an empty database of PostgreSQL")]
    ScratchNotPostgres,
    /// The database can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no moment of the database to be had.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The manifest is none, or says what the files don't.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A witness file can't be read.
    #[error(transparent)]
    Witness(#[from] FileError),
    /// The verification could not be finished.
    #[error("the verification could not be finished")]
    Verify(#[from] VerifyError<StoreError>),
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {said}")]
    Tool {
        /// Which.
        program: String,
        /// What it said.
        said: String,
    },
    /// A program of PostgreSQL does not come to an end.
    #[error("{program} went no further and was ended: is the way to the database silent?")]
    Silent {
        /// Which.
        program: String,
    },
    /// The dump does not have a table.
    #[error("the dump has no data of the table {0}")]
    DumpWithout(&'static str),
    /// The log that was verified is not the one of the moment of the backup.
    #[error("what was verified is not the log of the moment of the backup")]
    OtherLog,
    /// A path with a character that is not Unicode.
    #[error("{} is not Unicode", .0.display())]
    Path(PathBuf),
    /// Where it would be put back there is something.
    #[error("{0} is not empty: nothing is put back over what is there")]
    NotEmpty(String),
    /// Neither there nor in the backup are keys.
    #[error(
        "there are no keys in {}, nor in the backup: bring the keys' own backup there first",
        .0.display()
    )]
    NoKeys(PathBuf),
    /// The keys that are there are another installation's.
    #[error("the keys in {} are not those that signed the log of the backup", .0.display())]
    OtherKeys(PathBuf),
    /// It is of the other database.
    #[error("the backup is of {backup}, and database.url names {configured}")]
    OtherDatabase {
        /// What the backup is of.
        backup: &'static str,
        /// What is configured.
        configured: &'static str,
    },
    /// It was taken by a version whose tables are others.
    #[error(
        "the backup has tables of version {found}, this program of version {expected}: put it \
         back with the program that took it ({program})"
    )]
    OtherVersion {
        /// Of the backup.
        found: i64,
        /// Of this program.
        expected: i64,
        /// The version of the program that took it.
        program: String,
    },
    /// The log would lose events that were witnessed.
    #[error(
        "the backup's log ends at {size} events, and {} knows {witnessed}: {} events, done from \
         {from} to {until}, would be lost. Is there no newer backup? If not, say \
         --lose-newer-events. Then what was done since the backup is not in the register: cards \
         that were 挂失 or 冻结 since are not, and have to be again. That witness file is kept \
         beside the new one as evidence. Where several instances run, their witness files have to \
         be moved away, too: a server with a file that knows more says that the log does not go \
         on from it",
        path.display(), witnessed - size
    )]
    NewerEvents {
        /// The witness file that is there.
        path: PathBuf,
        /// How many events the backup's log has.
        size: u64,
        /// How many were witnessed.
        witnessed: u64,
        /// When the first one that was lost had its place, at the latest.
        from: Timestamp,
        /// When the last did.
        until: Timestamp,
    },
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}
