//! The business says no: why an act on a card can't be done. The sentences
//! that a person reads are made from it in `app::text`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Action, StateName};

/// Why [`crate::transition`] refused an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No card was made for this operator yet.
    #[error("{action:?} needs a card, and none was issued yet")]
    NotIssuedYet {
        /// What was asked for.
        action: Action,
    },
    /// The card exists already.
    #[error("the card was issued already and is {state:?}")]
    AlreadyIssued {
        /// The state it is in.
        state: StateName,
    },
    /// The act would lead to the state in which the card is already.
    #[error("the card is {state:?} already")]
    AlreadyThere {
        /// The state it is in.
        state: StateName,
    },
    /// The act needs another state; `undo_with` names the act that leads there.
    #[error("{action:?} is not possible while the card is {state:?}")]
    WrongState {
        /// What was asked for.
        action: Action,
        /// The state the card is in.
        state: StateName,
        /// The act that has to come first, where one helps.
        undo_with: Option<Action>,
    },
    /// The card was cancelled for good.
    #[error("the card was cancelled for good")]
    Cancelled,
}
