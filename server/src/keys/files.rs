//! The folder of the keys: made once, readable by their owner only, and never
//! overwritten.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use event_log::{
    certificate::{CertificateError, TrustAnchors},
    keys::AuditKeys,
};
use jiff::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{IdNumberKeys, KeyError, MasterKey, ProgramKey, ProgramKeyError};
use crate::{
    pki::{CertificateAuthority, PkiError},
    random::{self, RandomError},
};

const MASTER: &str = "master.key";
const CA_KEY: &str = "ca.key.pem";
const CA_CERTIFICATE: &str = "ca.cert.pem";
const PROGRAM_KEY: &str = "program.key.pem";
const ENROL_KEY: &str = "enrol.key.pem";
const LOG_KEY: &str = "log.key";
const WITNESS_KEY: &str = "witness.key";

/// Why the folder can't be made or read.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The key file that failed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Keys are there already and are not overwritten.
    #[error("{} exists already; keys are never overwritten", .0.display())]
    Exists(PathBuf),
    /// Others than the owner could read a secret.
    #[error("{} can be read by others: chmod 600 it", .0.display())]
    Readable(PathBuf),
    /// The master key has another length than 32 bytes.
    #[error("{} is not a master key of 32 bytes", .0.display())]
    MasterKey(PathBuf),
    /// A key of the log has another length than 32 bytes.
    #[error("{} or {} is not a key of 32 bytes", .0.join(LOG_KEY).display(), WITNESS_KEY)]
    AuditKey(PathBuf),
    /// Key or certificate of the CA.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A certificate can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The program-signing key.
    #[error(transparent)]
    Program(#[from] ProgramKeyError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A derivation failed.
    #[error(transparent)]
    Derivation(#[from] KeyError),
}

/// Every key of a server.
#[derive(Debug)]
pub struct KeyRing {
    /// Behind all keys of cards.
    pub master: MasterKey,
    /// Encrypt 证件编号, and find it again.
    pub id_numbers: IdNumberKeys,
    /// Issues the certificates of cards.
    pub authority: CertificateAuthority,
    /// Whom a card's certificate may come from.
    pub anchors: Arc<TrustAnchors>,
    /// Signs the programs that a page hands to its bridge.
    pub program: ProgramKey,
    /// Signs the programs that make a card. No bridge takes one for the other.
    pub enrol: ProgramKey,
    /// Sign the log.
    pub audit: Arc<AuditKeys>,
}

/// Makes a new set of keys in `folder`, with a CA of this name.
///
/// # Errors
///
/// [`KeyFileError::Exists`] when any of the files is there; nothing is changed then.
pub fn create(folder: &Path, ca_name: &str, now: Timestamp) -> Result<(), KeyFileError> {
    for name in [
        MASTER,
        CA_KEY,
        CA_CERTIFICATE,
        PROGRAM_KEY,
        ENROL_KEY,
        LOG_KEY,
        WITNESS_KEY,
    ] {
        let path = folder.join(name);
        if path.exists() {
            return Err(KeyFileError::Exists(path));
        }
    }
    fs::create_dir_all(folder).map_err(|source| at(folder, source))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(|source| at(folder, source))?;
    let authority = CertificateAuthority::create(ca_name, now)?;
    let program = ProgramKey::generate()?;
    write_new(&folder.join(MASTER), MasterKey::generate()?.as_bytes())?;
    write_new(&folder.join(CA_KEY), authority.key_pem()?.as_bytes())?;
    write_new(
        &folder.join(CA_CERTIFICATE),
        authority.certificate_pem()?.as_bytes(),
    )?;
    write_new(&folder.join(PROGRAM_KEY), program.to_pem()?.as_bytes())?;
    create_enrol_key(folder)?;
    create_audit_keys(folder)
}

/// Makes the key of 制卡 where it is missing: in folders from before programs that
/// make cards had a key of their own. Bridges that make cards pin it anew.
fn create_enrol_key(folder: &Path) -> Result<(), KeyFileError> {
    let path = folder.join(ENROL_KEY);
    if path.exists() {
        return Ok(());
    }
    write_new(&path, ProgramKey::generate()?.to_pem()?.as_bytes())
}

/// Makes the keys of the log where they are missing: folders from before the
/// log had keys have none.
fn create_audit_keys(folder: &Path) -> Result<(), KeyFileError> {
    for name in [LOG_KEY, WITNESS_KEY] {
        let path = folder.join(name);
        if !path.exists() {
            let seed = Zeroizing::new(random::bytes::<32>()?);
            write_new(&path, seed.as_slice())?;
        }
    }
    Ok(())
}

fn audit_keys(folder: &Path) -> Result<AuditKeys, KeyFileError> {
    create_audit_keys(folder)?;
    AuditKeys::from_seeds(
        &read_secret(&folder.join(LOG_KEY))?,
        &read_secret(&folder.join(WITNESS_KEY))?,
    )
    .ok_or_else(|| KeyFileError::AuditKey(folder.to_owned()))
}

/// Reads the keys in `folder`. The CA's file may hold further certificates
/// after its own: CAs whose cards are still accepted.
///
/// # Errors
///
/// [`KeyFileError`]
pub fn load(folder: &Path) -> Result<KeyRing, KeyFileError> {
    let master_path = folder.join(MASTER);
    let bytes = read_secret(&master_path)?;
    let master = MasterKey::from_bytes(
        <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_length| KeyFileError::MasterKey(master_path))?,
    );
    create_enrol_key(folder)?;
    let certificates = folder.join(CA_CERTIFICATE);
    let certificates = fs::read(&certificates).map_err(|source| at(&certificates, source))?;
    Ok(KeyRing {
        id_numbers: master.id_numbers()?,
        master,
        authority: CertificateAuthority::from_pem(
            &read_secret(&folder.join(CA_KEY))?,
            &certificates,
        )?,
        anchors: Arc::new(TrustAnchors::from_pem(&certificates)?),
        program: ProgramKey::from_pem(&read_secret(&folder.join(PROGRAM_KEY))?)?,
        enrol: ProgramKey::from_pem(&read_secret(&folder.join(ENROL_KEY))?)?,
        audit: Arc::new(audit_keys(folder)?),
    })
}

fn at(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.to_owned(),
        source,
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| at(path, source))
}

fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let metadata = fs::metadata(path).map_err(|source| at(path, source))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::Readable(path.to_owned()));
    }
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| at(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept_from_others() {
        let folder = std::env::temp_dir().join(format!("ic-card-keys-{}", std::process::id()));
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        create(&folder, "测试CA", now).unwrap();
        let ring = load(&folder).unwrap();
        for name in [
            MASTER,
            CA_KEY,
            CA_CERTIFICATE,
            PROGRAM_KEY,
            ENROL_KEY,
            LOG_KEY,
            WITNESS_KEY,
        ] {
            let mode = fs::metadata(folder.join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(matches!(
            create(&folder, "测试CA", now),
            Err(KeyFileError::Exists(_))
        ));
        assert_eq!(
            ring.master.as_bytes(),
            load(&folder).unwrap().master.as_bytes()
        );
        fs::set_permissions(folder.join(MASTER), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load(&folder), Err(KeyFileError::Readable(_))));
        fs::remove_dir_all(folder).unwrap();
    }
}
