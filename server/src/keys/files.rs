//! The folder of the keys: made once ([`create`]), readable by their owner only
//! (`folder`), never overwritten, and never added to by whoever only reads it: a key
//! that is lost is not to be told from one that never was, if it is made anew in
//! silence.

mod create;
mod folder;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use card_protocol::grant::MAX_ISSUERS;
use event_log::{
    certificate::{CertificateError, TrustAnchors},
    keys::AuditKeys,
};
use thiserror::Error;
use zeroize::Zeroizing;

use self::folder::Folder;
use super::{IdNumberKeys, KeyError, MasterKey, ProgramKey, ProgramKeyError};
use crate::{
    pki::{CertificateAuthority, PkiError},
    random::RandomError,
};

pub use create::{Addition, create, create_missing, missing, renew_ca};

const MASTER: &str = "master.key";
const CA_KEY: &str = "ca.key.pem";
const CA_CERTIFICATE: &str = "ca.cert.pem";
const PROGRAM_KEY: &str = "program.key.pem";
const ENROL_KEY: &str = "enrol.key.pem";
const LOG_KEY: &str = "log.key";
const WITNESS_KEY: &str = "witness.key";

/// Every file of the folder.
pub const FILES: [&str; 7] = [
    MASTER,
    CA_KEY,
    CA_CERTIFICATE,
    PROGRAM_KEY,
    ENROL_KEY,
    LOG_KEY,
    WITNESS_KEY,
];

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
    /// There is no key at all.
    #[error("there are no keys in {}: `server init-keys` makes them", .0.display())]
    NoKeys(PathBuf),
    /// Some keys are there and this one is not.
    #[error(
        "{} is missing: if it is lost, bring it back from the keys' backup; in a folder from \
         before there was such a key, `server init-keys --missing` makes it",
        .0.display()
    )]
    Missing(PathBuf),
    /// The same of one that was there from the beginning: it can only be lost.
    #[error("{} is lost: bring it back from the keys' backup", .0.display())]
    Lost(PathBuf),
    /// Making the keys was cut off; no server ever took one of them.
    #[error("making the keys in {} was cut off: run `server init-keys` again", .0.display())]
    Unfinished(PathBuf),
    /// Others than the owner could read a secret.
    #[error("{} can be read by others: chmod 600 it", .0.display())]
    Readable(PathBuf),
    /// Others than the owner could change what is trusted.
    #[error("{} can be written by others: chmod go-w it", .0.display())]
    Writable(PathBuf),
    /// It is not the server's own.
    #[error("{} belongs to another user: chown it to the one that the server runs as", .0.display())]
    OtherOwner(PathBuf),
    /// A link leads to where others may write, and is not followed.
    #[error("{} is a link: put the file itself there", .0.display())]
    Link(PathBuf),
    /// Neither a file nor, where a folder is expected, a folder.
    #[error("{} is not what it should be: a plain file, in a folder", .0.display())]
    Kind(PathBuf),
    /// The master key has another length than 32 bytes.
    #[error("{} is not a master key of 32 bytes", .0.display())]
    MasterKey(PathBuf),
    /// A key of the log has another length than 32 bytes.
    #[error("{} or {} is not a key of 32 bytes", .0.join(LOG_KEY).display(), WITNESS_KEY)]
    AuditKey(PathBuf),
    /// The CA issues for years yet.
    #[error("the CA ends at {0} and issues for years yet: there is nothing to renew")]
    NothingToRenew(jiff::Timestamp),
    /// The clock is before the CA's own beginning.
    #[error("the CA begins at {0}, and the machine's clock is before that: put it right")]
    BeforeTheCa(jiff::Timestamp),
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
    /// A bridge takes no more CAs than so many, and serves no page of a server that has.
    #[error("{} has {count} keys of CAs; bridges take {MAX_ISSUERS}", .path.display())]
    TooManyAuthorities {
        /// The file.
        path: PathBuf,
        /// The keys in it.
        count: usize,
    },
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

/// Reads the keys in `path`, and makes none. The CA's file may hold further
/// certificates after its own: CAs whose cards are still accepted.
///
/// # Errors
///
/// [`KeyFileError`]
pub fn load(path: &Path) -> Result<KeyRing, KeyFileError> {
    let folder = Folder::open(path)?;
    let bytes = folder.secret(MASTER)?;
    let master = MasterKey::from_bytes(
        <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_length| KeyFileError::MasterKey(path.join(MASTER)))?,
    );
    let certificates = folder.trusted(CA_CERTIFICATE)?;
    let anchors = TrustAnchors::from_pem(&certificates)?;
    let count = anchors.key_points().len();
    if count > MAX_ISSUERS {
        let path = path.join(CA_CERTIFICATE);
        return Err(KeyFileError::TooManyAuthorities { path, count });
    }
    let audit = AuditKeys::from_seeds(&folder.secret(LOG_KEY)?, &folder.secret(WITNESS_KEY)?);
    Ok(KeyRing {
        id_numbers: master.id_numbers()?,
        master,
        authority: CertificateAuthority::from_pem(&folder.secret(CA_KEY)?, &certificates)?,
        anchors: Arc::new(anchors),
        program: ProgramKey::from_pem(&folder.secret(PROGRAM_KEY)?)?,
        enrol: ProgramKey::from_pem(&folder.secret(ENROL_KEY)?)?,
        audit: Arc::new(audit.ok_or_else(|| KeyFileError::AuditKey(path.to_owned()))?),
    })
}

/// What stands in one of the [`FILES`] in `path`, which may be a secret.
///
/// # Errors
///
/// [`KeyFileError`]
pub(crate) fn contents(path: &Path, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let folder = Folder::open(path)?;
    if name == CA_CERTIFICATE {
        folder.trusted(name).map(Zeroizing::new)
    } else {
        folder.secret(name)
    }
}

/// The certificates of the CAs in `path`, PEM; none where there are no keys at all.
///
/// # Errors
///
/// [`KeyFileError`]
pub fn certificates(path: &Path) -> Result<Option<Vec<u8>>, KeyFileError> {
    let read = Folder::open(path).and_then(|folder| folder.trusted(CA_CERTIFICATE));
    match read {
        Err(KeyFileError::NoKeys(_)) => Ok(None),
        read => read.map(Some),
    }
}

fn at(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
