//! What is said and done when a card is inserted at any page.

use card_domain::{Action, StateName};
use card_protocol::program::SignedProgram;
use serde::{Deserialize, Serialize};

use super::{Doing, FoundCard, Problem};
use crate::api::model::CertificateView;

/// The answer to `card_seen` and `heal_next`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReply {
    /// What is in the reader; only for a legal person who is logged in.
    pub found: Option<FoundCard>,
    /// What is to be done with it.
    pub healing: Healing,
}

/// What is to be done about something unfinished on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Healing {
    /// Nothing is unfinished.
    None,
    /// Have the bridge run this, and tell `heal_next` what came of it. Ask the
    /// person to leave the card in.
    Run {
        /// What `heal_next` takes with the outcome: good for this report alone.
        token: String,
        /// The program.
        program: SignedProgram,
        /// What is being done.
        doing: Doing,
    },
    /// It is done: say what happened.
    Healed {
        /// What.
        what: Healed,
    },
    /// Something is unfinished that can't be done here and now.
    Pending {
        /// Of which act.
        action: Action,
        /// Why.
        why: PendingReason,
    },
}

/// What became of an unfinished operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Healed {
    /// It was completed.
    Completed {
        /// 延期 or 解锁.
        action: Action,
        /// The certificate that is good now.
        certificate: Option<CertificateView>,
        /// What is not as it should be all the same.
        problem: Option<Problem>,
    },
    /// It was rolled back: the card is as it was before.
    RolledBack {
        /// 延期 or 解锁.
        action: Action,
        /// The certificate that is good now.
        certificate: Option<CertificateView>,
    },
}

/// Why an unfinished operation stays so for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingReason {
    /// The legal person's page goes on with it, as long as its ticket lives.
    WaitsForLegalPerson {
        /// So many seconds at most. After them any insertion completes it.
        seconds: u32,
    },
    /// The card's state does not allow writing.
    CardState(StateName),
    /// The card was pulled, or did not do what it should. Insert it again.
    TryAgain,
    /// The card could not prove that it is the one.
    NotGenuine,
}
