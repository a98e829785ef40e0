//! The key that signs what a bridge takes from a server: programs, grants,
//! challenges and proposals. Its public half is what `card-bridge allow` pins for
//! this server's origin.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::{
    sealing::SealError,
    signed::{ServerSigned, Signed, signed_message},
};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{pki, random::RandomError};

/// Why there is no key or signature.
#[derive(Debug, Error)]
pub enum ProgramKeyError {
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The file is no P-256 key in PKCS #8 PEM.
    #[error("the program-signing key can't be read or written")]
    Encoding,
    /// What is to be signed can't be written as JSON.
    #[error("what is to be signed can't be encoded: {0}")]
    Program(#[from] serde_json::Error),
    /// Signing failed.
    #[error("nothing can be signed")]
    Signing,
    /// What the bridge said is its key is none.
    #[error("a program can't be sealed to its bridge: {0}")]
    Sealing(#[from] SealError),
}

/// The program-signing key; wiped on drop by its type.
pub struct ProgramKey(SigningKey);

impl ProgramKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`ProgramKeyError::Random`]
    pub fn generate() -> Result<Self, ProgramKeyError> {
        Ok(Self(pki::generate_key()?))
    }

    /// Reads PKCS #8 PEM.
    ///
    /// # Errors
    ///
    /// [`ProgramKeyError::Encoding`]
    pub fn from_pem(pem: &[u8]) -> Result<Self, ProgramKeyError> {
        let text = str::from_utf8(pem).map_err(|_binary| ProgramKeyError::Encoding)?;
        SecretKey::from_pkcs8_pem(text)
            .map(|key| Self(key.into()))
            .map_err(|_malformed| ProgramKeyError::Encoding)
    }

    /// Writes PKCS #8 PEM.
    ///
    /// # Errors
    ///
    /// [`ProgramKeyError::Encoding`]
    pub fn to_pem(&self) -> Result<Zeroizing<String>, ProgramKeyError> {
        self.0
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_encoding| ProgramKeyError::Encoding)
    }

    /// The public key as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), DER in base64.
    ///
    /// # Errors
    ///
    /// [`ProgramKeyError::Encoding`]
    pub fn public_base64(&self) -> Result<String, ProgramKeyError> {
        let der = self
            .0
            .verifying_key()
            .to_public_key_der()
            .map_err(|_encoding| ProgramKeyError::Encoding)?;
        Ok(STANDARD.encode(der.as_bytes()))
    }

    /// Signs something for a bridge.
    ///
    /// # Errors
    ///
    /// [`ProgramKeyError`]
    pub fn sign<T: ServerSigned>(&self, what: &T) -> Result<Signed<T>, ProgramKeyError> {
        let body = serde_json::to_string(what)?;
        let signature: Signature = self
            .0
            .try_sign(&signed_message::<T>(&body))
            .map_err(|_failed| ProgramKeyError::Signing)?;
        Ok(Signed::new(body, STANDARD.encode(signature.to_bytes())))
    }
}

impl std::fmt::Debug for ProgramKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ProgramKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::program::{Program, ProgramKind, Steps};
    use p256::{
        ecdsa::{VerifyingKey, signature::Verifier as _},
        pkcs8::DecodePublicKey as _,
    };

    use super::*;

    #[test]
    fn what_it_signs_verifies_with_what_it_publishes() {
        let key = ProgramKey::generate().unwrap();
        let key = ProgramKey::from_pem(key.to_pem().unwrap().as_bytes()).unwrap();
        let program = Program {
            kind: ProgramKind::Look,
            version: card_protocol::program::VERSION,
            origin: "http://127.0.0.1:8080".into(),
            operation: "x".into(),
            sequence: 0,
            chip: None,
            expires_at: 0,
            steps: Steps::Clear(Vec::new()),
        };
        let signed = key.sign(&program).unwrap();
        let public = STANDARD.decode(key.public_base64().unwrap()).unwrap();
        let public = VerifyingKey::from_public_key_der(&public).unwrap();
        let signature = STANDARD.decode(&signed.signature).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        public.verify(&signed.message(), &signature).unwrap();
        assert!(public.verify(signed.body.as_bytes(), &signature).is_err());
    }
}
