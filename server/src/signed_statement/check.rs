//! The check of a statement's signature, and of who signed. Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{Action, CardId, Cause, EnterpriseId};
use card_protocol::statement::{Statement, StatementSignature};
use event_log::{
    certificate::{CardCertificate, TrustAnchors, is_signed_by},
    signer::{Holder, SignedEvent},
    structured::{StatementV2, Structured},
};
use jiff::Timestamp;
use p256::ecdsa::Signature;

use super::{Fault, SeenCard, SignedParts, SignedStatement};
use crate::{config::Origin, digest::sha256};

/// Who has to have signed, and for which origins it counts.
pub(crate) struct Signer<'a> {
    /// The CAs that are trusted.
    pub(crate) anchors: &'a TrustAnchors,
    /// Our own origins.
    pub(crate) origins: &'a [Origin],
    /// The enterprise of the session.
    pub(crate) enterprise: EnterpriseId,
    /// The legal-person card of the session.
    pub(crate) card: CardId,
    /// The confirmed certificate of that card, DER.
    pub(crate) confirmed: &'a [u8],
}

/// What was proposed, as it was kept: it is done once it is signed.
#[derive(Clone, Copy)]
pub(crate) struct Proposed<'a> {
    /// What would be done to the cards.
    pub(crate) action: Action,
    /// Why.
    pub(crate) cause: Option<&'a Cause>,
    /// When it ends by itself.
    pub(crate) until: Option<Timestamp>,
    /// The cards, as they were then.
    pub(crate) seen: &'a [SeenCard],
    /// The sentence that was shown.
    pub(crate) text: &'a str,
    /// The structured form that goes with it.
    pub(crate) structured: &'a str,
    /// After this it is not done any more.
    pub(crate) expires_at: Timestamp,
}

/// The session's card signed something, for one of our origins.
struct Possession<'a> {
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
    fn possession(
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
                is_signed_by(&certificate.key, &message, &signature)
            })
            .ok_or(Fault::BadSignature)?;
        Ok(Possession {
            certificate,
            signature: bytes,
            origin,
        })
    }

    /// Whether the session's card signed exactly what was `proposed`, in time. What is
    /// kept names its origin: without it nobody could check the signature again. The
    /// register's word that the certificate is the legal person's does not suffice:
    /// certificate and statement have to say so.
    pub(crate) fn check(
        &self,
        now: Timestamp,
        proposed: Proposed<'_>,
        statement: &Statement,
        proof: &StatementSignature,
    ) -> Result<SignedStatement, Fault> {
        // Who signed comes first: a refusal before that names nobody.
        let possession = self.possession(now, statement, proof)?;
        if now > proposed.expires_at {
            return Err(Fault::TooOld);
        }
        if statement.text != proposed.text || statement.structured != proposed.structured {
            return Err(Fault::OtherStatement);
        }
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
        for seen in proposed.seen {
            let event = SignedEvent {
                act: proposed.action.name(),
                at: now,
                enterprise: Some(self.enterprise.0),
                actor: Some(self.card.0),
                target: Some(seen.card.0),
                nonce: &statement.nonce,
                origin: &signed.origin,
                certificate: &digest,
            };
            event.check(&structured, &holder, Some(self.anchors))?;
        }
        if !is_of(signed, proposed.seen) {
            return Err(Fault::OtherCards);
        }
        if signed.cause.as_ref() != proposed.cause {
            return Err(Fault::OtherCause);
        }
        if signed.until != proposed.until {
            return Err(Fault::OtherEnd);
        }
        Ok(SignedStatement {
            nonce_hash: sha256(statement.nonce.as_bytes()),
            parts: SignedParts {
                text: statement.text.clone(),
                structured: statement.structured.clone(),
                signature: possession.signature,
                certificate: digest,
                nonce: statement.nonce.clone(),
                origin: signed.origin.clone(),
            },
        })
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
