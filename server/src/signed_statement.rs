//! The proof that a statement was signed, as a type: what changes a card on the legal
//! person's word wants one, and there is one way to get it, the `check` of a signature
//! against what was proposed.
//!
//! It knows neither the store, which asks for it, nor `proposal`, which keeps what was
//! proposed and has it checked: so neither can make one up.

mod check;
mod fault;

use card_domain::{CardId, CardState};
use event_log::tree::Hash;
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    check::{Proposed, Signer},
    fault::Fault,
};

/// A statement that the session's legal-person card signed, word for word as it was
/// proposed. Only `Signer::check` makes one.
///
/// ```compile_fail,E0451
/// use server::signed_statement::{SignedParts, SignedStatement};
///
/// fn forged(parts: SignedParts) -> SignedStatement {
///     SignedStatement { parts, nonce_hash: [0; 32] }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SignedStatement {
    parts: SignedParts,
    nonce_hash: Hash,
}

/// What is kept of a signed statement, so that everybody can check it again.
#[derive(Clone, Debug)]
pub struct SignedParts {
    /// The sentence that was shown.
    pub text: String,
    /// The structured form, exactly as it was signed.
    pub structured: String,
    /// The signature, 64 bytes `r ‖ s`.
    pub signature: Vec<u8>,
    /// SHA-256 of the certificate that it verifies with.
    pub certificate: Hash,
    /// The nonce under the signature.
    pub nonce: String,
    /// The origin under the signature.
    pub origin: String,
}

impl SignedStatement {
    /// One that nobody signed: for tests of the store and for its figures.
    #[cfg(feature = "unproven")]
    #[must_use]
    pub const fn unproven(parts: SignedParts, nonce_hash: Hash) -> Self {
        Self { parts, nonce_hash }
    }

    /// What is kept with what was done.
    #[must_use]
    pub const fn parts(&self) -> &SignedParts {
        &self.parts
    }

    /// SHA-256 of the proposal's nonce, which is used up by what is done.
    #[must_use]
    pub const fn nonce_hash(&self) -> &Hash {
        &self.nonce_hash
    }
}

/// A card as it was when it was proposed to change it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenCard {
    /// The card's key in the register.
    pub(crate) card: CardId,
    /// The state that was shown.
    pub(crate) before: CardState,
    /// The version of its row.
    pub(crate) version: i64,
}
