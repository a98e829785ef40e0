//! Files and folders that nobody but their owner reads: keys, databases, backups. They
//! are made here, so that none is open to others for even a moment, and read here, so
//! that nobody is led elsewhere: a link is not followed, and a pipe not waited for.
//!
//! Whose they are is not decided here: the command line becomes the owner of the folder
//! that it works in (`cli/owner.rs`).

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use rustix::fs::OFlags;

/// The mode of a file.
const FILE_MODE: u32 = 0o600;

/// The mode of a folder.
const FOLDER_MODE: u32 = 0o700;

/// Makes a file where none is.
///
/// # Errors
///
/// The system's; [`io::ErrorKind::AlreadyExists`] among them.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
}

/// Makes a file of these bytes where none is, and syncs it.
///
/// # Errors
///
/// The system's.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes an empty file, and leaves one that is there as it is.
///
/// # Errors
///
/// The system's.
pub(crate) fn create_unless_there(path: &Path) -> io::Result<()> {
    match create(path) {
        // One that can't be written is not taken for good.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().append(true).open(path).map(drop)
        }
        made => made.map(drop),
    }
}

/// Opens a plain file to read it.
///
/// # Errors
///
/// The system's; [`io::ErrorKind::InvalidInput`] for what is none.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no plain file",
        ))
    }
}

/// Takes away what a run that was cut off left, if it left anything.
///
/// # Errors
///
/// The system's.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder where none is, in one that is there.
///
/// # Errors
///
/// The system's.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(FOLDER_MODE).create(path)
}

/// Makes a folder, and those above it that are not there. One that is there stays as it
/// is.
///
/// # Errors
///
/// The system's.
pub(crate) fn create_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .mode(FOLDER_MODE)
        .recursive(true)
        .create(path)
}

/// Has the names in a folder outlive a power cut.
///
/// # Errors
///
/// The system's.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use tempfile::TempDir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn nobody_else_reads_what_is_made_and_nothing_is_overwritten() {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("key"), b"secret").unwrap();
        create_folder(&at("keys")).unwrap();
        create_unless_there(&at("database")).unwrap();
        create_folders(&at("archive/months")).unwrap();
        assert_eq!(
            ["key", "keys", "database", "archive", "archive/months"].map(|name| mode(&at(name))),
            [0o600, 0o700, 0o600, 0o700, 0o700]
        );
        for again in [
            write(&at("key"), b"other"),
            create_folder(&at("keys")),
            create(&at("database")).map(drop),
        ] {
            assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        create_unless_there(&at("key")).unwrap();
        create_folders(&at("keys")).unwrap();
        assert_eq!(fs::read(at("key")).unwrap(), b"secret");
        create_unless_there(&at("keys")).unwrap_err();
    }

    #[test]
    fn only_a_plain_file_is_read() {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("key"), b"secret").unwrap();
        symlink(at("key"), at("link")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        open(&at("key")).unwrap();
        for other in ["link", "pipe", "."] {
            open(&at(other)).unwrap_err();
        }
    }

    #[test]
    fn what_is_not_there_is_taken_away_already() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("left");
        remove_if_there(&path).unwrap();
        write(&path, b"").unwrap();
        remove_if_there(&path).unwrap();
        assert!(!path.exists());
        remove_if_there(folder.path()).unwrap_err();
    }
}
