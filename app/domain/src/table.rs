//! The transition table as Markdown, for `docs/lifecycle.md`. It is computed
//! from [`transition`], so it can't say anything else than the code does; a
//! test compares the file with it.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::{
    Action, BeforeLoss, CardState, OperationState, OperationStep, Refusal, StateName, StepRefusal,
    WriteStatus, advance, transition,
};

/// The whole table, one row a state and one column an action.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| state |");
    for action in Action::ALL {
        let _infallible = write!(text, " `{}` |", action.name());
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(Action::ALL.len()));
    text.push('\n');
    let (since, until) = (Timestamp::UNIX_EPOCH, None);
    for (label, state) in [
        ("not_issued", CardState::NotIssued),
        ("normal", CardState::Normal),
        ("lost (was normal)", lost(BeforeLoss::Normal)),
        (
            "lost (was frozen)",
            lost(BeforeLoss::Frozen { since, until }),
        ),
        ("frozen", CardState::Frozen { since, until }),
        ("cancelled", CardState::Cancelled { since }),
    ] {
        let _infallible = write!(text, "| **{label}** |");
        for action in Action::ALL {
            let _infallible = write!(text, " {} |", cell(transition(state, action, since)));
        }
        text.push('\n');
    }
    text
}

const fn lost(from: BeforeLoss) -> CardState {
    CardState::Lost {
        from,
        since: Timestamp::UNIX_EPOCH,
    }
}

fn cell(outcome: Result<CardState, Refusal>) -> String {
    match outcome {
        Ok(state) => format!("→ {}", state.name().name()),
        Err(Refusal::WrongState {
            undo_with: Some(way),
            ..
        }) => format!("no: first `{}`", way.name()),
        Err(Refusal::WrongState { .. }) => String::from("no"),
        Err(Refusal::NotIssuedYet { .. }) => String::from("no: no card yet"),
        Err(Refusal::AlreadyIssued { .. }) => String::from("no: issued already"),
        Err(Refusal::AlreadyThere { state }) => format!("no: {} already", StateName::name(state)),
        Err(Refusal::Cancelled) => String::from("no: cancelled"),
    }
}

/// The table of an operation on a card, one row a state and one column a step.
#[must_use]
pub fn operation_markdown(action: Action) -> String {
    let mut text = String::from("| state |");
    for step in OperationStep::ALL {
        let _infallible = write!(text, " `{}` |", step.name());
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(OperationStep::ALL.len()));
    text.push('\n');
    for state in OperationState::ALL {
        let _infallible = write!(text, "| **{}** |", state.name());
        for step in OperationStep::ALL {
            let _infallible = write!(text, " {} |", operation_cell(action, state, step));
        }
        text.push('\n');
    }
    text
}

fn operation_cell(action: Action, state: OperationState, step: OperationStep) -> String {
    let outcome = |card| match advance(action, state, step, card) {
        Ok(next) => format!("→ {}", next.name()),
        Err(StepRefusal::Over) => String::from("no: over"),
        Err(StepRefusal::OutOfTurn) => String::from("no"),
        Err(StepRefusal::NoSuchStep) => String::from("no: has none"),
        Err(StepRefusal::CardMayHoldIt) => String::from("no: the card may hold it"),
    };
    let (untouched, touched) = (
        outcome(WriteStatus::Untouched),
        outcome(WriteStatus::MayBeWritten),
    );
    if untouched == touched {
        untouched
    } else {
        format!("{untouched}, once the card may have been written {touched}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The docs print the table that the code has. To renew it:
    /// `cargo xtask docs`.
    #[test]
    fn the_docs_print_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lifecycle.md");
        let docs = std::fs::read_to_string(path).unwrap();
        assert!(
            docs.contains(&markdown()),
            "docs/lifecycle.md is not the code's table:\n{}",
            markdown()
        );
        for action in [Action::Renew, Action::Unlock] {
            let table = operation_markdown(action);
            assert!(
                docs.contains(&table),
                "docs/lifecycle.md is not the code's table:\n{table}"
            );
        }
    }
}
