//! The certificates of the cards: the embedded CA that issues them
//! (`authority`) and the checks of one that comes back with a login
//! (`certificate`, `chain`). What a certificate says of its holder is `holder`, and
//! which installation issued it `instance`.
//!
//! The chain is always card → CA, so the path validation of RFC 5280 §6 comes
//! down to a page of checks, each with an error of its own; that is why no
//! general validator is used.

mod authority;
mod certificate;
mod chain;
mod holder;
mod instance;
mod name;

use p256::ecdsa::SigningKey;
use thiserror::Error;
use x509_cert::{builder, der};

use crate::random::{self, RandomError};

pub use authority::{CertificateAuthority, IssuedCertificate, Registered, Subject, ten_years_from};
pub use certificate::{CardCertificate, summary};
pub use chain::{ChainError, TrustAnchors};
pub use holder::CertifiedHolder;
pub use instance::InstanceId;

/// Why a key or certificate could not be made or read.
#[derive(Debug, Error)]
pub enum PkiError {
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The structure is wrong.
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
