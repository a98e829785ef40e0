//! Which installation something was signed for: two of them may have cards and
//! enterprises with the same numbers, and never the same CA key.

use std::{fmt, str::FromStr};

use card_protocol::hex;
use serde::{Deserialize, Serialize};
use x509_cert::{Certificate, der::Encode as _};

use super::CertificateError;
use crate::digest::sha256;

/// An installation, by the key of its CA: SHA-256 of the `SubjectPublicKeyInfo`
/// (RFC 5280 §4.1.2.7), as `openssl pkey -pubin -outform DER` gives it. Written as
/// 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId([u8; 32]);

impl InstanceId {
    /// That of a CA's certificate.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Der`]
    pub fn of(certificate: &Certificate) -> Result<Self, CertificateError> {
        let key = certificate.tbs_certificate().subject_public_key_info();
        Ok(Self(sha256(&key.to_der()?)))
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl FromStr for InstanceId {
    type Err = CertificateError;

    fn from_str(text: &str) -> Result<Self, CertificateError> {
        let id = hex::decode_array(text).map(Self);
        id.filter(|id| id.to_string() == text)
            .ok_or(CertificateError::Instance)
    }
}

impl TryFrom<String> for InstanceId {
    type Error = CertificateError;

    fn try_from(text: String) -> Result<Self, CertificateError> {
        text.parse()
    }
}

impl From<InstanceId> for String {
    fn from(id: InstanceId) -> Self {
        id.to_string()
    }
}
