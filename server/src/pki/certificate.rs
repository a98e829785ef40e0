//! A card's certificate, read from DER: what the login and the register need of it.

use card_domain::Validity;
use jiff::Timestamp;
use p256::{ecdsa::VerifyingKey, pkcs8::DecodePublicKey as _};
use x509_cert::{
    Certificate,
    der::{Decode as _, Encode as _, asn1::ObjectIdentifier},
};

use super::{
    PkiError,
    holder::{self, CertifiedHolder},
    name,
};

/// ecdsa-with-SHA256 (RFC 5758 §3.2).
pub(super) const ECDSA_WITH_SHA256: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// A certificate with a P-256 key. Nothing about it is checked yet but its form.
#[derive(Clone, Debug)]
pub struct CardCertificate {
    /// The parsed certificate.
    pub(super) parsed: Certificate,
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
    /// [`PkiError`] when it is not one in strict DER, its key is not on P-256, or it
    /// has a role and does not say whose.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        let parsed = Certificate::from_der(der)?;
        // The signature is checked over our own encoding of what was parsed, so
        // the bytes must be those: one certificate, one encoding.
        if parsed.to_der()? != der {
            return Err(PkiError::Der(
                x509_cert::der::ErrorKind::Noncanonical {
                    tag: x509_cert::der::Tag::Sequence,
                }
                .into(),
            ));
        }
        let tbs = parsed.tbs_certificate();
        let key = tbs.subject_public_key_info().to_der()?;
        let key =
            VerifyingKey::from_public_key_der(&key).map_err(|_other_kind| PkiError::PublicKey)?;
        let validity = tbs.validity();
        Ok(Self {
            key,
            serial: hex(tbs.serial_number().as_bytes()),
            validity: Validity {
                not_before: timestamp(validity.not_before)?,
                not_after: timestamp(validity.not_after)?,
            },
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
/// [`PkiError`] when it can't be read.
pub fn summary(der: &[u8]) -> Result<(String, Validity), PkiError> {
    let certificate = Certificate::from_der(der)?;
    let tbs = certificate.tbs_certificate();
    let validity = tbs.validity();
    let validity = Validity {
        not_before: timestamp(validity.not_before)?,
        not_after: timestamp(validity.not_after)?,
    };
    Ok((hex(tbs.serial_number().as_bytes()), validity))
}

fn timestamp(time: x509_cert::time::Time) -> Result<Timestamp, PkiError> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(PkiError::Time)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
