//! The lifecycle: one total function from state and action to the next state
//! or the reason why not. Its whole table is printed into
//! `docs/lifecycle.md` and tested pair by pair.

use jiff::Timestamp;

use crate::{Action, BeforeLoss, CardState, Refusal, StateName};

/// What `action` makes of a card in `state` at the time `now`. A freeze that ended by
/// then counts for nothing.
///
/// # Errors
///
/// A [`Refusal`] that says what is wrong and which act has to come first.
pub fn transition(state: CardState, action: Action, now: Timestamp) -> Result<CardState, Refusal> {
    freeze_until(state, action, None, now)
}

/// The same of a 冻结 that ends by itself, at `until`. Other acts have no end.
///
/// # Errors
///
/// Those of [`transition`].
pub fn freeze_until(
    state: CardState,
    action: Action,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<CardState, Refusal> {
    use Action as A;
    use CardState as S;

    match (state.at(now), action) {
        (S::NotIssued, A::Issue)
        | (S::Normal, A::Renew | A::Unlock)
        | (S::Frozen { .. }, A::Unfreeze) => Ok(S::Normal),
        (S::Normal, A::Freeze) => Ok(S::Frozen { since: now, until }),
        (S::Normal, A::ReportLoss) => Ok(S::Lost {
            from: BeforeLoss::Normal,
            since: now,
        }),
        (S::Frozen { since, until }, A::ReportLoss) => Ok(S::Lost {
            from: BeforeLoss::Frozen { since, until },
            since: now,
        }),
        (S::Lost { from, .. }, A::CancelLoss) => Ok(match from {
            BeforeLoss::Normal => S::Normal,
            BeforeLoss::Frozen { since, until } => S::Frozen { since, until },
        }),
        (S::Cancelled { .. }, _) => Err(Refusal::Cancelled),
        (_, A::Cancel) => Ok(S::Cancelled { since: now }),
        (S::NotIssued, _) => Err(Refusal::NotIssuedYet { action }),
        (_, A::Issue) => Err(Refusal::AlreadyIssued {
            state: state.at(now).name(),
        }),
        (S::Lost { .. }, A::ReportLoss) | (S::Frozen { .. }, A::Freeze) => {
            Err(Refusal::AlreadyThere {
                state: state.at(now).name(),
            })
        }
        (S::Normal, A::CancelLoss | A::Unfreeze)
        | (S::Frozen { .. }, A::CancelLoss | A::Renew | A::Unlock)
        | (S::Lost { .. }, A::Freeze | A::Unfreeze | A::Renew | A::Unlock) => {
            Err(Refusal::WrongState {
                action,
                state: state.at(now).name(),
                undo_with: way_out(state, action),
            })
        }
    }
}

/// Whether `action` can be done to a card whose state is `state` now.
#[must_use]
pub fn is_possible(state: CardState, action: Action) -> bool {
    // No freeze had its end by then.
    transition(state, action, Timestamp::MIN).is_ok()
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
