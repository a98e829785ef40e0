//! The two keys of the log. The log's key signs checkpoints in the database;
//! the witness's key signs them again in the witness file. Whoever steals one
//! of them can't rewrite the past unnoticed.

use std::fmt;

use zeroize::Zeroizing;

use super::note::{Signer, VerifyKey};

/// Both keys of a server.
pub struct AuditKeys {
    pub(super) log: Signer,
    pub(super) witness: Signer,
}

impl AuditKeys {
    /// The keys with these seeds of 32 bytes; `None` when they are of another
    /// length.
    #[must_use]
    pub fn from_seeds(log: &Zeroizing<Vec<u8>>, witness: &Zeroizing<Vec<u8>>) -> Option<Self> {
        Some(Self {
            log: Signer::log(log)?,
            witness: Signer::witness(witness)?,
        })
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
