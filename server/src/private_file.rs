//! Files and folders that nobody but their owner reads: keys, databases, backups. Every
//! one of them is made here, so that none is open to others for even a moment.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use crate::ownership;

/// The mode of a file.
const FILE_MODE: u32 = 0o600;

/// The mode of a folder.
const FOLDER_MODE: u32 = 0o700;

/// Whose a file or a folder becomes that root makes. Whoever else makes one has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnedBy {
    /// Root's: what whoever owns the folder around it is not to read.
    Maker,
    /// Whose the folder around it is: what root puts into the service's folder the service
    /// has to read.
    Folder,
}

/// Makes a file where none is.
///
/// # Errors
///
/// The system's; [`io::ErrorKind::AlreadyExists`] among them.
pub(crate) fn create(path: &Path, owner: OwnedBy) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)?;
    give(&file, path, owner)?;
    Ok(file)
}

/// Makes a file of these bytes where none is, and syncs it.
///
/// # Errors
///
/// The system's.
pub(crate) fn write(path: &Path, owner: OwnedBy, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path, owner)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes an empty file, and leaves one that is there as it is.
///
/// # Errors
///
/// The system's.
pub(crate) fn create_unless_there(path: &Path, owner: OwnedBy) -> io::Result<()> {
    match create(path, owner) {
        // One that can't be written is not taken for good.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().append(true).open(path).map(drop)
        }
        made => made.map(drop),
    }
}

/// Makes a folder where none is, in one that is there.
///
/// # Errors
///
/// The system's.
pub(crate) fn create_folder(path: &Path, owner: OwnedBy) -> io::Result<()> {
    DirBuilder::new().mode(FOLDER_MODE).create(path)?;
    give(&ownership::open_folder(path)?, path, owner)
}

/// Has the names in a folder outlive a power cut.
///
/// # Errors
///
/// The system's.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn give(made: &File, path: &Path, owner: OwnedBy) -> io::Result<()> {
    match owner {
        OwnedBy::Maker => Ok(()),
        OwnedBy::Folder => ownership::give(made, path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

    use tempfile::TempDir;

    use super::*;

    /// `nobody` on Debian; any user who is not root does.
    const OTHER_USER: u32 = 65_534;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn nobody_else_reads_what_is_made_and_nothing_is_overwritten() {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("key"), OwnedBy::Maker, b"secret").unwrap();
        create_folder(&at("keys"), OwnedBy::Maker).unwrap();
        create_unless_there(&at("database"), OwnedBy::Folder).unwrap();
        assert_eq!(
            ["key", "keys", "database"].map(|name| mode(&at(name))),
            [0o600, 0o700, 0o600]
        );
        for again in [
            write(&at("key"), OwnedBy::Folder, b"other"),
            create_folder(&at("keys"), OwnedBy::Folder),
            create(&at("database"), OwnedBy::Folder).map(drop),
        ] {
            assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        create_unless_there(&at("key"), OwnedBy::Folder).unwrap();
        assert_eq!(fs::read(at("key")).unwrap(), b"secret");
        create_unless_there(&at("keys"), OwnedBy::Folder).unwrap_err();
    }

    #[test]
    fn what_root_makes_for_the_service_is_the_service_s_and_a_backup_is_not() {
        let folder = TempDir::new().unwrap();
        if fs::metadata(folder.path()).unwrap().uid() != 0 {
            // Only root can give anything away.
            return;
        }
        let at = |name: &str| folder.path().join(name);
        chown(folder.path(), Some(OTHER_USER), Some(OTHER_USER)).unwrap();
        for (owner, user) in [(OwnedBy::Maker, 0), (OwnedBy::Folder, OTHER_USER)] {
            let [file, keys] = ["file", "keys"].map(|name| at(&format!("{name}-{user}")));
            write(&file, owner, b"secret").unwrap();
            create_folder(&keys, owner).unwrap();
            for made in [file, keys] {
                assert_eq!(fs::metadata(made).unwrap().uid(), user);
            }
        }
        // What is there is nobody's to give away.
        write(&at("root"), OwnedBy::Maker, b"secret").unwrap();
        create_unless_there(&at("root"), OwnedBy::Folder).unwrap();
        assert_eq!(fs::metadata(at("root")).unwrap().uid(), 0);
    }
}
