//! What a timeline, and a download of it, is asked for.

use card_domain::{EventAct, EventOutcome, TimelineOf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::model::Cursor;

/// What a timeline is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// Whose events.
    pub of: TimelineOf,
    /// Only this act.
    pub act: Option<EventAct>,
    /// Only this outcome.
    pub outcome: Option<EventOutcome>,
    /// From this time on.
    #[serde(with = "card_domain::micros::optional")]
    pub from: Option<Timestamp>,
    /// Before this time.
    #[serde(with = "card_domain::micros::optional")]
    pub to: Option<Timestamp>,
    /// Where the page begins; the newest events when absent.
    pub cursor: Option<Cursor>,
}

impl HistoryQuery {
    /// Everything about somebody, the newest first.
    #[must_use]
    pub const fn about(of: TimelineOf) -> Self {
        Self {
            of,
            act: None,
            outcome: None,
            from: None,
            to: None,
            cursor: None,
        }
    }

    /// The address that downloads all that this query finds, cursor or not.
    #[must_use]
    pub fn export_address(&self, export: Export) -> String {
        let mut address = format!("/export/{}", export.file());
        let mut separator = '?';
        let mut add = |name: &str, value: &str| {
            address.push(separator);
            address.push_str(name);
            address.push('=');
            address.push_str(value);
            separator = '&';
        };
        match self.of {
            TimelineOf::Everything => {}
            TimelineOf::Card(card) => add("card", &card.to_string()),
            TimelineOf::LegalPerson => add("of", "legal_person"),
        }
        if let Some(act) = self.act {
            add("act", act.name());
        }
        if let Some(outcome) = self.outcome {
            add("outcome", outcome.name());
        }
        for (name, time) in [("from", self.from), ("to", self.to)] {
            if let Some(time) = time {
                add(name, &time.as_microsecond().to_string());
            }
        }
        address
    }
}

/// What can be downloaded. A plain link does it: the response is streamed, and
/// its header `x-total-rows` says how many events will follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// A table for people: CSV.
    Csv,
    /// The proof: verifies offline with `server audit verify --export FILE`.
    Proof,
}

impl Export {
    /// The last part of the address.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Csv => "events.csv",
            Self::Proof => "events.proof",
        }
    }
}
