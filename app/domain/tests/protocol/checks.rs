//! Every state is visited: with all rules every property holds; without one of
//! them, one fails. A larger part of the states is visited with
//! `IC_CARD_EXHAUSTIVE=1` (`cargo xtask test sweep`).

use card_domain::Action;
use stateright::{Checker as _, HasDiscoveries, Model as _};

use super::{
    properties::{HOLDS, ONE_OPEN, PUK, PUK_LOST, RENEWED, ROLLED_BACK, UNLOCKED},
    rules::{Rule, Rules},
    system::System,
};

const RENEW: Action = Action::Renew;
const UNLOCK: Action = Action::Unlock;

fn exhaustive() -> bool {
    std::env::var("IC_CARD_EXHAUSTIVE").is_ok_and(|value| value == "1")
}

/// So many acts on one card; a sample of their states, or more of them.
fn system(acts: &'static [Action]) -> System {
    System {
        rules: Rules::ALL,
        acts,
        most_programs: if exhaustive() { 3 } else { 2 },
        most_faults: 1,
    }
}

/// Everything holds, and everything that has to be possible is.
fn holds(system: System, impossible: &[&str]) {
    let acts = system.acts;
    let checker = system.checker().threads(2).spawn_bfs().join();
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
        } else if !impossible.contains(&property.name) {
            assert!(found.is_some(), "{} never happens", property.name);
        }
    }
}

#[test]
fn a_renewal_that_is_given_up_is_rolled_back() {
    // It takes four programs: two to write, two to write back.
    let system = System {
        most_programs: 4,
        ..system(&[RENEW])
    };
    holds(system, &[UNLOCKED, PUK_LOST]);
}

#[test]
fn two_renewals_hold() {
    holds(system(&[RENEW, RENEW]), &[UNLOCKED, PUK_LOST]);
}

#[test]
fn two_unlockings_hold() {
    holds(system(&[UNLOCK, UNLOCK]), &[RENEWED]);
}

#[test]
fn a_renewal_and_an_unlocking_hold() {
    // For writing back there are too few programs.
    holds(system(&[RENEW, UNLOCK]), &[ROLLED_BACK]);
    holds(system(&[UNLOCK, RENEW]), &[ROLLED_BACK]);
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
