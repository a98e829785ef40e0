//! The statement of a management act: the plain sentence that the legal person
//! reads, its structured form, and the message that the legal-person card
//! signs over both.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Begins every signed statement, so that no signature over a statement can
/// be taken for a login (whose message has 64 bytes and no such prefix).
pub const DOMAIN: &[u8] = b"ic-card-statement:1\n";

/// What the server asks the legal-person card to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The server's nonce, 32 random bytes in base64; single use.
    pub nonce: String,
    /// The sentence that the person sees, UTF-8.
    pub text: String,
    /// The structured form, the exact JSON text that the server made.
    pub structured: String,
}

/// A statement's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementSignature {
    /// The certificate of slot 9A that belongs to the key, DER in base64.
    pub certificate: String,
    /// ES256 over [`Statement::message`], `r ‖ s` (64 bytes) in base64.
    pub signature: String,
}

impl Statement {
    /// The message signed with ES256 for the page at `origin`: [`DOMAIN`] and
    /// the SHA-256 of origin, nonce, text and structured form, in this order.
    #[must_use]
    pub fn message(&self, origin: &str) -> Vec<u8> {
        let mut message = DOMAIN.to_vec();
        for part in [origin, &self.nonce, &self.text, &self.structured] {
            message.extend_from_slice(&Sha256::digest(part.as_bytes()));
        }
        message
    }
}
