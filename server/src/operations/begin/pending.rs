//! What the legal person signs before an operation begins: the cards as they
//! were seen, and the statement over them. It waits for its signature under a
//! nonce.

use app::text::statement;
use card_domain::{Action, CardId, CardState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    service::{Actor, ServiceError},
    storage::CardRecord,
};

/// A proposal that waits for its signature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    pub(super) action: Action,
    pub(super) cards: Vec<PendingCard>,
    pub(super) text: String,
    pub(super) structured: String,
}

/// A card of it, as it was seen.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PendingCard {
    pub(super) card: CardId,
    pub(super) before: CardState,
    pub(super) version: i64,
}

/// The structured form under the signature. The order of the fields is the
/// order in the JSON; both only ever grow, with a new `version`.
#[derive(Serialize)]
struct Structured<'a> {
    version: u8,
    act: Action,
    cards: Vec<StructuredCard<'a>>,
    enterprise: &'a str,
    proposed_at: Timestamp,
}

#[derive(Serialize)]
struct StructuredCard<'a> {
    card: CardId,
    card_no: &'a str,
    operator_no: &'a str,
    state_before: CardState,
    state_version: i64,
}

/// The proposal over these cards.
pub(super) fn pending(
    actor: &Actor,
    cards: &[CardRecord],
    action: Action,
    now: Timestamp,
) -> Result<Pending, ServiceError> {
    let mut facts = Vec::with_capacity(cards.len());
    let mut structured = Vec::with_capacity(cards.len());
    for record in cards {
        let card_no = record
            .chip
            .as_ref()
            .map(|chip| chip.card_no.0.as_str())
            .ok_or(ServiceError::Inconsistent("an issued card has no number"))?;
        let operator_no = record
            .holder
            .operator_no()
            .map(|number| number.0.as_str())
            .ok_or(ServiceError::Inconsistent("an operator has no number"))?;
        facts.push(statement::StatementFields {
            action,
            card_no,
            operator_no,
            holder_name: &record.holder_name,
            enterprise_name: &actor.enterprise_name,
            enterprise_code: &actor.enterprise_code,
            at: now,
        });
        structured.push(StructuredCard {
            card: record.id,
            card_no,
            operator_no,
            state_before: record.state,
            state_version: record.version,
        });
    }
    let text = match facts.as_slice() {
        [one] => statement::text(one),
        many => statement::text_of_many(many),
    };
    let structured = Structured {
        version: 1,
        act: action,
        cards: structured,
        enterprise: &actor.enterprise_code,
        proposed_at: now,
    };
    Ok(Pending {
        action,
        cards: cards
            .iter()
            .map(|record| PendingCard {
                card: record.id,
                before: record.state,
                version: record.version,
            })
            .collect(),
        text,
        structured: serde_json::to_string(&structured)?,
    })
}
