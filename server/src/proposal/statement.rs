//! What the legal-person card signs: the sentence that is read and its
//! structured form, for an act on one card and for operations on several. Version 1
//! of the structured form names the enterprise and not the signer; the next
//! version, with signer, instance, nonce and origin inside, is made here and
//! nowhere else.

use app::text::statement::{self, StatementFields};
use card_domain::{Action, CardId, CardState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{context::Actor, service::ServiceError, storage::CardRecord};

/// The version of the structured form.
const VERSION: u8 = 1;

/// What is signed, but for the nonce.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// The sentence.
    pub(super) text: String,
    /// The structured form, to the byte.
    pub(super) structured: String,
}

/// The structured form of an act. The order of the fields is the order in the
/// JSON; both forms only ever grow, with a new `version`.
#[derive(Serialize)]
struct StructuredAct<'a> {
    version: u8,
    act: Action,
    card: CardId,
    card_no: &'a str,
    operator_no: &'a str,
    enterprise: &'a str,
    state_before: CardState,
    state_version: i64,
    proposed_at: Timestamp,
}

/// The structured form of operations.
#[derive(Serialize)]
struct StructuredOperations<'a> {
    version: u8,
    act: Action,
    cards: Vec<StructuredCard<'a>>,
    enterprise: &'a str,
    proposed_at: Timestamp,
}

/// A card in it.
#[derive(Serialize)]
struct StructuredCard<'a> {
    card: CardId,
    card_no: &'a str,
    operator_no: &'a str,
    state_before: CardState,
    state_version: i64,
}

impl<'a> StructuredCard<'a> {
    fn new(record: &'a CardRecord) -> Result<Self, ServiceError> {
        let chip = record.chip.as_ref();
        let operator_no = record.holder.operator_no();
        Ok(Self {
            card: record.id,
            card_no: chip
                .map(|chip| chip.card_no.0.as_str())
                .ok_or(ServiceError::Inconsistent("an issued card has no number"))?,
            operator_no: operator_no
                .map(|number| number.0.as_str())
                .ok_or(ServiceError::Inconsistent("an operator has no number"))?,
            state_before: record.state,
            state_version: record.version,
        })
    }
}

/// Who proposes what, and when.
#[derive(Clone, Copy)]
pub(crate) struct Proposer<'a> {
    /// The legal person.
    pub(crate) actor: &'a Actor,
    /// The act.
    pub(crate) action: Action,
    /// When.
    pub(crate) now: Timestamp,
}

impl<'a> Proposer<'a> {
    /// The statement of an act on one card.
    pub(crate) fn act(self, record: &CardRecord) -> Result<Content, ServiceError> {
        let card = StructuredCard::new(record)?;
        Ok(Content {
            text: statement::text(&self.fields(record, &card)),
            structured: serde_json::to_string(&StructuredAct {
                version: VERSION,
                act: self.action,
                card: card.card,
                card_no: card.card_no,
                operator_no: card.operator_no,
                enterprise: &self.actor.enterprise_code,
                state_before: card.state_before,
                state_version: card.state_version,
                proposed_at: self.now,
            })?,
        })
    }

    /// The statement of operations on cards: one for all of them.
    pub(crate) fn operations(self, records: &[CardRecord]) -> Result<Content, ServiceError> {
        let cards = records.iter().map(StructuredCard::new);
        let cards = cards.collect::<Result<Vec<_>, _>>()?;
        let fields: Vec<_> = records
            .iter()
            .zip(&cards)
            .map(|(record, card)| self.fields(record, card))
            .collect();
        let text = match fields.as_slice() {
            [one] => statement::text(one),
            many => statement::text_of_many(many),
        };
        Ok(Content {
            text,
            structured: serde_json::to_string(&StructuredOperations {
                version: VERSION,
                act: self.action,
                cards,
                enterprise: &self.actor.enterprise_code,
                proposed_at: self.now,
            })?,
        })
    }

    fn fields<'b>(self, record: &'b CardRecord, card: &StructuredCard<'b>) -> StatementFields<'b>
    where
        'a: 'b,
    {
        StatementFields {
            action: self.action,
            card_no: card.card_no,
            operator_no: card.operator_no,
            holder_name: &record.holder_name,
            enterprise_name: &self.actor.enterprise_name,
            enterprise_code: &self.actor.enterprise_code,
            at: self.now,
        }
    }
}
