//! What is kept of a proposal until it is signed, so that what is done is
//! exactly what was shown.

use card_domain::{Action, CardId, Cause, EventAct};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::statement::Content;
use crate::{
    signed_statement::SeenCard,
    storage::{MadeCard, NonceKind},
};

/// What is to be done once it is signed; each kind of proposal has its own.
pub(crate) trait Payload: Serialize + DeserializeOwned + Send + Sync {
    /// The kind of the nonce: a statement of one kind is void as another.
    const KIND: NonceKind;
    /// The act of the event that refuses what no proposal is known for.
    const REFUSED_UNKNOWN: EventAct;
    /// What the event of a refusal says before the reason.
    const NOT_DONE: &'static str;

    /// The act that is signed for.
    fn action(&self) -> Action;

    /// Why, where the act has a cause.
    fn cause(&self) -> Option<&Cause> {
        None
    }

    /// When it ends by itself, where it does.
    fn until(&self) -> Option<Timestamp> {
        None
    }

    /// The cards that it is about, as they were seen.
    fn seen(&self) -> &[SeenCard];

    /// The card that it is about, if it is one.
    fn card(&self) -> Option<CardId> {
        match self.seen() {
            [only] => Some(only.card),
            _ => None,
        }
    }
}

/// A proposal that waits for its signature, under its nonce.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredProposal<P> {
    pub(super) content: Content,
    pub(super) payload: P,
}

impl<P: Payload> StoredProposal<P> {
    /// The form in the store.
    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads the form in the store.
    pub(super) fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}

impl From<&MadeCard> for SeenCard {
    fn from(record: &MadeCard) -> Self {
        Self {
            card: record.id,
            before: record.state,
            version: record.version,
        }
    }
}
