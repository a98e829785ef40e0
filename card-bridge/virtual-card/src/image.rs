//! A card's file: a header, then the two persistent file systems that trussed
//! knows ("internal" and "external"), one after the other. The file is locked
//! while a card uses it: a card is in one place at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::error::CardError;

mod attestation;
mod region;

pub(crate) use region::{External, Internal};

/// Says that the file is a whole card; written last.
const MAGIC: [u8; 12] = *b"virtual-card";
const HEADER_LEN: u64 = 4096;

/// An open, locked card file.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    path: PathBuf,
    file: Arc<File>,
    serial: [u8; 4],
}

impl Image {
    /// Makes a file that becomes a card with [`Image::seal`].
    pub(crate) fn create(path: &Path, serial: [u8; 4]) -> Result<Self, CardError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // It holds private keys, even if only invented people's.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => CardError::Exists(path.to_owned()),
            _ => CardError::Io {
                path: path.to_owned(),
                source,
            },
        })?;
        lock(path, &file)?;
        file.set_len(HEADER_LEN + Internal::LEN + External::LEN)
            .map_err(|source| CardError::Io {
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
            serial,
        })
    }

    /// Opens a card's file.
    pub(crate) fn open(path: &Path) -> Result<Self, CardError> {
        let io = |source| CardError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(io)?;
        lock(path, &file)?;
        let length = file.metadata().map_err(io)?.len();
        if length != HEADER_LEN + Internal::LEN + External::LEN {
            return Err(CardError::NotACard(path.to_owned()));
        }
        let mut magic = [0; MAGIC.len()];
        let mut serial = [0; 4];
        file.read_exact(&mut magic).map_err(io)?;
        file.read_exact(&mut serial).map_err(io)?;
        if magic != MAGIC {
            return Err(CardError::NotACard(path.to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            file: Arc::new(file),
            serial,
        })
    }

    /// Declares the card whole.
    pub(crate) fn seal(&self) -> Result<(), CardError> {
        let io = |source| CardError::Io {
            path: self.path.clone(),
            source,
        };
        let mut file = &*self.file;
        file.sync_all().map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        file.write_all(&MAGIC).map_err(io)?;
        file.write_all(&self.serial).map_err(io)?;
        file.sync_all().map_err(io)
    }

    /// Where the card is kept.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The serial number, drawn when the card was made.
    pub(crate) fn serial(&self) -> [u8; 4] {
        self.serial
    }

    /// The first file system.
    pub(crate) fn internal(&self) -> Internal {
        Internal::new(Arc::clone(&self.file), HEADER_LEN)
    }

    /// The second file system.
    pub(crate) fn external(&self) -> External {
        External::new(Arc::clone(&self.file), HEADER_LEN + Internal::LEN)
    }
}

fn lock(path: &Path, file: &File) -> Result<(), CardError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => CardError::InUse(path.to_owned()),
        TryLockError::Error(source) => CardError::Io {
            path: path.to_owned(),
            source,
        },
    })
}
