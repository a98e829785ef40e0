//! The lifecycle: one total function from state and action to the next state
//! or the reason why not. Its whole table is printed into
//! `docs/lifecycle.md` and tested pair by pair.

use jiff::Timestamp;

use crate::{Action, BeforeLoss, CardState, Refusal, StateName};

/// What `action` makes of a card in `state` at the time `now`.
///
/// # Errors
///
/// A [`Refusal`] that says what is wrong and which act has to come first.
pub const fn transition(
    state: CardState,
    action: Action,
    now: Timestamp,
) -> Result<CardState, Refusal> {
    use Action as A;
    use CardState as S;

    match (state, action) {
        (S::NotIssued, A::Issue)
        | (S::Normal, A::Renew | A::Unlock)
        | (S::Frozen { .. }, A::Unfreeze) => Ok(S::Normal),
        (S::Normal, A::Freeze) => Ok(S::Frozen { since: now }),
        (S::Normal, A::ReportLoss) => Ok(S::Lost {
            from: BeforeLoss::Normal,
            since: now,
        }),
        (S::Frozen { since }, A::ReportLoss) => Ok(S::Lost {
            from: BeforeLoss::Frozen { since },
            since: now,
        }),
        (S::Lost { from, .. }, A::CancelLoss) => Ok(match from {
            BeforeLoss::Normal => S::Normal,
            BeforeLoss::Frozen { since } => S::Frozen { since },
        }),
        (S::Cancelled { .. }, _) => Err(Refusal::Cancelled),
        (_, A::Cancel) => Ok(S::Cancelled { since: now }),
        (S::NotIssued, _) => Err(Refusal::NotIssuedYet { action }),
        (_, A::Issue) => Err(Refusal::AlreadyIssued {
            state: state.name(),
        }),
        (S::Lost { .. }, A::ReportLoss) | (S::Frozen { .. }, A::Freeze) => {
            Err(Refusal::AlreadyThere {
                state: state.name(),
            })
        }
        (S::Normal, A::CancelLoss | A::Unfreeze)
        | (S::Frozen { .. }, A::CancelLoss | A::Renew | A::Unlock)
        | (S::Lost { .. }, A::Freeze | A::Unfreeze | A::Renew | A::Unlock) => {
            Err(Refusal::WrongState {
                action,
                state: state.name(),
                undo_with: way_out(state, action),
            })
        }
    }
}

/// Whether `action` can be done to a card in `state`.
#[must_use]
pub const fn is_possible(state: CardState, action: Action) -> bool {
    // Since when a state lasts, decides nothing.
    transition(state, action, Timestamp::UNIX_EPOCH).is_ok()
}

/// The act that has to come before `action` can be done, where one helps.
const fn way_out(state: CardState, action: Action) -> Option<Action> {
    match (state.name(), action) {
        (StateName::Lost, _) => Some(Action::CancelLoss),
        (StateName::Frozen, Action::Renew | Action::Unlock) => Some(Action::Unfreeze),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
