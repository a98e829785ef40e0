//! The legal person's signature under an event, checked again long after: the
//! certificate whose digest stands in the event, a trusted CA above it, and the very
//! message that the card signed then.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::Validity;
use card_protocol::statement::Statement;
use jiff::Timestamp;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

use crate::{
    body::Body,
    certificate::{CardCertificate, TrustAnchors},
    digest::sha256,
    leaf::Leaf,
    tree::Hash,
};

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureFault {
    /// Nonce and origin were not kept: it can't be checked.
    #[error("it was signed before nonce and origin were kept")]
    NotKept,
    /// It does not fit the statement.
    #[error("the signature does not fit the statement")]
    Bad,
    /// The certificate is none, or no trusted CA issued it, or not for then.
    #[error("no trusted CA issued its certificate for that time")]
    Certificate,
    /// The certificate is another card's than the actor's.
    #[error("its certificate is another card's")]
    OtherCard,
    /// What was signed is another act, or another card.
    #[error("what was signed is another act or another card")]
    OtherAct,
}

/// A certificate that was looked at.
struct Known {
    point: Vec<u8>,
    validity: Validity,
}

/// Checks signatures; each certificate is looked at once.
#[derive(Default)]
pub struct StatementCheck {
    known: HashMap<Hash, Option<Known>>,
}

impl StatementCheck {
    /// Checks the signature of an event that has one. `der` is what is kept as
    /// its certificate; without `anchors` it is not asked who issued it.
    ///
    /// # Errors
    ///
    /// [`SignatureFault`]
    pub fn check(
        &mut self,
        leaf: &Leaf<'_>,
        body: &Body<'_>,
        der: Option<&[u8]>,
        anchors: Option<&TrustAnchors>,
    ) -> Result<(), SignatureFault> {
        let (Some(text), Some(structured), Some(signature), Some(digest)) = (
            body.statement,
            body.structured,
            body.signature,
            body.certificate,
        ) else {
            return Err(SignatureFault::Bad);
        };
        let (Some(nonce), Some(origin)) = (body.nonce, body.origin) else {
            return Err(SignatureFault::NotKept);
        };
        let known = self
            .known
            .entry(digest)
            .or_insert_with(|| {
                // The leaf has the digest: another certificate is none.
                let der = der.filter(|der| sha256(der) == digest)?;
                look_at(der, anchors)
            })
            .as_ref()
            .ok_or(SignatureFault::Certificate)?;
        let at = Timestamp::from_microsecond(leaf.at).map_err(|_range| SignatureFault::Bad)?;
        if at < known.validity.not_before || at.as_second() > known.validity.not_after.as_second() {
            return Err(SignatureFault::Certificate);
        }
        let statement = Statement {
            nonce: nonce.to_owned(),
            text: text.to_owned(),
            structured: structured.to_owned(),
        };
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &known.point)
            .verify(&statement.message(origin), signature)
            .map_err(|_unspecified| SignatureFault::Bad)?;
        if fits(leaf, structured) {
            Ok(())
        } else {
            Err(SignatureFault::OtherAct)
        }
    }
}

/// The key of a certificate that is fit for a card.
fn look_at(der: &[u8], anchors: Option<&TrustAnchors>) -> Option<Known> {
    let certificate = CardCertificate::from_der(der).ok()?;
    if let Some(anchors) = anchors {
        // The time of each signature is compared by the caller.
        let within = certificate.validity.not_before;
        anchors.check(&certificate, within).ok()?;
    }
    Some(Known {
        point: certificate.key.to_sec1_point(false).as_bytes().to_vec(),
        validity: certificate.validity,
    })
}

/// What of a structured statement says for which event it is.
#[derive(Deserialize)]
struct Signed {
    act: String,
    card: Option<Uuid>,
    #[serde(default)]
    cards: Vec<SignedCard>,
}

#[derive(Deserialize)]
struct SignedCard {
    card: Uuid,
}

/// Whether what was signed is this act on this card: a true signature must
/// not stand under another event.
fn fits(leaf: &Leaf<'_>, structured: &str) -> bool {
    let (Ok(signed), Some(target)) = (serde_json::from_str::<Signed>(structured), leaf.target)
    else {
        return false;
    };
    let act = leaf.act.strip_suffix("_begin").unwrap_or(leaf.act);
    let names_card =
        signed.card == Some(target) || signed.cards.iter().any(|card| card.card == target);
    signed.act == act && names_card
}

/// What of a signed act can happen once: its nonce for one card, done.
pub(crate) fn once(leaf: &Leaf<'_>, body: &Body<'_>) -> Option<Hash> {
    let nonce = STANDARD.decode(body.nonce?).ok()?;
    let target = leaf.target?;
    (leaf.outcome == "done")
        .then(|| sha256(&[nonce.as_slice(), target.as_bytes(), leaf.act.as_bytes()].concat()))
}
