//! Each rule is needed: without it a property fails.

use card_domain::Action;
use stateright::{Checker as _, HasDiscoveries, Model as _};

use super::{
    checks::{RENEW, UNLOCK},
    properties::{CLAIMS, HOLDS, LEGAL_PERSON, ONE_OPEN, PUK, PUK_KNOWN, SECRETS, UNPROVEN, WAITS},
    rules::{Rule, Rules},
    state::State,
    system::{Event, Liar, Reply, System},
};

fn without(rule: Rule, acts: &'static [Action]) -> System {
    System {
        rules: Rules::without(rule),
        acts,
        own_key: true,
        liar: Liar::WithoutCard,
        most_programs: 3,
        most_in_all: 5,
        most_faults: 1,
        most_lies: 1,
    }
}

/// Without this rule, this property fails.
fn fails(acts: &'static [Action], rule: Rule, property: &'static str) {
    let checker = without(rule, acts)
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    let path = checker.assert_any_discovery(property);
    println!(
        "without {rule:?}, after {} events: {property}",
        path.into_actions().len()
    );
}

#[test]
fn without_the_index_two_are_open() {
    fails(&[RENEW, RENEW], Rule::OneOpen, ONE_OPEN);
}

#[test]
fn without_reading_back_the_register_lies() {
    fails(&[RENEW], Rule::ReadsBack, HOLDS);
}

#[test]
fn given_up_by_time_the_register_lies() {
    fails(&[RENEW], Rule::TouchedWaits, HOLDS);
}

#[test]
fn an_old_proof_that_counts_lets_a_liar_confirm() {
    fails(&[RENEW], Rule::FreshProof, HOLDS);
}

#[test]
fn without_the_marker_before_it_a_wrong_puk_is_sent() {
    fails(&[UNLOCK, UNLOCK], Rule::MarksBefore, PUK);
}

#[test]
fn an_unknown_puk_that_is_tried_is_wrong() {
    fails(&[UNLOCK, UNLOCK], Rule::UnknownIsNotTried, PUK);
}

#[test]
fn a_secret_before_the_proof_is_the_liar_s() {
    fails(&[UNLOCK], Rule::ProofFirst, SECRETS);
}

#[test]
fn a_claim_that_is_believed_confirms_what_no_card_holds() {
    fails(&[RENEW], Rule::ClaimsHaveNoEffect, HOLDS);
    fails(&[UNLOCK], Rule::ClaimsHaveNoEffect, UNPROVEN);
}

#[test]
fn without_the_table_a_healing_sets_a_pin() {
    fails(&[UNLOCK], Rule::TableHolds, LEGAL_PERSON);
}

#[test]
fn a_challenge_that_is_stored_takes_the_stage() {
    fails(&[RENEW], Rule::ChallengeIsStateless, CLAIMS);
}

#[test]
fn a_healing_that_does_not_wait_takes_an_operation_from_its_ticket() {
    fails(&[RENEW], Rule::HealingWaits, WAITS);
}

#[test]
fn what_is_not_sealed_is_read_by_whoever_copied_the_ticket() {
    fails(&[UNLOCK], Rule::SealedToExchange, SECRETS);
}

/// The way there is long, and told event by event: a healing's last report is
/// held back until another operation has settled the first one.
#[test]
fn a_report_on_what_was_settled_brings_an_old_puk_back() {
    let rule = Rule::SettledIsOver;
    for (system, is_known) in [
        (without(rule, &[UNLOCK, UNLOCK]), false),
        (
            System {
                rules: Rules::ALL,
                ..without(rule, &[UNLOCK, UNLOCK])
            },
            true,
        ),
    ] {
        let mut state = system.init_states().remove(0);
        let go = |state: &mut State, event| *state = system.next_state(state, event).unwrap();
        let run = |state: &mut State, page| {
            go(state, Event::Runs(page));
            while state.run.is_some() {
                go(state, Event::Steps);
            }
            *state.wire.last().unwrap()
        };
        go(&mut state, Event::Begins(0));
        go(&mut state, Event::Inserted(0));
        go(&mut state, Event::Reports(0, Reply::Comes));
        let looked = run(&mut state, 0);
        go(&mut state, Event::Arrives(looked, Reply::Comes));
        // The PUK was handed out, and nothing was done with it.
        go(&mut state, Event::Pulled);
        go(&mut state, Event::Forces(0));
        go(&mut state, Event::Inserted(1));
        go(&mut state, Event::Sees(1, Reply::Comes));
        let proved = run(&mut state, 1);
        go(&mut state, Event::Arrives(proved, Reply::Comes));
        let held_back = run(&mut state, 1);
        go(&mut state, Event::Pulled);
        go(&mut state, Event::Begins(0));
        go(&mut state, Event::Inserted(0));
        go(&mut state, Event::Reports(0, Reply::Comes));
        let looked = run(&mut state, 0);
        go(&mut state, Event::Arrives(looked, Reply::Comes));
        let unblocked = run(&mut state, 0);
        go(&mut state, Event::Arrives(unblocked, Reply::Comes));
        assert_eq!((state.card.puk, state.register.puk), (1, 1));
        let late = Event::Arrives(held_back, Reply::Comes);
        let state = system.next_state(&state, late).unwrap_or(state);
        let property = system.property(PUK_KNOWN);
        assert_eq!((property.condition)(&system, &state), is_known);
    }
}
