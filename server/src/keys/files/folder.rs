//! The folder as it is read: what others could have put there, changed or read is not
//! taken. Each file is opened once and asked about what was opened, so that nothing can
//! be put in its place between the question and the reading.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, process::geteuid};
use zeroize::Zeroizing;

use super::{FILES, KeyFileError, at, create::UNFINISHED};

/// Bits of a file's mode: its group or others may read, write or run it.
const OTHERS: u32 = 0o077;
/// Far more than any key or certificate has, in bytes.
const MAX_LENGTH: u64 = 1 << 20;
/// Its group or others may write it.
const OTHERS_WRITE: u32 = 0o022;

/// Who may own a file: ourselves and root; and where root itself reads, for example to
/// verify the log, whoever owns the folder.
#[derive(Clone, Copy)]
struct Owners {
    us: u32,
    of_folder: u32,
}

impl Owners {
    const fn has(self, user: u32) -> bool {
        user == self.us || user == 0 || (self.us == 0 && user == self.of_folder)
    }
}

/// The folder of the keys, which nobody else can put files into.
pub(super) struct Folder<'a> {
    path: &'a Path,
    owners: Owners,
}

impl<'a> Folder<'a> {
    /// Looks at the folder itself.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`]: it is not there, unfinished, or others can write to it.
    pub(super) fn open(path: &'a Path) -> Result<Self, KeyFileError> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyFileError::NoKeys(path.to_owned()));
            }
            metadata => metadata.map_err(|source| at(path, source))?,
        };
        if !metadata.is_dir() {
            return Err(KeyFileError::Kind(path.to_owned()));
        }
        let owners = Owners {
            us: geteuid().as_raw(),
            of_folder: metadata.uid(),
        };
        if !owners.has(metadata.uid()) {
            return Err(KeyFileError::OtherOwner(path.to_owned()));
        }
        if metadata.mode() & OTHERS_WRITE != 0 {
            return Err(KeyFileError::Writable(path.to_owned()));
        }
        if path.join(UNFINISHED).exists() {
            return Err(KeyFileError::Unfinished(path.to_owned()));
        }
        Ok(Self { path, owners })
    }

    /// Reads a file that only its owner may read.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`]
    pub(super) fn secret(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let (path, file, metadata) = self.file(name)?;
        if metadata.mode() & OTHERS != 0 {
            return Err(KeyFileError::Readable(path));
        }
        let length = usize::try_from(metadata.len()).unwrap_or_default();
        // All of it at once: a buffer that grew would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        file.take(MAX_LENGTH)
            .read_to_end(&mut bytes)
            .map_err(|source| at(&path, source))?;
        Ok(bytes)
    }

    /// Reads a file that only its owner may write, and everybody may read.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`]
    pub(super) fn trusted(&self, name: &str) -> Result<Vec<u8>, KeyFileError> {
        let (path, file, metadata) = self.file(name)?;
        if metadata.mode() & OTHERS_WRITE != 0 {
            return Err(KeyFileError::Writable(path));
        }
        let mut bytes = Vec::new();
        file.take(MAX_LENGTH)
            .read_to_end(&mut bytes)
            .map_err(|source| at(&path, source))?;
        Ok(bytes)
    }

    fn file(&self, name: &str) -> Result<(PathBuf, File, Metadata), KeyFileError> {
        let path = self.path.join(name);
        // A pipe would be waited for, a link would lead elsewhere.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(&path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(self.absent(name));
            }
            Err(_) if path.is_symlink() => return Err(KeyFileError::Link(path)),
            opened => opened.map_err(|source| at(&path, source))?,
        };
        let metadata = file.metadata().map_err(|source| at(&path, source))?;
        if !metadata.is_file() || metadata.len() > MAX_LENGTH {
            return Err(KeyFileError::Kind(path));
        }
        if !self.owners.has(metadata.uid()) {
            return Err(KeyFileError::OtherOwner(path));
        }
        Ok((path, file, metadata))
    }

    /// What it means that this file is not there.
    fn absent(&self, name: &str) -> KeyFileError {
        let path = self.path.join(name);
        if !FILES.iter().any(|name| self.path.join(name).exists()) {
            KeyFileError::NoKeys(self.path.to_owned())
        } else if super::create::is_later(name) {
            KeyFileError::Missing(path)
        } else {
            KeyFileError::Lost(path)
        }
    }
}
