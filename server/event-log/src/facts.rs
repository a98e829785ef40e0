//! What a machine reads of an event: the states around it, the certificates
//! of 延期, the operation that it belongs to. JSON in the event's body, so it
//! is under the event's leaf like everything else.

use std::collections::BTreeMap;

use card_domain::{CardState, Reason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::card_facts::{CardFacts, EnterpriseNames};

/// The facts; what is absent is not known or does not apply. It only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventFacts {
    /// The card's state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<CardState>,
    /// The card's state after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<CardState>,
    /// The serial number of the certificate that was good before, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_before: Option<String>,
    /// The serial number of the one that is good after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_after: Option<String>,
    /// The operation of the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Uuid>,
    /// Healing wrote it: when the operation's card was inserted next, after it had
    /// been interrupted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub healed: bool,
    /// Why it was refused or not finished, where the refusal was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The card that logged in holds a superseded certificate over its key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub holds_superseded: bool,
    /// How much was refused within an hour before anything was proven: by the
    /// code of the act, then by that of the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unproven: BTreeMap<String, BTreeMap<String, u64>>,
    /// What decides about the card after it: of each event that changes that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<CardFacts>,
    /// How the enterprise is named that was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<EnterpriseNames>,
    /// The event of the 冻结 that had its end, whose statement says when that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<i64>,
    /// The nonce (base64, as in the message) of a statement that is over the card, too, and
    /// under which others were changed while this one was left as it was: it never will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out_of: Option<String>,
    /// What was exported, as a person filtered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
}

impl EventFacts {
    /// The facts of a refusal, or of what could not be finished.
    #[must_use]
    pub fn because(reason: Reason) -> Self {
        Self {
            reason: Some(reason),
            ..Self::default()
        }
    }

    /// The JSON for an event.
    ///
    /// # Errors
    ///
    /// Never in practice: every field has a form in JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The facts of an event; none when there are none, or none that this
    /// version can read.
    #[must_use]
    pub fn read(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nonsense_is_nothing() {
        let facts = EventFacts {
            before: Some(CardState::Normal),
            serial_after: Some(String::from("0a")),
            ..EventFacts::default()
        };
        let json = facts.to_json().unwrap();
        assert_eq!(json, r#"{"before":{"name":"normal"},"serial_after":"0a"}"#);
        assert_eq!(EventFacts::read(Some(&json)), facts);
        assert_eq!(EventFacts::read(Some("[")), EventFacts::default());
        assert_eq!(EventFacts::read(None), EventFacts::default());
    }
}
