//! What root makes in a folder of the service belongs to the folder's owner: a key or a
//! database that root alone can read stops the service that runs as somebody else.
//!
//! Only what was just made is given away, by its descriptor: a name can lead elsewhere by
//! then, for the folder is another's.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown},
    path::Path,
};

use rustix::fs::OFlags;

/// Gives a new file or folder at `path` to the owner of the folder in which it is, if it
/// is root's and the folder is not.
///
/// # Errors
///
/// What the system says.
pub(crate) fn give(made: &File, path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::metadata(parent)?,
        _ => fs::metadata(".")?,
    };
    if made.metadata()?.uid() == 0 && folder.uid() != 0 {
        fchown(made, Some(folder.uid()), Some(folder.gid()))?;
    }
    Ok(())
}

/// Makes a folder of this mode, and those above it that are not there. One that is there
/// stays as it is.
///
/// # Errors
///
/// What the system says.
pub(crate) fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        make_folder(parent, mode)?;
    }
    DirBuilder::new().mode(mode).create(path)?;
    give(&open_folder(path)?, path)
}

/// Opens a folder that was just made, and nothing that took its name since.
///
/// # Errors
///
/// What the system says.
pub(crate) fn open_folder(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}
