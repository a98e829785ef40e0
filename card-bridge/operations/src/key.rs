//! The program-signing key of a server: no page is served, no card signs and nothing runs
//! on one that this key has not signed.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::signed::{ServerSigned, Signed};
use p256::{
    ecdsa::VerifyingKey,
    pkcs8::{DecodePublicKey as _, EncodePublicKey as _},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ECDSA P-256 public key. As text: its `SubjectPublicKeyInfo` (RFC 5480) in
/// base64; a PEM and a bare SEC 1 point in base64 are understood too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProgramKey(VerifyingKey);

/// A server whose pages may use a card: what counts is what it signed.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// The origin of its pages.
    pub origin: &'a str,
    /// Its key.
    pub key: &'a ProgramKey,
}

/// Not a P-256 public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a P-256 public key in base64 or PEM")]
pub struct KeyError;

/// Why what a server is said to have signed is not taken.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The signature is not this key's, or over another kind of thing.
    #[error("signature")]
    Signature,
    /// The key signed what is none of its kind.
    #[error("a signed text makes no sense: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl ProgramKey {
    /// Takes a key that is there already.
    #[must_use]
    pub const fn new(key: VerifyingKey) -> Self {
        Self(key)
    }

    /// What `signed` says, once it is proven that this key signed it.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open<T: ServerSigned>(&self, signed: &Signed<T>) -> Result<T, OpenError> {
        let is_ours = BASE64_STANDARD
            .decode(&signed.signature)
            .is_ok_and(|signature| self.has_signed(&signed.message(), &signature));
        if !is_ours {
            return Err(OpenError::Signature);
        }
        Ok(serde_json::from_str(&signed.body)?)
    }
}

impl ProgramKey {
    /// By ring, which is five times as quick: each program waits for it.
    #[cfg(not(target_arch = "wasm32"))]
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
        let point = self.0.to_sec1_point(false);
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes());
        key.verify(message, signature).is_ok()
    }

    #[cfg(target_arch = "wasm32")]
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        use p256::ecdsa::{Signature, signature::Verifier as _};
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

impl FromStr for ProgramKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with("-----BEGIN") {
            return VerifyingKey::from_public_key_pem(text)
                .map(Self)
                .map_err(|_wrong| KeyError);
        }
        let bytes = BASE64_STANDARD.decode(text).map_err(|_wrong| KeyError)?;
        VerifyingKey::from_public_key_der(&bytes)
            .or_else(|_no_spki| VerifyingKey::from_sec1_bytes(&bytes))
            .map(Self)
            .map_err(|_wrong| KeyError)
    }
}

impl fmt::Display for ProgramKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spki = self.0.to_public_key_der().map_err(|_encoding| fmt::Error)?;
        f.write_str(&BASE64_STANDARD.encode(spki.as_bytes()))
    }
}

impl Serialize for ProgramKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProgramKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use p256::{
        ecdsa::SigningKey,
        pkcs8::{EncodePublicKey as _, LineEnding},
    };

    use super::{KeyError, ProgramKey};

    #[test]
    fn every_form_is_the_same_key() {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let key = *signing.verifying_key();
        let pem = key.to_public_key_pem(LineEnding::LF).unwrap();
        let point = BASE64_STANDARD.encode(key.to_sec1_point(false).as_bytes());
        let written = ProgramKey::new(key).to_string();
        for text in [pem, point, format!(" {written}\n")] {
            assert_eq!(text.parse(), Ok(ProgramKey::new(key)), "{text}");
        }
        assert_eq!("AAAA".parse::<ProgramKey>(), Err(KeyError));
        assert_eq!("".parse::<ProgramKey>(), Err(KeyError));
    }
}
