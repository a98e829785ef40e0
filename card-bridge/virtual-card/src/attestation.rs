//! Attestation as security keys have it (Yubico's "PIV attestation"), of a maker
//! that is invented: ATTEST (`F9`) answers a certificate over the key in a slot,
//! signed with the card's key F9, whose own certificate is object `5FFF01`.

use p256::{
    PublicKey,
    ecdsa::SigningKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
};
use rand_core::{OsRng, RngCore as _};
use x509_cert::{
    Certificate,
    der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _},
};

mod profile;

use profile::{Issued, issue};

/// The reference of a key's slot in the order of their records.
pub(crate) const SLOTS: [u8; 4] = [0x9A, 0x9C, 0x9D, 0x9E];

/// Why a maker can't be used. It is a tool's fault, or whoever gave it the file's.
#[derive(Debug, thiserror::Error)]
#[error("the maker of attesting cards: {0}")]
pub struct MakerError(String);

/// Who makes cards that attest: a root CA, invented for tests.
#[derive(Debug)]
pub struct Maker {
    key: SigningKey,
    certificate: Certificate,
}

impl Maker {
    /// One with a new key.
    ///
    /// # Errors
    /// [`MakerError`] if its certificate can't be built.
    pub fn new(name: &str) -> Result<Self, MakerError> {
        let key = new_key();
        let issued = Issued::Root { name };
        let certificate = issue(&key, *key.verifying_key(), issued).map_err(wrong)?;
        Ok(Self { key, certificate })
    }

    /// Reads what [`Maker::to_pem`] wrote.
    ///
    /// # Errors
    /// [`MakerError`] if it is something else.
    pub fn from_pem(pem: &str) -> Result<Self, MakerError> {
        let at = pem
            .find("-----BEGIN CERTIFICATE-----")
            .ok_or_else(|| wrong("no certificate"))?;
        let (key, certificate) = pem.split_at(at);
        Ok(Self {
            key: SigningKey::from_pkcs8_pem(key).map_err(wrong)?,
            certificate: Certificate::from_pem(certificate).map_err(wrong)?,
        })
    }

    /// Key and certificate.
    ///
    /// # Errors
    /// [`MakerError`] if they have no such form.
    pub fn to_pem(&self) -> Result<String, MakerError> {
        let key = self.key.to_pkcs8_pem(LineEnding::LF).map_err(wrong)?;
        Ok(format!("{}{}", key.as_str(), self.certificate_pem()?))
    }

    /// The certificate, which whoever trusts this maker's cards has to have.
    ///
    /// # Errors
    /// [`MakerError`] if it has no such form.
    pub fn certificate_pem(&self) -> Result<String, MakerError> {
        self.certificate.to_pem(LineEnding::LF).map_err(wrong)
    }

    /// A new card's attestation key with its certificate.
    pub(crate) fn equip(&self) -> Result<AttestationKey, MakerError> {
        let key = new_key();
        let issued = Issued::Device {
            issuer: &self.certificate,
        };
        let certificate = issue(&self.key, *key.verifying_key(), issued).map_err(wrong)?;
        Ok(AttestationKey {
            scalar: key.to_bytes().into(),
            certificate: certificate.to_der().map_err(wrong)?,
        })
    }
}

/// A card's attestation key, as its file has it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AttestationKey {
    pub(crate) scalar: [u8; 32],
    pub(crate) certificate: Vec<u8>,
}

impl AttestationKey {
    /// The statement over the key in `slot`; `None` if either key is none.
    pub(crate) fn attest(&self, slot: u8, point: &[u8; 65], serial: [u8; 4]) -> Option<Vec<u8>> {
        let key = SigningKey::from_slice(&self.scalar).ok()?;
        let device = Certificate::from_der(&self.certificate).ok()?;
        let attested = PublicKey::from_sec1_bytes(point).ok()?;
        let issued = Issued::Statement {
            device: &device,
            slot,
            serial,
        };
        issue(&key, attested.into(), issued).ok()?.to_der().ok()
    }

    /// The contents of object `5FFF01`, in its template `53`.
    pub(crate) fn object(&self) -> Vec<u8> {
        let contents = [
            tlv(0x70, &self.certificate),
            tlv(0x71, &[0]),
            tlv(0xFE, &[]),
        ];
        tlv(0x53, &contents.concat())
    }
}

impl std::fmt::Debug for AttestationKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AttestationKey(…)")
    }
}

/// The point of a P-256 key in an answer to GENERATE (SP 800-73-4 part 2 table 9).
pub(crate) fn generated_point(answer: &[u8]) -> Option<[u8; 65]> {
    let point = answer.strip_prefix(&[0x7F, 0x49, 0x43, 0x86, 0x41])?;
    point.try_into().ok()
}

/// A data object of at most 65535 bytes.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let [.., high, low] = length;
    let head = match value.len() {
        0..=0x7F => vec![tag, low],
        0x80..=0xFF => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), value].concat()
}

fn new_key() -> SigningKey {
    loop {
        let mut scalar = [0; 32];
        OsRng.fill_bytes(&mut scalar);
        // Fails only for zero and for what is above the group's order.
        if let Ok(key) = SigningKey::from_slice(&scalar) {
            return key;
        }
    }
}

fn wrong(error: impl std::fmt::Display) -> MakerError {
    MakerError(error.to_string())
}
