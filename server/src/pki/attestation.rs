//! Attestation of a card's keys, as security keys have it (Yubico's "PIV
//! attestation"): the card states, in an X.509 certificate signed with a key (F9)
//! that its maker put there, that it made the key in a slot itself. What a terminal
//! reports of a new key is then no longer the terminal's word alone.
//!
//! The path is always statement → certificate of F9 → one of the configured issuers,
//! so the path validation of RFC 5280 §6 comes down to a page of checks here, too.

mod certificate;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use self::certificate::ParsedCertificate;
use super::CertificateError;
use crate::digest::sha256;

/// What the maker calls a statement over the key in a slot; the slot follows.
const STATEMENT_NAME: &str = "YubiKey PIV Attestation ";
/// A key of 9A that is used without a PIN.
const PIN_NEVER: u8 = 1;
/// The PIN once for a session (2), always (3), or a fingerprint in its place (4, 5).
const PIN_POLICIES: std::ops::RangeInclusive<u8> = PIN_NEVER + 1..=5;

/// Why the file of an issuer can't be used.
#[derive(Debug, Error)]
pub enum AttestationRootError {
    /// It can't be read.
    #[error("pki.attestation_roots: {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A certificate in it is none of a CA.
    #[error("pki.attestation_roots: {}: {source}", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
}

/// Why what a card attests does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum AttestationError {
    /// There are statements and no certificate of F9, or one statement of two.
    #[error("the attestation is not whole")]
    NotWhole,
    /// The card attested before, and is said not to be able to.
    #[error("a card that attests is said not to")]
    Withheld,
    /// Not a certificate that can be read.
    #[error("the attestation can't be read")]
    Unreadable,
    /// None of the configured issuers signed the certificate of F9.
    #[error("no trusted root issued the attestation certificate")]
    UnknownRoot,
    /// The certificate of F9 may not issue statements.
    #[error("the attestation certificate is none of a CA")]
    NotACa,
    /// The key of F9 did not sign the statement.
    #[error("the attestation was not signed by the card's attestation key")]
    Signature,
    /// It is over or has not begun.
    #[error("the attestation is not valid now")]
    Validity,
    /// It is about another slot.
    #[error("the attestation is one of another slot")]
    OtherSlot,
    /// The statement is about another key than the one that was reported, or than
    /// the card's own.
    #[error("the attestation is one of another key")]
    OtherKey,
    /// The card would use the key without a PIN.
    #[error("the attested key needs no PIN")]
    NoPin,
    /// Another card attested, if a genuine one.
    #[error("the attestation is one of another card")]
    OtherCard,
}

/// Who may have issued a card's attestation certificate: the makers' roots, or the
/// CAs under them that sign the certificates of cards.
#[derive(Debug, Default)]
pub struct AttestationRoots(Vec<ParsedCertificate>);

impl AttestationRoots {
    /// Reads the PEM files.
    ///
    /// # Errors
    ///
    /// [`AttestationRootError`], also for a file without a certificate.
    pub fn read(files: &[PathBuf]) -> Result<Self, AttestationRootError> {
        let mut roots = Vec::new();
        for path in files {
            let read = |path: &Path| fs::read(path);
            let pem = read(path).map_err(|source| AttestationRootError::Read {
                path: path.clone(),
                source,
            })?;
            let found = issuers(&pem).map_err(|source| AttestationRootError::Certificate {
                path: path.clone(),
                source,
            })?;
            roots.extend(found);
        }
        Ok(Self(roots))
    }

    /// Whether nobody is asked to attest anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of a card that attests, by its certificate (that of F9, DER).
    ///
    /// # Errors
    ///
    /// The first [`AttestationError`] that applies.
    pub(crate) fn device(
        &self,
        der: &[u8],
        now: Timestamp,
    ) -> Result<AttestingDevice, AttestationError> {
        let certificate =
            ParsedCertificate::from_der(der).map_err(|_form| AttestationError::Unreadable)?;
        let issuer = self
            .0
            .iter()
            .find(|root| certificate.is_issued_by(root))
            .ok_or(AttestationError::UnknownRoot)?;
        if !certificate.may_issue() {
            return Err(AttestationError::NotACa);
        }
        if !issuer.is_valid_at(now) || !certificate.is_valid_at(now) {
            return Err(AttestationError::Validity);
        }
        Ok(AttestingDevice {
            certificate,
            sha256: sha256(der),
        })
    }
}

/// A card's attestation key, which its maker certified.
pub(crate) struct AttestingDevice {
    certificate: ParsedCertificate,
    sha256: [u8; 32],
}

impl AttestingDevice {
    /// SHA-256 of its certificate, which no other card has.
    pub(crate) const fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Whether the card made this key in 9A itself, and uses it with a PIN only.
    /// `statement` is DER, `point` the key as it was reported, uncompressed.
    ///
    /// # Errors
    ///
    /// The first [`AttestationError`] that applies.
    pub(crate) fn attests_login_key(
        &self,
        statement: &[u8],
        point: &[u8; 65],
        now: Timestamp,
    ) -> Result<(), AttestationError> {
        let statement = self.statement(statement, "9a", point, now)?;
        let policy = statement.pin_policy().ok_or(AttestationError::NoPin)?;
        if PIN_POLICIES.contains(&policy) {
            Ok(())
        } else {
            Err(AttestationError::NoPin)
        }
    }

    /// Whether the card made this key in 9E itself, in the same way.
    ///
    /// # Errors
    ///
    /// The first [`AttestationError`] that applies.
    pub(crate) fn attests_card_key(
        &self,
        statement: &[u8],
        point: &[u8; 65],
        now: Timestamp,
    ) -> Result<(), AttestationError> {
        self.statement(statement, "9e", point, now).map(drop)
    }

    /// A statement of this device over `point` in `slot`.
    fn statement(
        &self,
        der: &[u8],
        slot: &str,
        point: &[u8; 65],
        now: Timestamp,
    ) -> Result<ParsedCertificate, AttestationError> {
        let statement =
            ParsedCertificate::from_der(der).map_err(|_form| AttestationError::Unreadable)?;
        if !statement.is_issued_by(&self.certificate) {
            return Err(AttestationError::Signature);
        }
        if !statement.is_valid_at(now) {
            return Err(AttestationError::Validity);
        }
        let name = statement.common_name();
        let named = name
            .as_deref()
            .and_then(|name| name.strip_prefix(STATEMENT_NAME));
        if !named.is_some_and(|named| named.eq_ignore_ascii_case(slot)) {
            return Err(AttestationError::OtherSlot);
        }
        let own = statement.p256_point();
        if !own.is_some_and(|own| bool::from(own.ct_eq(point.as_slice()))) {
            return Err(AttestationError::OtherKey);
        }
        Ok(statement)
    }
}

/// The CAs in a PEM file.
fn issuers(pem: &[u8]) -> Result<Vec<ParsedCertificate>, CertificateError> {
    let found = ParsedCertificate::from_pem(pem)?;
    if found.is_empty() {
        return Err(CertificateError::NoCertificate);
    }
    if found.iter().any(|root| !root.may_issue()) {
        return Err(CertificateError::NotACa);
    }
    Ok(found)
}
