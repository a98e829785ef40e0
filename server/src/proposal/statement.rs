//! What the legal-person card signs: the sentence that is read and its
//! structured form (`event_log::structured`), for one card or for several. Made here and
//! nowhere else.

use app::text::statement::{self, StatementFields};
use card_domain::{Action, Cause};
use card_protocol::{hex, legible::legible};
use event_log::{
    certificate::InstanceId,
    structured::{
        SignatureAlgorithm, SignedCard, SignedEnterprise, SignedSigner, StatementV2, VERSION,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{context::Actor, digest::sha256, service::ServiceError, storage::MadeCard};

/// What is signed, but for the nonce.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// The sentence that the legal person reads.
    pub(super) text: String,
    /// The structured form, to the byte.
    pub(super) structured: String,
}

/// Who proposes what, where and when.
#[derive(Clone, Copy)]
pub(super) struct Proposer<'a> {
    /// The legal person, as the session has it.
    pub(super) actor: &'a Actor,
    /// The legal person's card, as the register has it.
    pub(super) own: &'a MadeCard,
    /// Which installation this is.
    pub(super) instance: InstanceId,
    /// The origin of the page that asks.
    pub(super) origin: &'a str,
    /// The nonce of the proposal.
    pub(super) nonce: &'a str,
    /// What is to be done.
    pub(super) action: Action,
    /// Why, where that is said.
    pub(super) cause: Option<&'a Cause>,
    /// When it ends by itself, where it does.
    pub(super) until: Option<Timestamp>,
    /// When it is proposed; the statement says so.
    pub(super) now: Timestamp,
}

impl Proposer<'_> {
    /// The statement of an act on cards: one for all of them.
    pub(super) fn content(self, records: &[MadeCard]) -> Result<Content, ServiceError> {
        let cards = records.iter().map(signed_card);
        let cards = cards.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = records
            .iter()
            .map(|record| legible(&record.holder_name))
            .collect();
        let enterprise_name = legible(&self.actor.enterprise_name);
        let fields: Vec<_> = cards
            .iter()
            .zip(&names)
            .map(|(card, holder_name)| StatementFields {
                action: self.action,
                cause: self.cause,
                until: self.until,
                card_no: &card.card_no,
                operator_no: &card.operator_no,
                holder_name,
                enterprise_name: &enterprise_name,
                enterprise_code: &self.actor.enterprise_code,
                at: self.now,
            })
            .collect();
        let text = match fields.as_slice() {
            [one] => statement::text(one),
            many => statement::text_of_many(many),
        };
        let structured = StatementV2 {
            version: VERSION,
            act: self.action,
            cause: self.cause.cloned(),
            until: self.until,
            signer: self.signer()?,
            enterprise: SignedEnterprise {
                id: self.actor.enterprise,
                code: self.actor.enterprise_code.clone(),
            },
            instance: self.instance,
            nonce: self.nonce.to_owned(),
            origin: self.origin.to_owned(),
            time: self.now,
            algorithm: SignatureAlgorithm::Es256,
            cards,
        };
        Ok(Content {
            text,
            structured: serde_json::to_string(&structured)?,
        })
    }

    fn signer(&self) -> Result<SignedSigner, ServiceError> {
        let Some(certificate) = &self.own.certificate else {
            return Err(ServiceError::Inconsistent(
                "a session without a certificate",
            ));
        };
        Ok(SignedSigner {
            card: self.own.id,
            card_no: self.own.chip.card_no.0.clone(),
            role: self.own.holder.role(),
            certificate_sha256: hex::encode(&sha256(&certificate.der)),
        })
    }
}

fn signed_card(record: &MadeCard) -> Result<SignedCard, ServiceError> {
    let operator_no = record.holder.operator_no();
    Ok(SignedCard {
        card: record.id,
        card_no: record.chip.card_no.0.clone(),
        operator_no: operator_no
            .map(|number| number.0.clone())
            .ok_or(ServiceError::Inconsistent("an operator has no number"))?,
        state_before: record.state,
        state_version: record.version,
    })
}
