//! A card's state in four columns: its name, since when, and for a lost card
//! where it came from and since when.

use card_domain::{BeforeLoss, CardState, StateName};
use jiff::Timestamp;

use crate::storage::{StoreError, error::corrupt, row::Row};

/// The columns of [`state`], of `cards AS c`.
macro_rules! state_columns {
    () => {
        "c.state AS card_state, c.state_since, c.lost_from, c.lost_from_since"
    };
}
pub(in crate::storage) use state_columns;

/// A state as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storage) struct StateColumns {
    /// The state's stable name.
    pub(in crate::storage) state: &'static str,
    /// Since when the card is in it, of a state that has a beginning.
    pub(in crate::storage) since: Option<Timestamp>,
    /// The stable name of the state before the loss, of a lost card.
    pub(in crate::storage) lost_from: Option<&'static str>,
    /// Since when it was frozen, of a card that was lost while frozen.
    pub(in crate::storage) lost_from_since: Option<Timestamp>,
}

impl From<CardState> for StateColumns {
    fn from(state: CardState) -> Self {
        let (lost_from, lost_from_since) = match state {
            CardState::Lost { from, .. } => match from {
                BeforeLoss::Normal => (Some(StateName::Normal.name()), None),
                BeforeLoss::Frozen { since } => (Some(StateName::Frozen.name()), Some(since)),
            },
            _ => (None, None),
        };
        Self {
            state: state.name().name(),
            since: state.since(),
            lost_from,
            lost_from_since,
        }
    }
}

/// Reads the state of a card.
pub(in crate::storage) fn state(row: &Row) -> Result<CardState, StoreError> {
    let since = || row.get("state_since");
    Ok(match row.get("card_state")? {
        StateName::NotIssued => CardState::NotIssued,
        StateName::Normal => CardState::Normal,
        StateName::Frozen => CardState::Frozen { since: since()? },
        StateName::Cancelled => CardState::Cancelled { since: since()? },
        StateName::Lost => CardState::Lost {
            from: before_loss(row)?,
            since: since()?,
        },
    })
}

fn before_loss(row: &Row) -> Result<BeforeLoss, StoreError> {
    match row.get("lost_from")? {
        StateName::Normal => Ok(BeforeLoss::Normal),
        StateName::Frozen => Ok(BeforeLoss::Frozen {
            since: row.get("lost_from_since")?,
        }),
        _ => Err(corrupt("lost_from")),
    }
}
