//! The proof that a statement was proposed and signed, as a type: what changes a
//! card on the legal person's word wants one, and there is one way to get it.

use crate::storage::{NonceHash, StatementRecord};

/// A statement that this server proposed and the session's legal-person card
/// signed. Only `redeem` makes one.
///
/// ```compile_fail,E0451
/// use server::storage::{NonceHash, SignedStatement, StatementRecord};
///
/// fn forged(statement: StatementRecord) -> SignedStatement {
///     SignedStatement { statement, nonce: NonceHash([0; 32]) }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SignedStatement {
    statement: StatementRecord,
    nonce: NonceHash,
}

impl SignedStatement {
    /// Called where the signature was found good, and nowhere else.
    pub(super) const fn proven(statement: StatementRecord, nonce: NonceHash) -> Self {
        Self { statement, nonce }
    }

    /// One that nobody signed: for tests of the store and for its figures.
    #[cfg(feature = "unproven")]
    #[must_use]
    pub const fn unproven(statement: StatementRecord, nonce: NonceHash) -> Self {
        Self::proven(statement, nonce)
    }

    /// The form that is kept with what was done.
    #[must_use]
    pub const fn statement(&self) -> &StatementRecord {
        &self.statement
    }

    /// The proposal's nonce, which is used up by what is done.
    #[must_use]
    pub const fn nonce(&self) -> &NonceHash {
        &self.nonce
    }
}
