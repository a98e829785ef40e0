//! Every pair of state and step, and that histories only go forward.

use proptest::prelude::*;

use super::*;
use OperationState as S;
use OperationStep as T;
use WriteStatus::{MayBeWritten, Untouched};

/// The whole table, pair by pair, written by hand. In each row: issue, write,
/// `read_back`, confirm, abandon (card untouched, card touched), `give_up`;
/// `!` is over, `-` out of turn, `?` no such step, `h` the card may hold it.
#[test]
fn every_pair_is_as_it_was_meant() {
    const RENEW: [(S, &str); 6] = [
        (S::Prepared, "I---AhA"),
        (S::Issued, "IW--AhA"),
        (S::Written, "-WR-hhA"),
        (S::ReadBack, "-W-ChhA"),
        (S::Confirmed, "!!!!!!!"),
        (S::Abandoned, "!!!!!!!"),
    ];
    const UNLOCK: [(S, &str); 6] = [
        (S::Prepared, "?W--AhA"),
        (S::Issued, "?W--AhA"),
        (S::Written, "?WR-hhA"),
        (S::ReadBack, "?W-ChhA"),
        (S::Confirmed, "!!!!!!!"),
        (S::Abandoned, "!!!!!!!"),
    ];
    let columns = [
        (T::Issue, Untouched),
        (T::Write, Untouched),
        (T::ReadBack, Untouched),
        (T::Confirm, Untouched),
        (T::Abandon, Untouched),
        (T::Abandon, MayBeWritten),
        (T::GiveUp, MayBeWritten),
    ];
    for (action, table) in [(Action::Renew, RENEW), (Action::Unlock, UNLOCK)] {
        for (state, row) in table {
            for ((step, card), cell) in columns.into_iter().zip(row.chars()) {
                let expected = match cell {
                    'I' => Ok(S::Issued),
                    'W' => Ok(S::Written),
                    'R' => Ok(S::ReadBack),
                    'C' => Ok(S::Confirmed),
                    'A' => Ok(S::Abandoned),
                    '!' => Err(StepRefusal::Over),
                    '-' => Err(StepRefusal::OutOfTurn),
                    '?' => Err(StepRefusal::NoSuchStep),
                    _ => Err(StepRefusal::CardMayHoldIt),
                };
                assert_eq!(
                    advance(action, state, step, card),
                    expected,
                    "{action:?} {state:?} {step:?} {card:?}"
                );
            }
        }
    }
}

#[test]
fn only_renewing_and_unlocking_are_operations() {
    for action in Action::ALL {
        if matches!(action, Action::Renew | Action::Unlock) {
            continue;
        }
        for state in OperationState::ALL {
            for step in OperationStep::ALL {
                assert_eq!(
                    advance(action, state, step, Untouched),
                    Err(StepRefusal::NoSuchStep)
                );
            }
        }
    }
}

#[test]
fn names_lead_back() {
    for state in OperationState::ALL {
        assert_eq!(OperationState::from_name(state.name()), Some(state));
    }
    assert_eq!(OperationState::from_name("?"), None);
}

proptest! {
    /// Whatever is tried in whatever order: nothing is confirmed that was not
    /// written and read back after it, nothing that a card may hold is
    /// abandoned but by an administrator, and what is over stays over.
    #[test]
    fn histories_keep_the_invariants(
        renew in any::<bool>(),
        steps in prop::collection::vec((prop::sample::select(T::ALL.to_vec()), any::<bool>()), 0..60),
    ) {
        let action = if renew { Action::Renew } else { Action::Unlock };
        let mut state = S::Prepared;
        let (mut issued, mut written, mut read) = (false, false, false);
        for (step, touched) in steps {
            let card = if touched { MayBeWritten } else { Untouched };
            let Ok(next) = advance(action, state, step, card) else { continue };
            prop_assert!(state.is_open());
            match step {
                T::Issue => issued = true,
                T::Write => { written = true; read = false; }
                T::ReadBack => read = true,
                T::Confirm => prop_assert!(written && read && (issued || !renew)),
                T::Abandon => prop_assert!(!written && card == Untouched),
                T::GiveUp => {}
            }
            state = next;
        }
    }
}
