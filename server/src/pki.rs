//! The embedded CA that issues the cards' certificates. Reading and checking
//! one that comes back, with a login or under an event, is `event-log`'s.

pub mod attestation;
mod authority;
mod issuer;
mod profile;
#[cfg(test)]
mod tests;

use event_log::certificate::CertificateError;
use jiff::Timestamp;
use p256::ecdsa::SigningKey;
use thiserror::Error;
use x509_cert::{builder, der};

use crate::random::{self, RandomError};

pub use authority::{CertificateAuthority, IssuedCertificate, Registered, Subject};
pub use issuer::IssuerState;

/// Why a key or certificate could not be made or read.
#[derive(Debug, Error)]
pub enum PkiError {
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A certificate can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A structure can't be written.
    #[error("certificate encoding: {0}")]
    Der(#[from] der::Error),
    /// A certificate could not be built.
    #[error("certificate building: {0}")]
    Build(#[from] builder::Error),
    /// A private key can't be read or written.
    #[error("the CA's private key can't be read or written")]
    Key,
    /// The public key is no point on P-256.
    #[error("the public key is not on the curve P-256")]
    PublicKey,
    /// The first certificate of the file belongs to another key.
    #[error("the CA's certificate does not belong to its key")]
    Mismatch,
    /// A time that no certificate can state.
    #[error("the time is out of a certificate's range")]
    Time,
    /// The certificate would be valid for longer than the CA that issues it.
    #[error("the CA ends at {issuer_ends}, before the certificate would: `server renew-ca`")]
    OutlivesIssuer {
        /// When the CA does.
        issuer_ends: Timestamp,
    },
    /// The CA's own validity has not begun.
    #[error("the CA is not valid yet: look at the server's clock")]
    IssuerNotYetValid,
}

/// A new P-256 key from the system's random bytes.
///
/// # Errors
///
/// [`RandomError`]
pub(crate) fn generate_key() -> Result<SigningKey, RandomError> {
    loop {
        let scalar = zeroize::Zeroizing::new(random::bytes::<32>()?);
        // Fails only for zero and for the 2^-32 part above the group's order.
        if let Ok(key) = SigningKey::from_slice(scalar.as_slice()) {
            return Ok(key);
        }
    }
}
