//! Whether a card's certificate comes from a CA that we trust and is meant for
//! what it is used for: RFC 5280 §6.1 for a path of one step. [`TrustAnchors::check`]
//! asks it of now, the CA's own validity included; of what was signed long ago
//! [`TrustAnchors::check_issued`] asks the rest, for a CA that ended since takes
//! nothing back.

use card_domain::Validity;
use jiff::Timestamp;
use p256::{
    ecdsa::{Signature, VerifyingKey},
    pkcs8::DecodePublicKey as _,
};
use thiserror::Error;
use x509_cert::{
    Certificate, Version,
    der::{Encode as _, asn1::ObjectIdentifier, oid::AssociatedOid as _},
    ext::pkix::{
        AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
    },
};

use super::{
    CLIENT_AUTH, CardCertificate, CertificateError, ECDSA_WITH_SHA256, InstanceId, is_signed_by,
    validity,
};

/// Why a certificate is not accepted. In the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChainError {
    /// Not version 3, another signature algorithm, extensions that can't be read.
    #[error("the certificate can't be used")]
    Unusable,
    /// No trust anchor issued it, or the signature of the one it names is wrong.
    #[error("no trusted CA issued the certificate")]
    UntrustedIssuer,
    /// The CA that issued it is trusted, and its own validity is over or has not begun.
    #[error("the CA of the certificate is expired, or not valid yet")]
    IssuerNotValid,
    /// A critical extension that nobody here understands.
    #[error("the certificate has an unknown critical extension")]
    UnknownCriticalExtension,
    /// The certificate of a CA is not one of a card.
    #[error("the certificate is a CA's")]
    IsCa,
    /// Not for signatures, or not for client authentication.
    #[error("the certificate is not meant for this use")]
    WrongUsage,
    /// Its validity has not begun.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// Its validity is over.
    #[error("the certificate is expired")]
    Expired,
}

/// The CAs whose cards are accepted.
#[derive(Debug)]
pub struct TrustAnchors(Vec<Anchor>);

#[derive(Debug)]
struct Anchor {
    instance: InstanceId,
    subject: Vec<u8>,
    key_id: Option<Vec<u8>>,
    key: VerifyingKey,
    validity: Validity,
}

/// Extensions whose meaning is checked here or has none for us.
const UNDERSTOOD: [ObjectIdentifier; 5] = [
    BasicConstraints::OID,
    KeyUsage::OID,
    ExtendedKeyUsage::OID,
    SubjectKeyIdentifier::OID,
    AuthorityKeyIdentifier::OID,
];

