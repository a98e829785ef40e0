//! The check of a statement's signature, and of who signed. Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::Action;
use card_protocol::statement::{Statement, StatementSignature};
use event_log::{
    signer::{Holder, SignedEvent},
    structured::{StatementV2, Structured},
};
use jiff::Timestamp;
use p256::ecdsa::{Signature, signature::Verifier as _};

use super::{Fault, SeenCard, SignedStatement};
use crate::{
    config::Origin,
    context::Actor,
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
    /// The legal person of the session.
    pub(super) actor: &'a Actor,
    /// The confirmed certificate of the session's card, DER.
    pub(super) confirmed: &'a [u8],
}

/// What is done once it is signed.
#[derive(Clone, Copy)]
pub(super) struct Decided<'a> {
    /// The act.
    pub(super) action: Action,
    /// The cards, as they were when it was proposed.
    pub(super) seen: &'a [SeenCard],
    /// The hash of the proposal's nonce.
    pub(super) nonce: NonceHash,
}

/// The session's card signed something, for one of our origins.
pub(super) struct Possession<'a> {
    certificate: CardCertificate,
    /// 64 bytes, `r ‖ s`.
    signature: Vec<u8>,
    /// For which of our origins.
    origin: &'a Origin,
}

impl Signer<'_> {
    /// Whether the session's card signed what was sent, for one of our origins: the
    /// proof that its holder is there, whatever it was that was signed.
    ///
    /// The certificate that came with the signature decides nothing: it has to
    /// be the confirmed one, byte by byte.
    pub(super) fn possession(
        &self,
        now: Timestamp,
        statement: &Statement,
        proof: &StatementSignature,
    ) -> Result<Possession<'_>, Fault> {
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
        Ok(Possession {
            certificate,
            signature: bytes,
            origin,
        })
    }

    /// Whether the `statement` that the card signed is the one of what is
    /// `decided`. What is kept names its origin: without it nobody could check the
    /// signature again. The register's word that the certificate is the legal
    /// person's does not suffice: certificate and statement have to say so.
    pub(super) fn check(
        &self,
        now: Timestamp,
        decided: Decided<'_>,
        statement: &Statement,
        possession: Possession<'_>,
    ) -> Result<SignedStatement, Fault> {
        let structured =
            Structured::read(&statement.structured).map_err(|_unknown| Fault::OldForm)?;
        let Structured::V2(signed) = &structured else {
            return Err(Fault::OldForm);
        };
        if possession.origin.as_str() != signed.origin {
            return Err(Fault::ForeignOrigin);
        }
        let digest = sha256(self.confirmed);
        let holder = Holder::from(&possession.certificate);
        for seen in decided.seen {
            let event = SignedEvent {
                act: decided.action.name(),
                at: now,
                enterprise: Some(self.actor.enterprise.0),
                actor: Some(self.actor.card.0),
                target: Some(seen.card.0),
                nonce: &statement.nonce,
                origin: &signed.origin,
                certificate: &digest,
            };
            event.check(&structured, &holder, Some(self.anchors))?;
        }
        if !is_of(signed, decided.seen) {
            return Err(Fault::OtherCards);
        }
        let record = StatementRecord {
            text: statement.text.clone(),
            signature: possession.signature,
            certificate: CertificateDigest(digest),
            nonce: Some(statement.nonce.clone()),
            origin: Some(signed.origin.clone()),
            structured: statement.structured.clone(),
        };
        Ok(SignedStatement::proven(record, decided.nonce))
    }
}

/// Whether a statement is of exactly these cards, as they were seen.
fn is_of(signed: &StatementV2, seen: &[SeenCard]) -> bool {
    signed.cards.len() == seen.len()
        && signed.cards.iter().zip(seen).all(|(signed, seen)| {
            signed.card == seen.card
                && signed.state_before == seen.before
                && signed.state_version == seen.version
        })
}
