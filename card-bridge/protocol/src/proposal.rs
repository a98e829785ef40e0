//! What a card may be asked to sign for an act: the server's own word for each
//! text. A page carries it; it can neither make one up nor change one.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    hex,
    signed::{ServerSigned, Signed},
    statement::Statement,
};

/// The version of proposals.
pub const VERSION: u8 = 1;

/// A statement that a server proposed, as
/// [`SignedProposal::body`](Signed::body) has it: everything of it by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposedStatement {
    /// Always [`VERSION`].
    pub version: u8,
    /// The origin whose page may have it signed.
    pub origin: String,
    /// SHA-256 of [`Statement::nonce`], hex.
    pub nonce_sha256: String,
    /// SHA-256 of [`Statement::text`], hex.
    pub text_sha256: String,
    /// SHA-256 of [`Statement::structured`], hex.
    pub structured_sha256: String,
    /// SHA-256 of the certificate of the card that is to sign, hex.
    pub certificate_sha256: String,
    /// The last second (the server's time, Unix) in which it may be signed.
    pub expires_at: i64,
}

/// A proposal as the server hands it out.
pub type SignedProposal = Signed<ProposedStatement>;

impl ServerSigned for ProposedStatement {
    const DOMAIN: &'static [u8] = b"ic-card-proposal:1\n";
}

impl ProposedStatement {
    /// The proposal of `statement` for the card whose certificate has this
    /// digest.
    #[must_use]
    pub fn of(
        statement: &Statement,
        origin: &str,
        certificate_sha256: &[u8; 32],
        expires_at: i64,
    ) -> Self {
        Self {
            version: VERSION,
            origin: origin.to_owned(),
            nonce_sha256: digest(&statement.nonce),
            text_sha256: digest(&statement.text),
            structured_sha256: digest(&statement.structured),
            certificate_sha256: hex::encode(certificate_sha256),
            expires_at,
        }
    }

    /// Whether this is the proposal of exactly this statement.
    #[must_use]
    pub fn is_of(&self, statement: &Statement) -> bool {
        self.nonce_sha256 == digest(&statement.nonce)
            && self.text_sha256 == digest(&statement.text)
            && self.structured_sha256 == digest(&statement.structured)
    }
}

fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            nonce: String::from("bm9uY2U="),
            text: String::from("冻结"),
            structured: String::from("{}"),
        }
    }

    #[test]
    fn it_is_of_one_statement_to_the_letter() {
        let proposed = ProposedStatement::of(&statement(), "https://a.example", &[7; 32], 9);
        assert!(proposed.is_of(&statement()));
        let changes: [fn(&mut Statement); 3] = [
            |statement| statement.nonce.push('='),
            |statement| statement.text.push(' '),
            |statement| statement.structured.push(' '),
        ];
        for change in changes {
            let mut other = statement();
            change(&mut other);
            assert!(!proposed.is_of(&other), "{other:?}");
        }
    }
}