impl TrustAnchors {
    /// Reads the CA certificates of a PEM file.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] when there is none or one is no CA's.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let anchors: Vec<Anchor> = Certificate::load_pem_chain(pem)?
            .iter()
            .map(Anchor::new)
            .collect::<Result<_, _>>()?;
        if anchors.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        Ok(Self(anchors))
    }

    /// Whether one of them is the CA of this installation.
    #[must_use]
    pub fn has(&self, instance: &InstanceId) -> bool {
        self.0.iter().any(|anchor| anchor.instance == *instance)
    }

    /// The public keys of all of them, as SEC 1 points, each once: whose cards a bridge
    /// gives a PIN.
    #[must_use]
    pub fn key_points(&self) -> Vec<Vec<u8>> {
        let points = self.0.iter();
        let mut points: Vec<_> = points
            .map(|anchor| anchor.key.to_sec1_point(false).as_bytes().to_vec())
            .collect();
        // One key may have several certificates.
        points.sort();
        points.dedup();
        points
    }

    /// Checks everything about a certificate that does not need the register, for
    /// what is done with it now.
    ///
    /// # Errors
    ///
    /// The first [`ChainError`] that applies.
    pub fn check(&self, certificate: &CardCertificate, now: Timestamp) -> Result<(), ChainError> {
        self.check_issuer(&certificate.parsed, Some(now))?;
        check_usage(&certificate.parsed)?;
        if now < certificate.validity.not_before {
            return Err(ChainError::NotYetValid);
        }
        if is_over(&certificate.validity, now) {
            return Err(ChainError::Expired);
        }
        Ok(())
    }

    /// The same without any time: for what was signed, whose time the caller compares
    /// with the certificate's validity. What was good when it was signed stays so.
    ///
    /// # Errors
    ///
    /// The first [`ChainError`] that applies, none of a time.
    pub fn check_issued(&self, certificate: &CardCertificate) -> Result<(), ChainError> {
        self.check_issuer(&certificate.parsed, None)?;
        check_usage(&certificate.parsed)
    }

    /// Whether one of them issued it; `at` that time it has to be valid, too.
    fn check_issuer(
        &self,
        certificate: &Certificate,
        at: Option<Timestamp>,
    ) -> Result<(), ChainError> {
        let tbs = certificate.tbs_certificate();
        let algorithm = certificate.signature_algorithm();
        if tbs.version() != Version::V3
            || algorithm != tbs.signature()
            || algorithm.oid != ECDSA_WITH_SHA256
            || algorithm.parameters.is_some()
        {
            return Err(ChainError::Unusable);
        }
        let unusable = |_encoding| ChainError::Unusable;
        let message = tbs.to_der().map_err(unusable)?;
        let issuer = tbs.issuer().to_der().map_err(unusable)?;
        // `as_bytes` is there only when no bits are unused: the count of unused
        // bits is outside of what is signed.
        let signature = certificate
            .signature()
            .as_bytes()
            .and_then(|bytes| Signature::from_der(bytes).ok())
            .ok_or(ChainError::UntrustedIssuer)?;
        let named = tbs
            .get_extension::<AuthorityKeyIdentifier>()
            .map_err(unusable)?
            .and_then(|(_critical, issuer)| issuer.key_identifier);
        let issuers = self.0.iter().filter(|anchor| {
            let same_key = match (&named, &anchor.key_id) {
                (Some(named), Some(own)) => named.as_bytes() == own.as_slice(),
                _ => true,
            };
            anchor.subject == issuer && same_key && is_signed_by(&anchor.key, &message, &signature)
        });
        // There may be several of one key: a CA whose certificate was made anew.
        let mut found = Err(ChainError::UntrustedIssuer);
        for anchor in issuers {
            if at.is_none_or(|at| anchor.is_valid(at)) {
                return Ok(());
            }
            found = Err(ChainError::IssuerNotValid);
        }
        found
    }
}

/// X.509 counts in whole seconds and includes the last one.
fn is_over(validity: &Validity, now: Timestamp) -> bool {
    now.as_second() > validity.not_after.as_second()
}

fn check_usage(certificate: &Certificate) -> Result<(), ChainError> {
    let unusable = |_encoding| ChainError::Unusable;
    let tbs = certificate.tbs_certificate();
    let mut extensions = tbs.extensions().into_iter().flatten();
    if extensions.any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id)) {
        return Err(ChainError::UnknownCriticalExtension);
    }
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(unusable)?;
    if constraints.is_some_and(|(_critical, constraints)| constraints.ca) {
        return Err(ChainError::IsCa);
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(unusable)?;
    let extended = tbs.get_extension::<ExtendedKeyUsage>().map_err(unusable)?;
    // Both have to be there: a certificate that does not say what it is for is
    // not for logging in.
    match (usage, extended) {
        (Some((_, usage)), Some((_, extended)))
            if usage.digital_signature() && extended.0.contains(&CLIENT_AUTH) =>
        {
            Ok(())
        }
        _ => Err(ChainError::WrongUsage),
    }
}

impl Anchor {
    fn new(certificate: &Certificate) -> Result<Self, CertificateError> {
        let tbs = certificate.tbs_certificate();
        let is_ca = tbs
            .get_extension::<BasicConstraints>()?
            .is_some_and(|(_critical, constraints)| constraints.ca);
        let signs = tbs
            .get_extension::<KeyUsage>()?
            .is_some_and(|(_critical, usage)| usage.key_cert_sign());
        if !(is_ca && signs) {
            return Err(CertificateError::NotACa);
        }
        let key = tbs.subject_public_key_info().to_der()?;
        Ok(Self {
            instance: InstanceId::of(certificate)?,
            subject: tbs.subject().to_der()?,
            key_id: tbs
                .get_extension::<SubjectKeyIdentifier>()?
                .map(|(_critical, id)| id.0.into_bytes().into()),
            key: VerifyingKey::from_public_key_der(&key)
                .map_err(|_other| CertificateError::PublicKey)?,
            validity: validity(tbs)?,
        })
    }

    fn is_valid(&self, at: Timestamp) -> bool {
        at >= self.validity.not_before && !is_over(&self.validity, at)
    }
}
