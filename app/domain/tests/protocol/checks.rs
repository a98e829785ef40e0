//! Every state is visited: with all rules every property holds; without one of
//! them, one fails. A larger part of the states is visited with
//! `IC_CARD_EXHAUSTIVE=1` (`cargo xtask test sweep`).

use card_domain::Action;
use stateright::{Checker as _, HasDiscoveries, Model as _};

use super::{
    properties::{HOLDS, ONE_OPEN, PUK, ROLLED_BACK},
    rules::{Rule, Rules},
    system::System,
};

const RENEW: Action = Action::Renew;
const UNLOCK: Action = Action::Unlock;

fn exhaustive() -> bool {
    std::env::var("IC_CARD_EXHAUSTIVE").is_ok_and(|value| value == "1")
}

fn system(acts: &'static [Action], rules: Rules) -> System {
    System {
        rules,
        acts,
        most_programs: if exhaustive() { 3 } else { 2 },
        most_faults: 1,
    }
}

/// Everything holds, and everything that has to be possible is.
fn holds(acts: &'static [Action], impossible: &[&str]) {
    let checker = system(acts, Rules::ALL)
        .checker()
        .threads(2)
        .spawn_bfs()
        .join();
    println!(
        "{acts:?}: {} states, {} of them different, {} events deep",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth()
    );
    for property in checker.model().properties() {
        let found = checker.discovery(property.name);
        if property.expectation.discovery_is_failure() {
            let path = found.map(|path| format!("{path}"));
            assert!(path.is_none(), "{}: {}", property.name, path.unwrap());
        } else if !impossible.contains(&property.name)
            && (exhaustive() || property.name != ROLLED_BACK)
        {
            assert!(found.is_some(), "{} never happens", property.name);
        }
    }
}

#[test]
fn two_renewals_hold() {
    let no_unlocking = [
        "an unlocking is confirmed",
        "a PUK gets lost, and the PIN is set",
    ];
    holds(&[RENEW, RENEW], &no_unlocking);
}

#[test]
fn two_unlockings_hold() {
    holds(&[UNLOCK, UNLOCK], &["a renewal is confirmed"]);
}

#[test]
fn a_renewal_and_an_unlocking_hold() {
    holds(&[RENEW, UNLOCK], &[]);
    holds(&[UNLOCK, RENEW], &[]);
}

/// Without a rule, this property fails.
fn fails(acts: &'static [Action], rules: Rules, property: &'static str) {
    let system = System {
        rules,
        acts,
        most_programs: 4,
        most_faults: 2,
    };
    let checker = system
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    let path = checker.assert_any_discovery(property);
    println!(
        "without it, after {} events: {property}",
        path.into_actions().len()
    );
}

#[test]
fn without_the_index_two_are_open() {
    fails(&[RENEW, RENEW], Rules::without(Rule::OneOpen), ONE_OPEN);
}

#[test]
fn without_reading_back_the_register_lies() {
    fails(&[RENEW], Rules::without(Rule::ReadsBack), HOLDS);
}

#[test]
fn given_up_by_time_the_register_lies() {
    fails(&[RENEW], Rules::without(Rule::TouchedWaits), HOLDS);
}

#[test]
fn a_second_copy_of_a_program_that_is_not_noted_hides_the_first() {
    fails(&[RENEW], Rules::without(Rule::AgainIsNoted), HOLDS);
}

#[test]
fn a_proof_that_is_not_fresh_lets_a_program_run_twice() {
    fails(&[UNLOCK, UNLOCK], Rules::without(Rule::FreshProof), PUK);
}

#[test]
fn without_the_marker_before_it_a_wrong_puk_is_sent() {
    fails(&[UNLOCK, UNLOCK], Rules::without(Rule::MarksBefore), PUK);
}

#[test]
fn an_unknown_puk_that_is_tried_is_wrong() {
    fails(
        &[UNLOCK, UNLOCK],
        Rules::without(Rule::UnknownIsNotTried),
        PUK,
    );
}
