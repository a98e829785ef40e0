//! What was proposed: kept with its nonce until it is signed, so that what is
//! done is exactly what was shown.

use app::text::statement::{self, StatementFields};
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
    pub(super) card: CardId,
    pub(super) action: Action,
    pub(super) before: CardState,
    pub(super) version: i64,
    pub(super) text: String,
    pub(super) structured: String,
}

/// The structured form under the signature. The order of the fields is the
/// order in the JSON; both only ever grow, with a new `version`.
#[derive(Serialize)]
struct Structured<'a> {
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

impl Pending {
    pub(super) fn new(
        actor: &Actor,
        record: &CardRecord,
        action: Action,
        now: Timestamp,
    ) -> Result<Self, ServiceError> {
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
        let structured = Structured {
            version: 1,
            act: action,
            card: record.id,
            card_no,
            operator_no,
            enterprise: &actor.enterprise_code,
            state_before: record.state,
            state_version: record.version,
            proposed_at: now,
        };
        Ok(Self {
            card: record.id,
            action,
            before: record.state,
            version: record.version,
            text: statement::text(&StatementFields {
                action,
                card_no,
                operator_no,
                holder_name: &record.holder_name,
                enterprise_name: &actor.enterprise_name,
                enterprise_code: &actor.enterprise_code,
                at: now,
            }),
            structured: serde_json::to_string(&structured)?,
        })
    }
}
