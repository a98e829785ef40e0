//! Operations on a card in the reader (延期, 解锁): the states that the journal
//! goes through and what leads from one to the next. Total and pure; the table
//! in `docs/lifecycle.md` is printed from [`advance`].

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Action;

/// Where an operation on a card is. The names in storage never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// The legal person signed for it; nothing was done to the card.
    Prepared,
    /// The new certificate exists and is on hold. Unlocking has none.
    Issued,
    /// The card said that it wrote.
    Written,
    /// What was read from the card is what was to be written.
    ReadBack,
    /// Register and card agree. Final.
    Confirmed,
    /// It will not be finished. Final.
    Abandoned,
}

/// What can happen to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationStep {
    /// A certificate was issued, on hold.
    Issue,
    /// The card answered 9000 to the last write.
    Write,
    /// What was read hashes to what was written.
    ReadBack,
    /// The register takes over what the card holds.
    Confirm,
    /// It is given up: by the person, or because nobody finished it.
    Abandon,
    /// An administrator gives it up, whatever the card may hold.
    GiveUp,
}

/// Whether a program that writes was handed out, so that the card may hold
/// what the register does not count as good yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteStatus {
    /// The card is as it was.
    Untouched,
    /// The card may have been written.
    MayBeWritten,
}

/// Why a step is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum StepRefusal {
    /// The operation is over.
    #[error("the operation is over")]
    Over,
    /// Another step has to come first, or this one was done already.
    #[error("the step is out of turn")]
    OutOfTurn,
    /// The act has no such step.
    #[error("the act has no such step")]
    NoSuchStep,
    /// The card may hold what was written: only its next insertion can tell.
    #[error("the card may have been written already")]
    CardMayHoldIt,
}

impl OperationState {
    /// Every state, in its order.
    pub const ALL: [Self; 6] = [
        Self::Prepared,
        Self::Issued,
        Self::Written,
        Self::ReadBack,
        Self::Confirmed,
        Self::Abandoned,
    ];

    /// The stable name on the wire and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Issued => "issued",
            Self::Written => "written",
            Self::ReadBack => "read_back",
            Self::Confirmed => "confirmed",
            Self::Abandoned => "abandoned",
        }
    }

    /// The state with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the operation still goes on: one such at most for each card.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Confirmed | Self::Abandoned)
    }
}

impl OperationStep {
    /// Every step.
    pub const ALL: [Self; 6] = [
        Self::Issue,
        Self::Write,
        Self::ReadBack,
        Self::Confirm,
        Self::Abandon,
        Self::GiveUp,
    ];

    /// The stable name, for the docs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Write => "write",
            Self::ReadBack => "read_back",
            Self::Confirm => "confirm",
            Self::Abandon => "abandon",
            Self::GiveUp => "give_up",
        }
    }
}

/// What `step` makes of an operation for `action` in `state`.
///
/// # Errors
///
/// A [`StepRefusal`].
pub const fn advance(
    action: Action,
    state: OperationState,
    step: OperationStep,
    card: WriteStatus,
) -> Result<OperationState, StepRefusal> {
    use OperationState as S;
    use OperationStep as T;

    let issues = match action {
        Action::Renew => true,
        Action::Unlock => false,
        _ => return Err(StepRefusal::NoSuchStep),
    };
    match (state, step) {
        (S::Confirmed | S::Abandoned, _) => Err(StepRefusal::Over),
        (_, T::GiveUp) => Ok(S::Abandoned),
        (S::Prepared | S::Issued, T::Abandon) => match card {
            WriteStatus::Untouched => Ok(S::Abandoned),
            WriteStatus::MayBeWritten => Err(StepRefusal::CardMayHoldIt),
        },
        (S::Written | S::ReadBack, T::Abandon) => Err(StepRefusal::CardMayHoldIt),
        (_, T::Issue) if !issues => Err(StepRefusal::NoSuchStep),
        // Again: the card made one more key pair because the first one's
        // public half never arrived.
        (S::Prepared | S::Issued, T::Issue) => Ok(S::Issued),
        (S::Prepared, T::Write) if !issues => Ok(S::Written),
        // Again: writing the same once more does no harm.
        (S::Issued | S::Written | S::ReadBack, T::Write) => Ok(S::Written),
        (S::Written, T::ReadBack) => Ok(S::ReadBack),
        (S::ReadBack, T::Confirm) => Ok(S::Confirmed),
        (S::Prepared | S::Issued | S::Written | S::ReadBack, _) => Err(StepRefusal::OutOfTurn),
    }
}

#[cfg(test)]
mod tests;
