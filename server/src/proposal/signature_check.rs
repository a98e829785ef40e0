//! The check of a statement's signature. Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::statement::{Statement, StatementSignature};
use jiff::Timestamp;
use p256::ecdsa::{Signature, signature::Verifier as _};

use super::{Fault, SignedStatement};
use crate::{
    config::Origin,
    digest::sha256,
    pki::{CardCertificate, TrustAnchors},
    storage::{CertificateDigest, NonceHash, StatementRecord},
};

/// Who has to have signed, and for which origins it counts.
pub(super) struct Signer<'a> {
    /// The CAs that are trusted.
    pub(super) anchors: &'a TrustAnchors,
    /// Our own origins.
    pub(super) origins: &'a [Origin],
    /// The confirmed certificate of the session's card, DER.
    pub(super) confirmed: &'a [u8],
}

impl Signer<'_> {
    /// Whether the card signed `statement` for one of our origins. What is kept
    /// names that origin: without it nobody could check the signature again.
    ///
    /// The certificate that came with the signature decides nothing: it has to
    /// be the confirmed one, byte by byte.
    pub(super) fn check(
        &self,
        now: Timestamp,
        nonce: NonceHash,
        statement: &Statement,
        proof: &StatementSignature,
    ) -> Result<SignedStatement, Fault> {
        let presented = STANDARD
            .decode(&proof.certificate)
            .map_err(|_not_base64| Fault::CertificateForm)?;
        if presented != self.confirmed {
            return Err(Fault::OtherCertificate);
        }
        let certificate = CardCertificate::from_der(self.confirmed)
            .map_err(|_form| Fault::UnusableCertificate)?;
        self.anchors
            .check(&certificate, now)
            .map_err(|_chain| Fault::CertificateNotGood)?;
        let bytes = STANDARD
            .decode(&proof.signature)
            .map_err(|_not_base64| Fault::SignatureForm)?;
        let signature = Signature::from_slice(&bytes).map_err(|_form| Fault::SignatureLength)?;
        let origin = self
            .origins
            .iter()
            .find(|origin| {
                let message = statement.message(origin.as_str());
                certificate.key.verify(&message, &signature).is_ok()
            })
            .ok_or(Fault::BadSignature)?;
        let record = StatementRecord {
            text: statement.text.clone(),
            structured: statement.structured.clone(),
            signature: bytes,
            certificate: CertificateDigest(sha256(self.confirmed)),
            nonce: Some(statement.nonce.clone()),
            origin: Some(origin.as_str().to_owned()),
        };
        Ok(SignedStatement::proven(record, nonce))
    }
}
