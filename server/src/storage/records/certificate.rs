//! Certificates and their standing.

use card_domain::CardId;
use jiff::Timestamp;
use uuid::Uuid;

use super::{card::CardRecord, digest::CertificateDigest};

/// What a certificate counts as. The names in storage never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Issued, not yet confirmed by reading it back from the card.
    Held,
    /// The confirmed one of its card.
    Good,
    /// Was good; another one took its place.
    Superseded,
    /// Never became good, or was taken back.
    Revoked,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 4] = [Self::Held, Self::Good, Self::Superseded, Self::Revoked];

    /// The stable name in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Good => "good",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
        }
    }

    /// The standing with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.name() == name)
    }
}

/// A certificate that was issued and waits for its confirmation.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// The key, made by the caller (UUID version 7).
    pub id: Uuid,
    /// The serial number, big endian, unique.
    pub serial: Vec<u8>,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// SHA-256 of the DER, by which a login finds it.
    pub sha256: CertificateDigest,
    /// When it was issued.
    pub created_at: Timestamp,
}

/// A certificate on hold that was read back from its card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfirmedCertificate {
    /// Its digest.
    pub digest: CertificateDigest,
    /// Which key it is over.
    pub key: CertifiedKey,
}

/// Which key a confirmed certificate is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertifiedKey {
    /// That of the certificate before: it is confirmed as it was.
    Same,
    /// One that the card made.
    New {
        /// The certificate of the key with which the card attested that; `None`
        /// when it did not, so that its first login has to confirm it.
        attestation: Option<CertificateDigest>,
    },
}

/// The certificate of a signature, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The card that it was issued for.
    pub card: CardId,
    /// What it counts as.
    pub standing: Standing,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// The card to which a certificate belongs.
#[derive(Clone, Debug)]
pub struct CertificateHit {
    /// The card; its own `certificate` is the confirmed one, which may be another.
    pub card: CardRecord,
    /// The standing of the certificate that was asked for.
    pub standing: Standing,
}
