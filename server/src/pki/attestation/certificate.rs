//! A certificate as makers of cards issue them: any of their signature algorithms,
//! RSA among them, over the bytes as they came. Those of our own CA are read by
//! `event-log`, which takes one algorithm only.

use event_log::certificate::name;
use jiff::Timestamp;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_cert::{
    Certificate, Version,
    der::{self, Decode as _, Encode as _, Reader as _, SliceReader, asn1::ObjectIdentifier},
    ext::pkix::{BasicConstraints, KeyUsage},
    spki::SubjectPublicKeyInfoOwned,
};

use super::super::CertificateError;

/// Two bytes: when the PIN is needed, and when a touch (Yubico's "PIV attestation").
const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.3.8");
const COMMON_NAME: ObjectIdentifier = name::COMMON_NAME;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

/// A certificate with the bytes that are signed. Nothing about it is checked yet but
/// its form.
#[derive(Debug)]
pub(super) struct ParsedCertificate {
    parsed: Certificate,
    /// The bytes under the signature, as they came.
    tbs: Vec<u8>,
}

/// Which kind of key signs, as far as it is known here.
enum KeyKind {
    Rsa,
    P256,
    P384,
}

impl ParsedCertificate {
    /// Reads one from DER.
    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let parsed = Certificate::from_der(der)?;
        let mut reader = SliceReader::new(der)?;
        let tbs = reader.sequence(|fields| {
            let tbs = fields.tlv_bytes()?;
            // The algorithm and the signature, which were read above.
            fields.tlv_bytes()?;
            fields.tlv_bytes()?;
            Ok::<_, der::Error>(tbs.to_vec())
        })?;
        Ok(Self { parsed, tbs })
    }

    /// Reads those of a PEM file.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let chain = Certificate::load_pem_chain(pem)?;
        let read = chain.iter().map(|one| Self::from_der(&one.to_der()?));
        Ok(read.collect::<Result<_, _>>()?)
    }

    /// Whether `issuer` is named as who issued it, and its key signed it.
    pub(super) fn is_issued_by(&self, issuer: &Self) -> bool {
        let own = self.parsed.tbs_certificate();
        let its = issuer.parsed.tbs_certificate();
        let algorithm = self.parsed.signature_algorithm();
        // `as_bytes` is there only when no bits are unused: their count is outside of
        // what is signed.
        let Some(signature) = self.parsed.signature().as_bytes() else {
            return false;
        };
        own.version() == Version::V3
            && own.signature() == algorithm
            && own.issuer() == its.subject()
            && issuer.has_signed(algorithm.oid, &self.tbs, signature)
    }

    fn has_signed(&self, algorithm: ObjectIdentifier, message: &[u8], signature: &[u8]) -> bool {
        let info = self.parsed.tbs_certificate().subject_public_key_info();
        let algorithm: &'static dyn VerificationAlgorithm = match (key_kind(info), algorithm) {
            (Some(KeyKind::Rsa), SHA256_WITH_RSA) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Some(KeyKind::Rsa), SHA384_WITH_RSA) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Some(KeyKind::Rsa), SHA512_WITH_RSA) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (Some(KeyKind::P256), ECDSA_SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
            (Some(KeyKind::P256), ECDSA_SHA384) => &signature::ECDSA_P256_SHA384_ASN1,
            (Some(KeyKind::P384), ECDSA_SHA256) => &signature::ECDSA_P384_SHA256_ASN1,
            (Some(KeyKind::P384), ECDSA_SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
            _ => return false,
        };
        let key = info.subject_public_key.as_bytes().unwrap_or_default();
        UnparsedPublicKey::new(algorithm, key)
            .verify(message, signature)
            .is_ok()
    }

    /// Whether it is a CA's. Where it says what its key is for, that has to be it.
    pub(super) fn may_issue(&self) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let is_ca = tbs
            .get_extension::<BasicConstraints>()
            .ok()
            .flatten()
            .is_some_and(|(_critical, constraints)| constraints.ca);
        let signs = match tbs.get_extension::<KeyUsage>() {
            Ok(usage) => usage.is_none_or(|(_critical, usage)| usage.key_cert_sign()),
            Err(_unreadable) => false,
        };
        is_ca && signs
    }

    /// Whether its validity includes this time.
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        let validity = self.parsed.tbs_certificate().validity();
        // Before 1970 no certificate is valid.
        u64::try_from(now.as_second()).is_ok_and(|now| {
            let from = validity.not_before.to_unix_duration().as_secs();
            let until = validity.not_after.to_unix_duration().as_secs();
            (from..=until).contains(&now)
        })
    }

    /// Whose it is, as the maker calls it.
    pub(super) fn common_name(&self) -> Option<String> {
        name::text(self.parsed.tbs_certificate().subject(), COMMON_NAME)
    }

    /// The uncompressed point of its key, if that is one of P-256.
    pub(super) fn p256_point(&self) -> Option<&[u8]> {
        let info = self.parsed.tbs_certificate().subject_public_key_info();
        match key_kind(info)? {
            KeyKind::P256 => info.subject_public_key.as_bytes(),
            KeyKind::Rsa | KeyKind::P384 => None,
        }
    }

    /// When the card wants the PIN for the key, in the maker's numbers.
    pub(super) fn pin_policy(&self) -> Option<u8> {
        let mut extensions = self
            .parsed
            .tbs_certificate()
            .extensions()
            .into_iter()
            .flatten();
        let found = extensions.find(|extension| extension.extn_id == POLICIES)?;
        match found.extn_value.as_bytes() {
            [pin, _touch] => Some(*pin),
            _ => None,
        }
    }
}

fn key_kind(info: &SubjectPublicKeyInfoOwned) -> Option<KeyKind> {
    if info.algorithm.oid == RSA {
        return Some(KeyKind::Rsa);
    }
    if info.algorithm.oid != EC {
        return None;
    }
    let curve = info.algorithm.parameters.as_ref()?;
    match curve.decode_as::<ObjectIdentifier>().ok()? {
        P256 => Some(KeyKind::P256),
        P384 => Some(KeyKind::P384),
        _ => None,
    }
}
