//! What holds in every state, whatever happened; and what has to be possible,
//! so that the rest does not hold of nothing.

use card_domain::{Action, OperationState};
use stateright::Property;

use super::{
    card::{OnCard, Pin},
    register::{Operation, Standing},
    system::{State, System},
};

pub(crate) const HOLDS: &str = "confirmed in the register ⇒ the card holds that certificate";
pub(crate) const HEALS: &str = "the card holds the new one ⇒ its next insertion confirms it";
pub(crate) const AGREES: &str =
    "after an insertion for each unfinished operation register and card agree";
pub(crate) const ONE_GOOD: &str = "one certificate of the card is good";
pub(crate) const ONE_OPEN: &str = "at most one operation of the card is open";
pub(crate) const PUK: &str = "no wrong PUK is sent";
pub(crate) const RENEWED: &str = "a renewal is confirmed";
pub(crate) const UNLOCKED: &str = "an unlocking is confirmed";
pub(crate) const PUK_LOST: &str = "a PUK gets lost, and the PIN is set";
pub(crate) const ROLLED_BACK: &str = "what was given up is rolled back";
pub(crate) const PUK_KNOWN: &str = "a PUK that the register knows is the card's";

type Promise = Property<System>;

pub(crate) fn all() -> Vec<Promise> {
    vec![
        Promise::always(HOLDS, |_, state| {
            let good = state.register.good().map(OnCard::Certificate);
            is_touched(state) || good == Some(state.card.certificate)
        }),
        Promise::always(HEALS, |system, state| {
            let OnCard::Certificate(number) = state.card.certificate else {
                return true;
            };
            let is_held = state.register.certificates[usize::from(number)] == Standing::Held;
            !is_held || healed(system, state).register.good() == Some(number)
        }),
        Promise::always(AGREES, |system, state| {
            let mut healed = state.clone();
            for _ in state
                .register
                .operations
                .iter()
                .filter(|one| one.is_unfinished())
            {
                healed = self::healed(system, &healed);
            }
            let good = healed.register.good().map(OnCard::Certificate);
            !is_touched(&healed) && good == Some(healed.card.certificate)
        }),
        Promise::always(ONE_GOOD, |_, state| {
            let all = state.register.certificates.iter();
            all.filter(|one| **one == Standing::Good).count() == 1
        }),
        Promise::always(ONE_OPEN, |_, state| {
            let all = state.register.operations.iter();
            all.filter(|one| one.state.is_open()).count() <= 1
        }),
        Promise::always(PUK, |_, state| !state.card.saw_wrong_puk),
        Promise::always(PUK_KNOWN, |_, state| {
            let register = &state.register;
            is_touched(state) || !register.puk_known || register.puk == state.card.puk
        }),
        Promise::sometimes(RENEWED, |_, state| is_confirmed(state, Action::Renew)),
        Promise::sometimes(UNLOCKED, |_, state| {
            is_confirmed(state, Action::Unlock) && state.card.puk > 0
        }),
        Promise::sometimes(ROLLED_BACK, |_, state| {
            let all = state.register.operations.iter();
            all.filter(|one| one.touched && one.settled)
                .any(|one| one.state == OperationState::Abandoned)
        }),
        Promise::sometimes(PUK_LOST, |_, state| {
            !state.register.puk_known && state.card.pin == Pin::Set
        }),
    ]
}

/// Whether a card may hold what the register does not call good, or not yet.
fn is_touched(state: &State) -> bool {
    state
        .register
        .operations
        .iter()
        .any(Operation::is_unfinished)
}

fn is_confirmed(state: &State, action: Action) -> bool {
    let mut all = state.register.operations.iter();
    all.any(|one| one.action == action && one.state == OperationState::Confirmed)
}

/// The card is pulled and put back once, anywhere, with nothing else happening:
/// no ticket, no report of before, and a bridge that knows nothing.
fn healed(system: &System, state: &State) -> State {
    let mut state = state.clone();
    state.pull();
    state.wire.clear();
    state.terminals = Default::default();
    state.at = Some(0);
    state.terminals[0].program = state.register.seen();
    while state.run(0) {
        while state.run.is_some() {
            state.step(system.rules);
        }
        if let Some(report) = state.wire.pop_last() {
            state.terminals[0].program = state.register.ran(&report, system.rules);
        }
        state.wire.clear();
    }
    state
}
