//! Every pair of the table, written out by hand from the manual, and the
//! properties that hold over every history of acts.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

const NORMAL: CardState = CardState::Normal;

fn frozen() -> CardState {
    CardState::Frozen {
        since: at(5),
        until: None,
    }
}

fn lost(from: BeforeLoss) -> CardState {
    CardState::Lost { from, since: at(7) }
}

/// One state of every kind, with both kinds of loss.
fn every_state() -> [CardState; 6] {
    [
        CardState::NotIssued,
        NORMAL,
        lost(BeforeLoss::Normal),
        lost(BeforeLoss::Frozen {
            since: at(5),
            until: None,
        }),
        frozen(),
        CardState::Cancelled { since: at(9) },
    ]
}

/// The allowed pairs, and where they lead at time 100. All others are refused.
fn allowed() -> Vec<(CardState, Action, CardState)> {
    use Action::*;
    let now = at(100);
    let cancelled = CardState::Cancelled { since: now };
    let lost_from_frozen = lost(BeforeLoss::Frozen {
        since: at(5),
        until: None,
    });
    vec![
        (CardState::NotIssued, Issue, NORMAL),
        (NORMAL, Renew, NORMAL),
        (NORMAL, Unlock, NORMAL),
        (
            NORMAL,
            Freeze,
            CardState::Frozen {
                since: now,
                until: None,
            },
        ),
        (
            NORMAL,
            ReportLoss,
            CardState::Lost {
                from: BeforeLoss::Normal,
                since: now,
            },
        ),
        (
            frozen(),
            ReportLoss,
            CardState::Lost {
                from: BeforeLoss::Frozen {
                    since: at(5),
                    until: None,
                },
                since: now,
            },
        ),
        (frozen(), Unfreeze, NORMAL),
        (lost(BeforeLoss::Normal), CancelLoss, NORMAL),
        (lost_from_frozen, CancelLoss, frozen()),
        (CardState::NotIssued, Cancel, cancelled),
        (NORMAL, Cancel, cancelled),
        (frozen(), Cancel, cancelled),
        (lost(BeforeLoss::Normal), Cancel, cancelled),
        (lost_from_frozen, Cancel, cancelled),
    ]
}

#[test]
fn every_pair_is_as_the_table_says() {
    let allowed = allowed();
    let mut pairs = 0;
    for state in every_state() {
        for action in Action::ALL {
            let expected = allowed
                .iter()
                .find(|(from, by, _)| *from == state && *by == action)
                .map(|(_, _, to)| *to);
            let found = transition(state, action, at(100));
            assert_eq!(found.ok(), expected, "{state:?} {action:?}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 48);
    assert_eq!(
        allowed.len(),
        14,
        "the list above names each allowed pair once"
    );
}

#[test]
fn a_refusal_names_the_act_that_helps() {
    for state in every_state() {
        for action in Action::ALL {
            let Err(Refusal::WrongState {
                undo_with: Some(way),
                ..
            }) = transition(state, action, at(100))
            else {
                continue;
            };
            assert!(
                transition(state, way, at(100)).is_ok(),
                "{state:?} {action:?}: {way:?} is no way out"
            );
        }
    }
}

#[test]
fn a_repeated_act_says_that_it_is_done_already() {
    assert_eq!(
        transition(frozen(), Action::Freeze, at(100)),
        Err(Refusal::AlreadyThere {
            state: StateName::Frozen
        })
    );
    assert_eq!(
        transition(lost(BeforeLoss::Normal), Action::ReportLoss, at(100)),
        Err(Refusal::AlreadyThere {
            state: StateName::Lost
        })
    );
}

fn any_action() -> impl Strategy<Value = Action> {
    proptest::sample::select(Action::ALL.to_vec())
}

proptest! {
    /// Whatever is done in whatever order: only 正常 logs in, 已注销 is final,
    /// no act but 制卡 leaves 未制卡, and a loss that is cancelled leads back
    /// to exactly where the card was.
    #[test]
    fn histories_keep_the_invariants(actions in prop::collection::vec(any_action(), 0..60)) {
        let mut state = CardState::NotIssued;
        let mut issued = false;
        for (step, action) in actions.into_iter().enumerate() {
            let now = at(i64::try_from(step).unwrap());
            let Ok(next) = transition(state, action, now) else { continue };
            prop_assert_ne!(state.name(), StateName::Cancelled);
            issued |= action == Action::Issue;
            let blank = [StateName::NotIssued, StateName::Cancelled].contains(&next.name());
            prop_assert!(issued || blank);
            prop_assert_eq!(next.may_log_in(), next.name() == StateName::Normal);
            if action == Action::ReportLoss {
                prop_assert_eq!(transition(next, Action::CancelLoss, now), Ok(state));
            }
            if action == Action::Freeze {
                prop_assert_eq!(transition(next, Action::Unfreeze, now), Ok(state));
            }
            prop_assert!(next.since().is_none_or(|since| since <= now));
            state = next;
        }
    }

    #[test]
    fn a_state_survives_its_wire_form(actions in prop::collection::vec(any_action(), 0..20)) {
        let mut state = CardState::NotIssued;
        for action in actions {
            state = transition(state, action, at(3)).unwrap_or(state);
            let wire = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(serde_json::from_str::<CardState>(&wire).unwrap(), state);
        }
    }
}

/// A freeze with an end is one until then, whoever asks, and nothing from then on.
#[test]
fn a_freeze_ends_by_the_clock_alone() {
    let (end, before) = (at(90), at(89));
    let frozen = freeze_until(CardState::Normal, Action::Freeze, Some(end), at(80)).unwrap();
    assert_eq!(
        (frozen.name(), frozen.until()),
        (StateName::Frozen, Some(end))
    );
    assert_eq!(
        (frozen.at(before), frozen.at(end)),
        (frozen, CardState::Normal)
    );
    assert!(!frozen.at(before).may_log_in() && frozen.at(end).may_log_in());
    assert_eq!(
        transition(frozen, Action::Unfreeze, before),
        Ok(CardState::Normal)
    );
    assert!(transition(frozen, Action::Unfreeze, end).is_err());
    assert!(transition(frozen, Action::Renew, before).is_err());
    assert_eq!(
        transition(frozen, Action::Renew, end),
        Ok(CardState::Normal)
    );
    // Frozen anew after its end, it has no end but its own.
    let anew = transition(frozen, Action::Freeze, at(91)).unwrap();
    assert_eq!((anew.until(), anew.at(at(1000))), (None, anew));
    // A loss outlives the freeze that it came over.
    let lost = transition(frozen, Action::ReportLoss, before).unwrap();
    assert_eq!(transition(lost, Action::CancelLoss, before), Ok(frozen));
    assert_eq!(
        transition(lost, Action::CancelLoss, end),
        Ok(CardState::Normal)
    );
    assert!(!lost.at(at(1000)).may_log_in());
}

/// They are in logs: what was written before there was an end is what it was.
#[test]
fn a_freeze_without_an_end_is_written_as_ever() {
    let ever = r#"{"name":"frozen","since":5000000}"#;
    let read: CardState = serde_json::from_str(ever).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), ever);
    let ends = r#"{"name":"frozen","since":5000000,"until":9000000}"#;
    let read: CardState = serde_json::from_str(ends).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), ends);
    let lost = r#"{"name":"lost","from":{"frozen":{"since":5000000}},"since":6000000}"#;
    let read: CardState = serde_json::from_str(lost).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), lost);
}
