//! Certificates as a bridge reads them: of the CA that the tests' grants name, and of
//! others. No key of a card is in them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::tlv::{Tag, Writer};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::EncodePublicKey as _,
};

/// Stands on the cards: of the tests' CA, for 王明.
pub const CERTIFICATE: &[u8] = include_bytes!("certificate.der");

/// The tests' CA.
#[must_use]
pub fn ca() -> SigningKey {
    SigningKey::from_slice(&[0x24; 32]).unwrap()
}

/// As a grant names the tests' CA.
#[must_use]
pub fn issuers() -> Vec<String> {
    let point = ca().verifying_key().to_sec1_point(false);
    vec![BASE64_STANDARD.encode(point.as_bytes())]
}

/// A certificate to be made.
pub struct Certificate<'a> {
    /// Signs it.
    pub signed_by: &'a SigningKey,
    /// The CN of its issuer.
    pub issuer: &'a str,
    /// The CN of its subject; its number is always the same.
    pub subject: &'a str,
    /// Its key, as a `SubjectPublicKeyInfo`.
    pub key: Vec<u8>,
}

impl Certificate<'_> {
    /// In DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let algorithm = sequence(&[object_id(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])]);
        let validity = sequence(&[der(0x17, b"260101000000Z"), der(0x17, b"360101000000Z")]);
        let body = sequence(&[
            der(0xA0, &der(0x02, &[2])),
            der(0x02, &[1]),
            algorithm.clone(),
            name(self.issuer),
            validity,
            name(self.subject),
            self.key.clone(),
        ]);
        let signature: Signature = self.signed_by.sign(&body);
        let bits = [&[0], signature.to_der().as_bytes()].concat();
        sequence(&[body, algorithm, der(0x03, &bits)])
    }
}

/// The `SubjectPublicKeyInfo` of a P-256 key.
#[must_use]
pub fn p256_key() -> Vec<u8> {
    let key = SigningKey::from_slice(&[0x25; 32]).unwrap();
    let key = key.verifying_key().to_public_key_der().unwrap();
    key.as_bytes().to_vec()
}

/// That of a P-384 key: nobody reads the point.
#[must_use]
pub fn p384_key() -> Vec<u8> {
    let algorithm = sequence(&[
        object_id(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]),
        object_id(&[0x2B, 0x81, 0x04, 0x00, 0x22]),
    ]);
    sequence(&[algorithm, der(0x03, &[0; 98])])
}

/// That of an RSA key with 2048 bits: nobody reads them.
#[must_use]
pub fn rsa_key() -> Vec<u8> {
    let algorithm = sequence(&[
        object_id(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]),
        der(0x05, &[]),
    ]);
    sequence(&[algorithm, der(0x03, &[0; 271])])
}

fn name(holder: &str) -> Vec<u8> {
    let attribute = |kind: &[u8], value: &str| {
        let pair = sequence(&[object_id(kind), der(0x0C, value.as_bytes())]);
        der(0x31, &pair)
    };
    sequence(&[
        attribute(&[0x55, 0x04, 0x03], holder),
        attribute(&[0x55, 0x04, 0x05], "8930000000018"),
    ])
}

fn object_id(bytes: &[u8]) -> Vec<u8> {
    der(0x06, bytes)
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

fn der(tag: u32, value: &[u8]) -> Vec<u8> {
    Writer::new()
        .push(Tag::new(tag).unwrap(), value)
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{CERTIFICATE, Certificate, ca, p256_key};

    /// The file is made of this; delete it, and what the failure shows goes there.
    #[test]
    fn the_file_is_what_is_made() {
        let made = Certificate {
            signed_by: &ca(),
            issuer: "演示CA",
            subject: "王明",
            key: p256_key(),
        };
        let made = made.der();
        if let Some(path) = std::env::var_os("MAKE_CERTIFICATE") {
            std::fs::write(path, &made).unwrap();
        }
        assert_eq!(CERTIFICATE, made);
    }
}
