//! What holds in every state, whatever happened; and what has to be possible,
//! so that the rest does not hold of nothing.

use card_domain::{Action, OperationState};
use stateright::Property;

use super::{
    card::{CertificateOnCard, Pin},
    liar::{self, Told, Voice},
    program::Conversation,
    register::{Operation, Register, Standing},
    state::State,
    system::{Liar, System},
};

pub(crate) const HOLDS: &str = "confirmed in the register ⇒ the card holds that certificate";
pub(crate) const HEALS: &str = "the card holds the new one ⇒ its next insertion confirms it";
pub(crate) const AGREES: &str =
    "after an insertion for each unfinished operation register and card agree";
pub(crate) const ONE_GOOD: &str = "one certificate of the card is good";
pub(crate) const ONE_OPEN: &str = "at most one operation of the card is open";
pub(crate) const PUK: &str = "no wrong PUK is sent";
pub(crate) const PUK_KNOWN: &str = "a PUK that the register knows is the card's";
pub(crate) const KEY_KNOWN: &str = "a key that the register knows the card by is the card's";
pub(crate) const UNPROVEN: &str = "a report without a proof has no effect";
pub(crate) const SECRETS: &str =
    "what holds a secret is readable only where the card proved itself";
pub(crate) const CLAIMS: &str = "who only claims starts nothing, and takes no stage";
pub(crate) const WAITS: &str = "while its ticket lives an operation is not healed";
pub(crate) const LEGAL_PERSON: &str = "no program sets a PIN but under a ticket";
pub(crate) const RENEWED: &str = "a renewal is confirmed";
pub(crate) const UNLOCKED: &str = "an unlocking is confirmed";
pub(crate) const PUK_LOST: &str = "a PUK gets lost, and the PIN is set";
pub(crate) const ROLLED_BACK: &str = "what was given up is rolled back";
pub(crate) const TICKET_COMPLETES: &str = "a report under the ticket confirms an operation";
pub(crate) const HEALING_COMPLETES: &str = "an insertion confirms an operation";
pub(crate) const HEALED: &str = "a healing that the card proved is under way";
pub(crate) const LIES_TO_LOOK: &str = "a lie arrives where the card is looked at";
pub(crate) const LIES_TO_WRITE: &str = "a lie arrives where the card is written";
pub(crate) const LIES_TO_HEALING: &str = "a lie arrives in a healing";
pub(crate) const LIES_UNASKED: &str = "a lie arrives from who only claims";
pub(crate) const ASKS_STRANGER: &str =
    "a card from before is asked to prove itself, wherever it is said to be";

pub(crate) const READS_LIVE_PUK: &str = "a lying bridge that has the card reads its PUK";
pub(crate) const SETS_PIN: &str =
    "a lying bridge that has the card sets a PIN without the legal person";

type Promise = Property<System>;

pub(crate) fn all() -> Vec<Promise> {
    let mut all = agreement();
    all.extend(lies());
    all.extend(possible());
    all
}

/// What has to hold of register and card together.
fn agreement() -> Vec<Promise> {
    vec![
        Promise::always(HOLDS, |_, state| {
            let good = state.register.good().map(CertificateOnCard::Certificate);
            is_touched(state) || good == Some(state.card.certificate)
        }),
        Promise::always(HEALS, |system, state| {
            let CertificateOnCard::Certificate(number) = state.card.certificate else {
                return true;
            };
            let is_held = state.register.certificates[usize::from(number)] == Standing::Held;
            !is_held || healed(system, state).register.good() == Some(number)
        }),
        Promise::always(AGREES, |system, state| {
            let all = state.register.operations.iter();
            let mut healed = state.clone();
            for _ in all.filter(|one| one.is_unfinished()) {
                healed = self::healed(system, &healed);
            }
            let good = healed.register.good().map(CertificateOnCard::Certificate);
            !is_touched(&healed) && good == Some(healed.card.certificate)
        }),
        Promise::always(ONE_GOOD, |_, state| {
            let all = state.register.certificates.iter();
            all.filter(|one| **one == Standing::Good).count() == 1
        }),
        Promise::always(ONE_OPEN, |_, state| {
            let all = state.register.operations.iter();
            all.filter(|one| one.effects.state.is_open()).count() <= 1
        }),
        Promise::always(PUK, |_, state| !state.card.saw_wrong_puk),
        Promise::always(PUK_KNOWN, |_, state| {
            let register = &state.register;
            is_touched(state) || !register.puk_known || register.puk == state.card.puk
        }),
        Promise::always(KEY_KNOWN, |_, state| {
            let register = &state.register;
            register.card_key.is_none() || register.card_key == state.card.own_key
        }),
    ]
}

/// What a lie does. In each state each is told that can be told there.
fn lies() -> Vec<Promise> {
    vec![
        Promise::always(UNPROVEN, |system, state| {
            let effects = state.register.effects();
            let is_kept = |register: &Register| register.effects() == effects;
            let unproven = state.wire.iter().filter(|one| !one.answers.is_proven());
            let mut arrived = unproven.map(|report| {
                let mut register = state.register.clone();
                register.ran(report, system.rules);
                register
            });
            arrived.all(|register| is_kept(&register))
                && all_told(system, state).all(|told| is_kept(&told.register))
        }),
        Promise::always(SECRETS, |system, state| {
            let is_before = state.register.card_key.is_none();
            let mut told = all_told(system, state);
            told.all(|told| {
                !told.reads_more_than_an_answer() && (is_before || !told.reads_secret())
            })
        }),
        Promise::always(CLAIMS, |system, state| {
            claimed(system, state).all(|told| told.register == state.register)
        }),
        Promise::always(WAITS, |_, state| !state.register.healed_under_ticket),
        Promise::always(LEGAL_PERSON, |_, state| !state.pin_without_ticket),
    ]
}

