//! What a terminal can do that lies and has the card: the first page, and its
//! bridge. The card's proof is a genuine one, what else it reports is not; and it
//! reads what is sealed to it (`docs/threat-model.md`).

use card_domain::Action;
use stateright::{Checker as _, Model as _};

use super::{
    card::Pin,
    checks::{RENEW, UNLOCK},
    liar,
    program::Conversation,
    properties::{AGREES, HOLDS, KEY_KNOWN, PUK_KNOWN, READS_LIVE_PUK, SETS_PIN},
    report::Answers,
    rules::Rules,
    state::{Run, State},
    system::{Event, Liar, Reply, System},
};

/// The page that lies.
const PAGE: usize = 0;

/// What it may do now.
pub(crate) fn events(state: &State, may_lie: bool, events: &mut Vec<Event>) {
    if state.at != Some(PAGE) {
        return;
    }
    let proves = |run: &Run| run.answers.is_proven() || run.program.stage.is_look();
    if may_lie && state.run.as_ref().is_some_and(proves) {
        events.extend(liar::answers(state).into_iter().map(Event::Cheats));
    }
    let Some(puk) = 1_u8.checked_shl(u32::from(state.card.puk)) else {
        return;
    };
    let read = state.rogue.by_healing | state.rogue.by_ticket;
    if read & puk != 0 && state.card.pin == Pin::Blocked {
        events.push(Event::Abuses);
    }
}

/// It ends the program that runs, a look after the card's proof and witness, and
/// reports something else with them.
pub(crate) fn cheat(state: &mut State, told: Answers, rules: Rules) {
    while let Some(run) = &state.run
        && run.program.stage.is_look()
    {
        state.step(rules);
    }
    let ended = state.run.take().map(|run| (run.program, run.answers));
    let looked = || state.wire.pop_last().map(|one| (one.program, one.answers));
    if let Some((program, genuine)) = ended.or_else(looked) {
        let answers = Answers {
            proof: genuine.proof,
            bridge: genuine.bridge,
            witness: genuine.witness,
            ..told
        };
        state.send(program, answers, rules);
    }
}

/// It sets a PIN with a PUK that it read.
pub(crate) fn abuse(state: &mut State) {
    state.card.pin = Pin::Set;
    let puk = 1 << state.card.puk;
    state.rogue.set_pin |= state.rogue.by_ticket & puk == 0;
}

/// What it reads in a program that runs in its bridge.
pub(crate) fn read(state: &mut State) {
    let Some(run) = state.run.as_ref().filter(|_| state.at == Some(PAGE)) else {
        return;
    };
    if let Some(from) = run.program.stage.puk() {
        let both = 0b11 << from;
        match run.program.conversation {
            Conversation::Ticket => state.rogue.by_ticket |= both,
            _ => state.rogue.by_healing |= both,
        }
    }
}

/// What it can do with the card of this act, and nothing else: of what holds
/// without it, all the rest still does.
fn can(acts: &'static [Action], own_key: bool, can: &[&str]) {
    let system = System {
        own_key,
        most_faults: 0,
        ..with_card(acts)
    };
    let checker = system.checker().threads(2).spawn_bfs().join();
    println!(
        "{acts:?}, a liar with the card: {} states, {} of them different",
        checker.state_count(),
        checker.unique_state_count(),
    );
    for property in checker.model().properties() {
        let name = property.name;
        let is_of_liar = matches!(name, READS_LIVE_PUK | SETS_PIN);
        if property.expectation.discovery_is_failure() || is_of_liar {
            let is_found = checker.discovery(name).is_some();
            assert_eq!(is_found, can.contains(&name), "{name}");
        }
    }
    println!("it can: {can:?}");
}

const fn with_card(acts: &'static [Action]) -> System {
    System {
        rules: Rules::ALL,
        acts,
        own_key: true,
        liar: Liar::WithCard,
        most_programs: 4,
        most_in_all: 3,
        most_faults: 1,
        most_lies: 1,
    }
}

/// The register believes a certificate that the card does not hold. It is over
/// the card's own key, and the next login contradicts it.
#[test]
fn it_can_have_a_certificate_confirmed_that_the_card_does_not_hold() {
    can(&[RENEW], true, &[HOLDS, AGREES]);
}

/// With what was to be healed it is handed the PUK, which is the card's, or will
/// be: so it sets a PIN when the legal person's 解锁 was interrupted.
#[test]
fn it_can_read_the_puk_of_the_card_that_it_has() {
    can(&[UNLOCK], true, &[PUK_KNOWN, READS_LIVE_PUK, SETS_PIN]);
}

/// A card from before gets its own key at its next 延期, and which one that is,
/// the terminal says: without the card it is taken for it from then on, but where
/// a PUK is at stake.
#[test]
fn it_can_be_taken_for_a_card_from_before() {
    can(&[RENEW], false, &[HOLDS, AGREES, KEY_KNOWN]);
}

/// A second lie, about the marker, has a PUK sent that is the card's no more. It
/// costs that card a try, which it could have spent itself.
#[test]
fn it_can_have_a_wrong_puk_sent_to_the_card_that_it_has() {
    let system = with_card(&[UNLOCK]);
    let mut state = system.init_states().remove(0);
    let go = |state: &mut State, event| *state = system.next_state(state, event).unwrap();
    let arrive = |state: &mut State| {
        let report = *state.wire.last().unwrap();
        *state = system
            .next_state(state, Event::Arrives(report, Reply::Comes))
            .unwrap();
    };
    let nothing_was_done = |state: &State| *liar::answers(state).last().unwrap();
    go(&mut state, Event::Begins(PAGE));
    go(&mut state, Event::Inserted(PAGE));
    go(&mut state, Event::Reports(PAGE, Reply::Comes));
    go(&mut state, Event::Runs(PAGE));
    go(&mut state, Event::Steps);
    arrive(&mut state);
    go(&mut state, Event::Runs(PAGE));
    while state.card.puk == 0 {
        go(&mut state, Event::Steps);
    }
    let lie = nothing_was_done(&state);
    go(&mut state, Event::Cheats(lie));
    arrive(&mut state);
    assert!(!state.register.operations[0].effects.touched);
    go(&mut state, Event::Reports(PAGE, Reply::Comes));
    go(&mut state, Event::Runs(PAGE));
    let lie = nothing_was_done(&state);
    go(&mut state, Event::Cheats(lie));
    arrive(&mut state);
    go(&mut state, Event::Runs(PAGE));
    go(&mut state, Event::Steps);
    assert!(!state.card.saw_wrong_puk);
    go(&mut state, Event::Steps);
    assert!(state.card.saw_wrong_puk);
}
