//! The legal person's signature under an event, checked again long after: the
//! certificate whose digest stands in the event, a trusted CA above it, the very
//! message that the card signed then, and who that was (`signer`).

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::Validity;
use card_protocol::statement::Statement;
use jiff::Timestamp;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::{
    body::Body,
    certificate::{CardCertificate, TrustAnchors, is_signed_by},
    digest::sha256,
    facts::EventFacts,
    leaf::Leaf,
    operation,
    signer::{Holder, SignatureFault, SignedEvent, SignerProof},
    structured::Structured,
    tree::Hash,
};

/// A certificate that was looked at.
struct Known {
    key: VerifyingKey,
    validity: Validity,
    holder: Holder,
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
    ) -> Result<Checked, SignatureFault> {
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
        let statement = Statement {
            nonce: nonce.to_owned(),
            text: text.to_owned(),
            structured: structured.to_owned(),
        };
        let signature = Signature::from_slice(signature).map_err(|_form| SignatureFault::Bad)?;
        if !is_signed_by(&known.key, &statement.message(origin), &signature) {
            return Err(SignatureFault::Bad);
        }
        let signed = Structured::read(structured).map_err(|_form| SignatureFault::UnknownForm)?;
        // What an operation does, it may do long after it was signed.
        let signed_at = if operation::is_end(leaf.act) {
            signed.proposed_at().unwrap_or(at)
        } else {
            at
        };
        let validity = &known.validity;
        if signed_at < validity.not_before || signed_at.as_second() > validity.not_after.as_second()
        {
            return Err(SignatureFault::Certificate);
        }
        let event = SignedEvent {
            act: leaf.act,
            at,
            enterprise: leaf.enterprise,
            actor: leaf.actor,
            target: leaf.target,
            nonce,
            origin,
            certificate: &digest,
        };
        Ok(Checked {
            signer: event.check(&signed, &known.holder, anchors)?,
            is_old_form: matches!(signed, Structured::V1(_)),
        })
    }
}

/// A signature that is good.
pub struct Checked {
    /// How far it is proven who signed.
    pub signer: SignerProof,
    /// Whether the statement is of version 1, which named no signer.
    pub is_old_form: bool,
}

/// The key of a certificate that is fit for a card.
fn look_at(der: &[u8], anchors: Option<&TrustAnchors>) -> Option<Known> {
    let certificate = CardCertificate::from_der(der).ok()?;
    if let Some(anchors) = anchors {
        // The time of each signature is compared by the caller.
        anchors.check_issued(&certificate).ok()?;
    }
    Some(Known {
        key: certificate.key,
        validity: certificate.validity,
        holder: Holder::from(&certificate),
    })
}

/// What of a signed act can happen once: its nonce for one card, done.
pub(crate) fn once(leaf: &Leaf<'_>, body: &Body<'_>) -> Option<Hash> {
    (leaf.outcome == "done")
        .then(|| of_act(leaf, body, leaf.act))
        .flatten()
}

/// The same of the beginning of the operation that an event goes on with; `None`
/// where it is no such event.
pub(crate) fn beginning(leaf: &Leaf<'_>, body: &Body<'_>) -> Option<Hash> {
    operation::beginning_of(leaf.act).and_then(|begins| of_act(leaf, body, begins))
}

/// The same of what was left out of an act on several cards: it is not done later either.
pub(crate) fn left_out(leaf: &Leaf<'_>, body: &Body<'_>) -> Option<Hash> {
    if leaf.outcome != "refused" {
        return None;
    }
    let nonce = EventFacts::read(body.facts).left_out_of?;
    of_nonce(leaf, &nonce, leaf.act)
}

fn of_act(leaf: &Leaf<'_>, body: &Body<'_>, act: &str) -> Option<Hash> {
    of_nonce(leaf, body.nonce?, act)
}

fn of_nonce(leaf: &Leaf<'_>, nonce: &str, act: &str) -> Option<Hash> {
    let nonce = STANDARD.decode(nonce).ok()?;
    let target = leaf.target?;
    Some(sha256(
        &[nonce.as_slice(), target.as_bytes(), act.as_bytes()].concat(),
    ))
}
