//! A card's certificate, read from DER: what the login, the register and the
//! verification need of it; whether a trusted CA issued it ([`chain`]), and what
//! that says of its holder ([`holder`]).
//!
//! The chain is always card → CA, so the path validation of RFC 5280 §6 comes
//! down to a page of checks, each with an error of its own; that is why no
//! general validator is used.

use card_domain::Validity;
use jiff::Timestamp;
use p256::{ecdsa::VerifyingKey, pkcs8::DecodePublicKey as _};
use x509_cert::{
    Certificate, TbsCertificate,
    der::{Decode as _, Encode as _, asn1::ObjectIdentifier},
};

use thiserror::Error;

pub mod chain;
pub mod holder;
mod instance;
pub mod name;
mod signature;

pub use chain::{ChainError, TrustAnchors};
pub use holder::CertifiedHolder;
pub use instance::InstanceId;
pub use signature::is_signed_by;

/// ecdsa-with-SHA256 (RFC 5758 §3.2).
pub const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// id-kp-clientAuth (RFC 5280 §4.2.1.12).
pub const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// Why a certificate can't be read.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The structure is wrong.
    #[error("certificate encoding: {0}")]
    Der(#[from] x509_cert::der::Error),
    /// The public key is no point on P-256.
    #[error("the public key is not on the curve P-256")]
    PublicKey,
    /// The file has no certificate.
    #[error("there is no CA certificate")]
    NoCertificate,
    /// A certificate that may not issue others was given as a trust anchor.
    #[error("a trust anchor is not a CA certificate")]
    NotACa,
    /// A certificate has a role and does not say whose, or has two.
    #[error("the certificate says a role and not whose it is")]
    Holder,
    /// The text names no installation.
    #[error("an installation is named by 64 lower-case hex digits")]
    Instance,
    /// A time that no certificate can state.
    #[error("the time is out of a certificate's range")]
    Time,
}

/// A certificate with a P-256 key. Nothing about it is checked yet but its form.
#[derive(Clone, Debug)]
pub struct CardCertificate {
    /// The parsed certificate.
    parsed: Certificate,
    /// The public key.
    pub key: VerifyingKey,
    /// Serial number, lower-case hex.
    pub serial: String,
    /// Validity.
    pub validity: Validity,
    /// The subject's serialNumber: IC卡号 on ours.
    pub card_no: Option<String>,
    /// The subject's OU: 操作员编号 on ours, which a legal person has none of.
    pub operator_no: Option<String>,
    /// What the CA certifies of the holder; certificates that were issued before it
    /// did have none.
    pub holder: Option<CertifiedHolder>,
}

impl CardCertificate {
    /// Reads a certificate.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] when it is not one in strict DER, its key is not on P-256, or
    /// it has a role and does not say whose.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = Certificate::from_der(der)?;
        // The signature is checked over our own encoding of what was parsed, so
        // the bytes must be those: one certificate, one encoding.
        if parsed.to_der()? != der {
            return Err(CertificateError::Der(
                x509_cert::der::ErrorKind::Noncanonical {
                    tag: x509_cert::der::Tag::Sequence,
                }
                .into(),
            ));
        }
        let tbs = parsed.tbs_certificate();
        let key = tbs.subject_public_key_info().to_der()?;
        let key = VerifyingKey::from_public_key_der(&key)
            .map_err(|_other_kind| CertificateError::PublicKey)?;
        Ok(Self {
            key,
            serial: hex(tbs.serial_number().as_bytes()),
            validity: validity(tbs)?,
            card_no: name::text(tbs.subject(), name::SERIAL_NUMBER),
            operator_no: name::text(tbs.subject(), name::UNIT),
            holder: holder::read(tbs)?,
            parsed,
        })
    }
}

/// Serial number (lower-case hex) and validity of a certificate, for lists:
/// all that is shown of it comes from the certificate itself.
///
/// # Errors
///
/// [`CertificateError`] when it can't be read.
pub fn summary(der: &[u8]) -> Result<(String, Validity), CertificateError> {
    let certificate = Certificate::from_der(der)?;
    let tbs = certificate.tbs_certificate();
    Ok((hex(tbs.serial_number().as_bytes()), validity(tbs)?))
}

/// From when to when it is valid.
fn validity(tbs: &TbsCertificate) -> Result<Validity, CertificateError> {
    let validity = tbs.validity();
    Ok(Validity {
        not_before: timestamp(validity.not_before)?,
        not_after: timestamp(validity.not_after)?,
    })
}

fn timestamp(time: x509_cert::time::Time) -> Result<Timestamp, CertificateError> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(CertificateError::Time)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
