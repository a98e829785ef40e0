//! A card's state in four columns: its name, since when, and for a lost card
//! where it came from and since when.

use card_domain::{BeforeLoss, CardState, StateName};
use jiff::Timestamp;

use super::named;
use crate::storage::{
    StoreError,
    error::corrupt,
    sql::{Columns, needed},
};

/// A state as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storage) struct StateColumns {
    pub(in crate::storage) state: &'static str,
    pub(in crate::storage) since: Option<Timestamp>,
    pub(in crate::storage) lost_from: Option<&'static str>,
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

/// Reads the four columns from `first` on.
pub(in crate::storage) fn state(row: &impl Columns, first: usize) -> Result<CardState, StoreError> {
    let name = needed(row.text(first)?, "cards.state")?;
    let since = || needed(row.time(first + 1)?, "cards.state_since");
    Ok(match named(&name, StateName::from_name, "cards.state")? {
        StateName::NotIssued => CardState::NotIssued,
        StateName::Normal => CardState::Normal,
        StateName::Frozen => CardState::Frozen { since: since()? },
        StateName::Cancelled => CardState::Cancelled { since: since()? },
        StateName::Lost => CardState::Lost {
            from: before_loss(row, first + 2)?,
            since: since()?,
        },
    })
}

fn before_loss(row: &impl Columns, first: usize) -> Result<BeforeLoss, StoreError> {
    let name = needed(row.text(first)?, "cards.lost_from")?;
    match StateName::from_name(&name) {
        Some(StateName::Normal) => Ok(BeforeLoss::Normal),
        Some(StateName::Frozen) => Ok(BeforeLoss::Frozen {
            since: needed(row.time(first + 1)?, "cards.lost_from_since")?,
        }),
        _ => Err(corrupt("cards.lost_from")),
    }
}
