//! The program-signing key of a server: no page is served, no card signs and nothing runs
//! on one that this key has not signed.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::signed::{ServerSigned, Signed};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ecdsa::{PublicKey, Signature};

/// What stands before the point in a `SubjectPublicKeyInfo` of P-256 (RFC 5480 §2): the
/// algorithm, the curve, and a BIT STRING of whole octets.
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// An ECDSA P-256 public key. As text: its `SubjectPublicKeyInfo` (RFC 5480) in
/// base64; a PEM and a bare SEC 1 point in base64 are understood too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProgramKey(PublicKey);

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
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn new(key: p256::ecdsa::VerifyingKey) -> Self {
        let mut point = [0; crate::ecdsa::POINT_LENGTH];
        // An uncompressed point of P-256 has that length.
        point.copy_from_slice(key.to_sec1_point(false).as_bytes());
        Self(PublicKey(point))
    }

    /// What `signed` says, once it is proven that this key signed it.
    ///
    /// # Errors
    /// [`OpenError`]
    pub async fn open<T: ServerSigned>(&self, signed: &Signed<T>) -> Result<T, OpenError> {
        let signature = BASE64_STANDARD.decode(&signed.signature).ok();
        let is_ours = match signature.and_then(|bytes| Signature::from_fixed(&bytes)) {
            Some(signature) => self.0.has_signed(&signed.message(), &signature).await,
            None => false,
        };
        if !is_ours {
            return Err(OpenError::Signature);
        }
        Ok(serde_json::from_str(&signed.body)?)
    }
}

impl FromStr for ProgramKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let lines = text.trim().lines().map(str::trim);
        // RFC 7468: base64 between two lines.
        let base64: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let bytes = BASE64_STANDARD.decode(base64).map_err(|_wrong| KeyError)?;
        let point = bytes.strip_prefix(&SPKI_HEAD).unwrap_or(&bytes);
        PublicKey::from_sec1(point).map(Self).ok_or(KeyError)
    }
}

impl fmt::Display for ProgramKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spki = [&SPKI_HEAD[..], &self.0.0].concat();
        f.write_str(&BASE64_STANDARD.encode(spki))
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
