//! Every state is visited: with all rules every property holds. A larger part of
//! the states is visited with `IC_CARD_EXHAUSTIVE=1` (`cargo xtask test sweep`):
//! more programs, more faults and more lies, within the bounds of `system` and
//! `before`. Of the eight systems each then has 1.7 to 6.2 million different states
//! and ends within 1 to 5 minutes on half of two cores, in 0.6 GB at most.

use card_domain::Action;
use stateright::{Checker as _, Model as _};

use super::{
    properties::{
        ASKS_STRANGER, PUK_LOST, READS_LIVE_PUK, RENEWED, ROLLED_BACK, SETS_PIN, UNLOCKED,
    },
    rules::Rules,
    system::{Liar, System},
};

pub(crate) const RENEW: Action = Action::Renew;
pub(crate) const UNLOCK: Action = Action::Unlock;

fn exhaustive() -> bool {
    std::env::var("IC_CARD_EXHAUSTIVE").is_ok_and(|value| value == "1")
}

/// So many acts on one card; a sample of their states, or more of them.
fn system(acts: &'static [Action]) -> System {
    let is_one = acts.len() == 1;
    System {
        rules: Rules::ALL,
        acts,
        own_key: true,
        liar: Liar::WithoutCard,
        most_programs: if exhaustive() { 4 } else { 3 },
        most_in_all: match (is_one, exhaustive()) {
            (false, true) => 5,
            (true, true) => 4,
            (_, false) => 3,
        },
        most_faults: if is_one && exhaustive() { 2 } else { 1 },
        most_lies: u8::from(is_one || exhaustive()),
    }
}

/// The same for a card that has no key of its own: a look takes two programs.
fn before(acts: &'static [Action]) -> System {
    System {
        own_key: false,
        most_programs: 4,
        most_in_all: 4,
        most_faults: u8::from(exhaustive()),
        most_lies: u8::from(exhaustive()),
        ..system(acts)
    }
}

/// Everything holds, and everything that has to be possible is.
fn holds(system: System, impossible: &[&str]) {
    let acts = system.acts;
    let checker = system.checker().threads(2).spawn_bfs().join();
    println!(
        "{acts:?}{}: {} states, {} of them different, {} events deep",
        if system.own_key {
            ""
        } else {
            ", a card from before"
        },
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
            // It takes a liar that has the card.
            && ![READS_LIVE_PUK, SETS_PIN].contains(&property.name)
        {
            assert!(found.is_some(), "{} never happens", property.name);
        }
    }
}

#[test]
fn a_renewal_holds() {
    holds(system(&[RENEW]), &[UNLOCKED, PUK_LOST, ASKS_STRANGER]);
}

#[test]
fn an_unlocking_holds() {
    holds(system(&[UNLOCK]), &[RENEWED, ASKS_STRANGER]);
}

#[test]
fn two_renewals_hold() {
    holds(
        system(&[RENEW, RENEW]),
        &[UNLOCKED, PUK_LOST, ASKS_STRANGER],
    );
}

#[test]
fn two_unlockings_hold() {
    holds(system(&[UNLOCK, UNLOCK]), &[RENEWED, ASKS_STRANGER]);
}

#[test]
fn a_renewal_and_an_unlocking_hold() {
    holds(system(&[RENEW, UNLOCK]), &[ASKS_STRANGER]);
    holds(system(&[UNLOCK, RENEW]), &[ASKS_STRANGER]);
}

/// To prove itself it answers what the server makes with its management key; so
/// that much is made for whoever says that it is there, and nothing else.
#[test]
fn a_card_from_before_holds() {
    // To give up, and to lose a PUK, something has to fail.
    holds(before(&[RENEW]), &[UNLOCKED, PUK_LOST, ROLLED_BACK]);
    holds(before(&[UNLOCK]), &[RENEWED, PUK_LOST, ROLLED_BACK]);
}
