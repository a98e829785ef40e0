//! The server's side of what a bridge takes from it, as far as a bridge sees it:
//! grants, challenges and proposals.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_operations::key::ProgramKey;
use card_protocol::{
    grant::{self, Grant, Purpose, SessionScope, SignedGrant},
    hex,
    proposal::{ProposedStatement, SignedProposal},
    signed::{ServerSigned, Signed, signed_message},
    statement::Statement,
    token::{CHALLENGE_VERSION, LoginChallenge, SignedChallenge},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use sha2::{Digest as _, Sha256};

use super::certificate;

/// A server of one origin.
#[derive(Clone)]
pub struct ServerSigner {
    /// The origin of its pages.
    pub origin: String,
    /// Signs for its bridges.
    pub key: SigningKey,
    /// Its clock (Unix seconds), which need not be the bridge's.
    pub now: i64,
}

/// How long its grants and proposals are good, in seconds.
pub const LIFE: i64 = 300;

impl ServerSigner {
    /// The key that a bridge has to know.
    pub fn public_key(&self) -> ProgramKey {
        ProgramKey::new(*self.key.verifying_key())
    }

    /// A grant over the bridge's nonce, not signed yet.
    pub fn grant(&self, nonce: &str, purpose: Purpose) -> Grant {
        Grant {
            version: grant::VERSION,
            origin: self.origin.clone(),
            nonce: nonce.to_owned(),
            purpose,
            issuers: Some(certificate::issuers()),
            issued_at: self.now,
            expires_at: self.now + LIFE,
        }
    }

    /// A signed grant.
    pub fn signed_grant(&self, nonce: &str, purpose: Purpose) -> SignedGrant {
        self.sign(&self.grant(nonce, purpose))
    }

    /// A signed challenge.
    pub fn challenge(&self, nonce: &str) -> SignedChallenge {
        self.sign(&LoginChallenge {
            version: CHALLENGE_VERSION,
            origin: self.origin.clone(),
            nonce: nonce.to_owned(),
        })
    }

    /// A proposal for the card with this certificate, not signed yet.
    pub fn proposal(&self, statement: &Statement, certificate: &[u8]) -> ProposedStatement {
        let digest = Sha256::digest(certificate).into();
        ProposedStatement::of(statement, &self.origin, &digest, self.now + LIFE)
    }

    /// A signed proposal.
    pub fn signed_proposal(&self, statement: &Statement, certificate: &[u8]) -> SignedProposal {
        self.sign(&self.proposal(statement, certificate))
    }

    /// Signs anything.
    pub fn sign<T: ServerSigned>(&self, what: &T) -> Signed<T> {
        self.sign_text(serde_json::to_string(what).unwrap())
    }

    /// Signs whatever the text says, as if it were a `T`.
    pub fn sign_text<T: ServerSigned>(&self, body: String) -> Signed<T> {
        let signature: Signature = self.key.sign(&signed_message::<T>(&body));
        Signed::new(body, BASE64_STANDARD.encode(signature.to_bytes()))
    }
}

/// What a session is for whose card has this certificate.
pub fn session_of(certificate: &[u8]) -> Purpose {
    Purpose::Session(SessionScope {
        session: grant::session_id(&[1; 32]),
        certificate_sha256: hex::encode(&Sha256::digest(certificate)),
    })
}
