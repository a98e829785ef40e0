//! Making keys: all of them at once, those that a folder from before has not yet, and a
//! new certificate for the CA.
//!
//! All are written and synced in a folder within the folder, then moved out of it. As
//! long as that is there the keys are [unfinished](KeyFileError::Unfinished) and nobody
//! reads them; the next run finishes the moving, or begins anew.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{
    CA_CERTIFICATE, CA_KEY, ENROL_KEY, FILES, Folder, KeyFileError, LOG_KEY, MASTER, PROGRAM_KEY,
    WITNESS_KEY, at,
};
use crate::{
    keys::{MasterKey, ProgramKey},
    pki::{CertificateAuthority, IssuerState},
    private_file, random,
};

/// The folder in which they are made.
pub(super) const UNFINISHED: &str = "init-keys.unfinished";

/// The folder in which those are made that are missing: beside it the others are whole,
/// and are read.
pub(super) const ADDITIONS: &str = "init-keys.missing";

/// A key that folders from before it was needed have not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// Signs the programs that make a card. Bridges that make cards pin it anew.
    Enrol,
    /// Signs the log.
    Log,
    /// Signs the witness file.
    Witness,
}

impl Addition {
    const ALL: [Self; 3] = [Self::Enrol, Self::Log, Self::Witness];

    /// The name of its file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Enrol => ENROL_KEY,
            Self::Log => LOG_KEY,
            Self::Witness => WITNESS_KEY,
        }
    }

    fn make(self, folder: &Path) -> Result<(), KeyFileError> {
        let path = folder.join(self.file());
        match self {
            Self::Enrol => write_new(&path, ProgramKey::generate()?.to_pem()?.as_bytes()),
            Self::Log | Self::Witness => {
                let seed = Zeroizing::new(random::bytes::<32>()?);
                write_new(&path, seed.as_slice())
            }
        }
    }
}

/// Whether folders from before this file was needed have it not.
pub(super) fn is_later(name: &str) -> bool {
    Addition::ALL.iter().any(|key| key.file() == name)
}

/// Makes a new set of keys in `folder`, with a CA of this name.
///
/// # Errors
///
/// [`KeyFileError::Exists`] when any of the files is there; nothing is changed then.
pub fn create(folder: &Path, ca_name: &str, now: Timestamp) -> Result<(), KeyFileError> {
    let unfinished = folder.join(UNFINISHED);
    let moved = FILES.iter().find(|name| folder.join(name).exists());
    match (unfinished.exists(), moved) {
        (false, Some(name)) => return Err(KeyFileError::Exists(folder.join(name))),
        // It was cut off while they were moved: all of them were written by then.
        (true, Some(_)) => return finish(folder),
        (true, None) => fs::remove_dir_all(&unfinished).map_err(|source| at(folder, source))?,
        (false, None) => {}
    }
    private_file::create_folders(folder).map_err(|source| at(folder, source))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(|source| at(folder, source))?;
    private_file::create_folder(&unfinished).map_err(|source| at(&unfinished, source))?;
    let authority = CertificateAuthority::create(ca_name, now)?;
    let program = ProgramKey::generate()?;
    for (name, bytes) in [
        (MASTER, MasterKey::generate()?.as_bytes().as_slice()),
        (CA_KEY, authority.key_pem()?.as_bytes()),
        (CA_CERTIFICATE, authority.certificate_pem()?.as_bytes()),
        (PROGRAM_KEY, program.to_pem()?.as_bytes()),
    ] {
        write_new(&unfinished.join(name), bytes)?;
    }
    for key in Addition::ALL {
        key.make(&unfinished)?;
    }
    sync(&unfinished)?;
    finish(folder)
}

/// Moves what was made to where it is read.
fn finish(folder: &Path) -> Result<(), KeyFileError> {
    let unfinished = folder.join(UNFINISHED);
    for name in FILES {
        let (from, to) = (unfinished.join(name), folder.join(name));
        // Somebody put keys there meanwhile: they are not these, and stay.
        if from.exists() && to.exists() {
            return Err(KeyFileError::Exists(to));
        }
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => {}
            moved => moved.map_err(|source| at(&from, source))?,
        }
    }
    sync(folder)?;
    fs::remove_dir(&unfinished).map_err(|source| at(&unfinished, source))?;
    sync(folder)
}

/// Which of the keys that came later the folder has not.
///
/// # Errors
///
/// [`KeyFileError`] when it is no good folder of keys.
pub fn missing(folder: &Path) -> Result<Vec<Addition>, KeyFileError> {
    let opened = Folder::open(folder)?;
    for name in FILES.into_iter().filter(|name| !is_later(name)) {
        opened.trusted(name)?;
    }
    let mut missing = Vec::new();
    for key in Addition::ALL {
        match opened.secret(key.file()) {
            Ok(_) => {}
            Err(KeyFileError::Missing(_)) => missing.push(key),
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}

/// Makes these keys, each whole or not at all. Whether they are lost or never were the
/// caller has to know.
///
/// # Errors
///
/// [`KeyFileError`]; a file that is there is not overwritten.
pub fn create_missing(folder: &Path, keys: &[Addition]) -> Result<(), KeyFileError> {
    let unfinished = folder.join(ADDITIONS);
    // What a run that was cut off left: nobody ever read it.
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(at(&unfinished, error));
        }
        _ => {}
    }
    if keys.is_empty() {
        return Ok(());
    }
    private_file::create_folder(&unfinished).map_err(|source| at(&unfinished, source))?;
    for key in keys {
        key.make(&unfinished)?;
        let (from, to) = (unfinished.join(key.file()), folder.join(key.file()));
        // Unlike a renaming this never takes the place of a file.
        match fs::hard_link(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyFileError::Exists(to));
            }
            linked => linked.map_err(|source| at(&to, source))?,
        }
        sync(folder)?;
    }
    fs::remove_dir_all(&unfinished).map_err(|source| at(&unfinished, source))?;
    sync(folder)
}

/// Gives the CA a new certificate of 30 years over the same key. Those before stay
/// behind it. Gives until when it is.
///
/// # Errors
///
/// [`KeyFileError::NothingToRenew`] while the CA issues for years yet,
/// [`KeyFileError::BeforeTheCa`] under a clock that can't be right.
pub fn renew_ca(folder: &Path, now: Timestamp) -> Result<Timestamp, KeyFileError> {
    let opened = Folder::open(folder)?;
    let before = opened.trusted(CA_CERTIFICATE)?;
    let authority = CertificateAuthority::from_pem(&opened.secret(CA_KEY)?, &before)?;
    let begins = authority.validity().not_before;
    if now < begins {
        return Err(KeyFileError::BeforeTheCa(begins));
    }
    if authority.state(now) == IssuerState::Good {
        let ends = authority.validity().not_after;
        return Err(KeyFileError::NothingToRenew(ends));
    }
    let renewed = authority.renewed(now)?;
    let all = [renewed.certificate_pem()?.as_bytes(), &before].concat();
    let (path, new) = (
        folder.join(CA_CERTIFICATE),
        folder.join(format!("{CA_CERTIFICATE}.new")),
    );
    private_file::remove_if_there(&new).map_err(|source| at(&new, source))?;
    write_new(&new, &all)?;
    fs::rename(&new, &path).map_err(|source| at(&path, source))?;
    sync(folder)?;
    Ok(renewed.validity().not_after)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    private_file::write(path, bytes).map_err(|source| at(path, source))
}

fn sync(folder: &Path) -> Result<(), KeyFileError> {
    private_file::sync_folder(folder).map_err(|source| at(folder, source))
}
