//! What else stands in an event, and whose events are asked for.

use serde::{Deserialize, Serialize};

use crate::CardId;

/// From where a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// The client's IP address; empty for what the command line does.
    pub address: String,
    /// The name of the terminal, where there is one.
    pub terminal: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The request's id.
    pub request_id: String,
}

/// Whose events a timeline has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineOf {
    /// All of the enterprise.
    Everything,
    /// What was done to one card of the enterprise, its logins included.
    Card(CardId),
    /// What the legal person did: acts, logins, exports.
    LegalPerson,
}
