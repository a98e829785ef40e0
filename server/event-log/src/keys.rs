//! The two keys of the log. The log's key signs checkpoints in the database;
//! the witness's key signs them again in the witness file. Whoever steals one
//! of them can't rewrite the past unnoticed.

use std::fmt;

use zeroize::Zeroizing;

use crate::note::{Signer, VerifyKey};

/// Both keys of a server.
pub struct AuditKeys {
    log: Signer,
    witness: Signer,
}

impl AuditKeys {
    /// The keys that sign checkpoints and archives, and those that cosign.
    #[must_use]
    pub const fn new(log: Signer, witness: Signer) -> Self {
        Self { log, witness }
    }

    /// The log's key, which signs checkpoints and archive notes.
    #[must_use]
    pub const fn log(&self) -> &Signer {
        &self.log
    }

    /// The witness's key, which signs checkpoints once more.
    #[must_use]
    pub const fn witness(&self) -> &Signer {
        &self.witness
    }

    /// The keys with these seeds of 32 bytes; `None` when they are of another
    /// length.
    #[must_use]
    pub fn from_seeds(log: &Zeroizing<Vec<u8>>, witness: &Zeroizing<Vec<u8>>) -> Option<Self> {
        Some(Self::new(Signer::log(log)?, Signer::witness(witness)?))
    }

    /// The public keys.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            log: self.log.key().clone(),
            witness: Some(self.witness.key().clone()),
        }
    }
}

impl fmt::Debug for AuditKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AuditKeys({:?}, {:?})", self.log, self.witness)
    }
}

/// What a verification is pinned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// The log's key.
    pub log: VerifyKey,
    /// The witness's key, for its file.
    pub witness: Option<VerifyKey>,
}
