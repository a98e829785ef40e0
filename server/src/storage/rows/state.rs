//! A card's state in six columns: its name, since when and until when, and for a lost
//! card where it came from, and since when and until when that was.

use card_domain::{BeforeLoss, CardState, StateName};
use jiff::Timestamp;

use crate::storage::{StoreError, error::corrupt, row::Row};

/// The columns of [`state`], of `cards AS c`.
macro_rules! state_columns {
    () => {
        "c.state AS card_state, c.state_since, c.state_until, c.lost_from, \
         c.lost_from_since, c.lost_from_until"
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
    /// When it ends by itself, of a card that is frozen for a time.
    pub(in crate::storage) until: Option<Timestamp>,
    /// The stable name of the state before the loss, of a lost card.
    pub(in crate::storage) lost_from: Option<&'static str>,
    /// Since when it was frozen, of a card that was lost while frozen.
    pub(in crate::storage) lost_from_since: Option<Timestamp>,
    /// When that would have ended by itself.
    pub(in crate::storage) lost_from_until: Option<Timestamp>,
}

impl From<CardState> for StateColumns {
    fn from(state: CardState) -> Self {
        let (lost_from, lost_from_since, lost_from_until) = match state {
            CardState::Lost { from, .. } => match from {
                BeforeLoss::Normal => (Some(StateName::Normal.name()), None, None),
                BeforeLoss::Frozen { since, until } => {
                    (Some(StateName::Frozen.name()), Some(since), until)
                }
            },
            _ => (None, None, None),
        };
        Self {
            state: state.name().name(),
            since: state.since(),
            until: state.until(),
            lost_from,
            lost_from_since,
            lost_from_until,
        }
    }
}

/// Reads the state of a card.
pub(in crate::storage) fn state(row: &Row) -> Result<CardState, StoreError> {
    let since = || row.get("state_since");
    Ok(match row.get("card_state")? {
        StateName::NotIssued => CardState::NotIssued,
        StateName::Normal => CardState::Normal,
        StateName::Frozen => CardState::Frozen {
            since: since()?,
            until: row.optional("state_until")?,
        },
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
            until: row.optional("lost_from_until")?,
        }),
        _ => Err(corrupt("lost_from")),
    }
}