/// What has to be possible.
fn possible() -> Vec<Promise> {
    vec![
        Promise::sometimes(RENEWED, |_, state| is_confirmed(state, Action::Renew)),
        Promise::sometimes(UNLOCKED, |_, state| {
            is_confirmed(state, Action::Unlock) && state.card.puk > 0
        }),
        Promise::sometimes(ROLLED_BACK, |_, state| {
            let all = state.register.operations.iter();
            all.filter(|one| one.effects.touched && one.effects.settled)
                .any(|one| one.effects.state == OperationState::Abandoned)
        }),
        Promise::sometimes(PUK_LOST, |_, state| {
            !state.register.puk_known && state.card.pin == Pin::Set
        }),
        Promise::sometimes(TICKET_COMPLETES, |system, state| {
            let mut reports = state.wire.iter();
            reports.any(|report| {
                let mut register = state.register.clone();
                register.ran(report, system.rules);
                report.program.conversation == Conversation::Ticket
                    && confirmed(&register) > confirmed(&state.register)
            })
        }),
        Promise::sometimes(HEALING_COMPLETES, |system, state| {
            confirmed(&healed(system, state).register) > confirmed(&state.register)
        }),
        Promise::sometimes(HEALED, |_, state| {
            let mut all = state.register.operations.iter();
            all.any(|one| matches!(one.conversation, Conversation::Healing(_)))
        }),
        Promise::sometimes(LIES_TO_LOOK, |system, state| {
            is_answered(system, state, |one| one.stage.is_look())
        }),
        Promise::sometimes(LIES_TO_WRITE, |system, state| {
            is_answered(system, state, |one| !one.stage.is_look())
        }),
        Promise::sometimes(LIES_TO_HEALING, |system, state| {
            is_answered(system, state, |one| {
                matches!(one.conversation, Conversation::Healing(_))
            })
        }),
        Promise::sometimes(READS_LIVE_PUK, |_, state| {
            let puk = 1 << state.card.puk;
            (state.rogue.by_ticket | state.rogue.by_healing) & puk != 0
        }),
        Promise::sometimes(SETS_PIN, |_, state| state.rogue.set_pin),
        Promise::sometimes(LIES_UNASKED, |system, state| {
            claimed(system, state).any(|told| !told.programs.is_empty())
        }),
        Promise::sometimes(ASKS_STRANGER, |system, state| {
            state.register.card_key.is_none()
                && claimed(system, state).any(|told| told.reads_secret())
        }),
    ]
}

/// What comes of every lie that can be told now.
fn all_told<'a>(system: &'a System, state: &'a State) -> impl Iterator<Item = Told> + 'a {
    let lies = liar::lies(state).into_iter();
    lies.map(|lie| liar::tell(state, &lie, system.rules))
}

/// What comes of those that are told on nobody's word.
fn claimed<'a>(system: &'a System, state: &'a State) -> impl Iterator<Item = Told> + 'a {
    let lies = liar::lies(state).into_iter();
    lies.filter(|lie| lie.voice == Voice::Stranger)
        .map(|lie| liar::tell(state, &lie, system.rules))
}

/// A lie about an operation like this is read by the server: it goes on from
/// there.
fn is_answered(system: &System, state: &State, is: impl Fn(&Operation) -> bool) -> bool {
    system.liar == Liar::WithoutCard
        && liar::lies(state).iter().any(|lie| {
            lie.voice == Voice::Copied
                && is(&state.register.operations[lie.at])
                && liar::tell(state, lie, system.rules).register != state.register
        })
}

/// Whether a card may hold what the register does not call good, or not yet.
fn is_touched(state: &State) -> bool {
    let mut all = state.register.operations.iter();
    all.any(Operation::is_unfinished)
}

fn confirmed(register: &Register) -> usize {
    let all = register.operations.iter();
    all.filter(|one| one.effects.state == OperationState::Confirmed)
        .count()
}

fn is_confirmed(state: &State, action: Action) -> bool {
    let mut all = state.register.operations.iter();
    all.any(|one| one.action == action && one.effects.state == OperationState::Confirmed)
}

/// The card is pulled and put back once, anywhere, with nothing else happening:
/// no ticket that lives, no report of before, and a bridge that knows nothing.
fn healed(system: &System, state: &State) -> State {
    let mut state = state.clone();
    let rules = system.rules;
    state.pull();
    state.wire.clear();
    state.pages = Default::default();
    for one in &mut state.register.operations {
        one.ticket = None;
    }
    state.at = Some(0);
    state.pages[0] = state.register.seen(rules);
    while state.run(0, rules) {
        while state.run.is_some() {
            state.step(rules);
        }
        if let Some(report) = state.wire.pop_last() {
            state.pages[0] = state.register.ran(&report, rules);
        }
        state.wire.clear();
        state.tidy(rules);
    }
    state
}
