//! What may happen.

use card_domain::Action;
use stateright::{Model, Property};

use super::{
    card::{Apdu, Pin},
    liar::{self, Lie},
    limits,
    program::Program,
    properties,
    report::{Answers, CommandOutcome, Report},
    rules::{Rule, Rules},
    state::{PAGES, State},
};

/// Whose reports may be lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liar {
    /// A terminal that has no card, and everything that passed the pages.
    WithoutCard,
    /// Nobody but the first page and its bridge, also while the card is in it.
    WithCard,
}

/// How far it is followed, under which rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System {
    pub(crate) rules: Rules,
    /// The acts that are begun, one after the other or at once.
    pub(crate) acts: &'static [Action],
    /// Whether the card has a key of its own, or is one from before.
    pub(crate) own_key: bool,
    pub(crate) liar: Liar,
    /// Programs of one operation.
    pub(crate) most_programs: u8,
    /// Programs of all operations.
    pub(crate) most_in_all: u8,
    /// Times that something fails: a pull in the middle, a crash, a lost reply.
    pub(crate) most_faults: u8,
    /// Lies after which it goes on. All that can be told is told in each state all
    /// the same, to see what comes of it.
    pub(crate) most_lies: u8,
}

/// A step of the system that may come next, in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A legal person signs for the next act at this page.
    Begins(usize),
    /// The card is put into this page's reader.
    Inserted(usize),
    /// It is pulled, also out of a program.
    Pulled,
    /// The page with the ticket reports that the card is there.
    Reports(usize, Reply),
    /// The page reports that a card is there, as any page does.
    Sees(usize, Reply),
    /// The page's bridge begins the program that the server said.
    Runs(usize),
    /// The card carries the next command out.
    Steps,
    /// It answers an error to a write, done or not.
    Errs { done: bool },
    /// It does not know a command.
    Refuses,
    /// A report arrives at the server.
    Arrives(Report, Reply),
    /// Somebody lies to the server.
    Lies(Lie),
    /// A terminal that has the card ends a program and says something else.
    Cheats(Answers),
    /// It uses a PUK that it read in a program.
    Abuses,
    /// The ticket is cancelled, or its time is over.
    Voids(usize),
    /// The legal person takes it up again, at this page.
    Resumes(usize, usize),
    /// An operation is overdue.
    Expires(usize),
    /// An administrator gives an operation up.
    Forces(usize),
    /// Whoever has the card types wrong PINs.
    Blocks,
}

/// The server's reply. Lost is also what a server leaves that dies right after
/// it wrote the journal; one that dies before it has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Comes,
    IsLost,
}

/// A command whose error status does not say whether it was carried out.
const fn is_doubtful(apdu: Apdu) -> bool {
    matches!(
        apdu,
        Apdu::PutRest(_) | Apdu::ResetPin(_) | Apdu::ChangePuk(_)
    )
}

/// A command that a card may lack.
const fn is_optional(apdu: Apdu) -> bool {
    matches!(apdu, Apdu::ResetPin(_) | Apdu::ChangePuk(_))
}

impl Model for System {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.own_key.then_some(0))]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        let may_fail = state.faults < self.most_faults;
        let replies: &[Reply] = if may_fail {
            &[Reply::Comes, Reply::IsLost]
        } else {
            &[Reply::Comes]
        };
        self.at_pages(state, replies, events);
        if state.at.is_some() && (state.run.is_none() || may_fail) {
            events.push(Event::Pulled);
        }
        if let Some(run) = &state.run {
            events.push(Event::Steps);
            let next = run.program.stage.steps(self.rules)[run.step];
            if may_fail && is_doubtful(next) {
                events.extend([Event::Errs { done: true }, Event::Errs { done: false }]);
            }
            if may_fail && is_optional(next) {
                events.push(Event::Refuses);
            }
        }
        for report in &state.wire {
            events.extend(replies.iter().map(|reply| Event::Arrives(*report, *reply)));
        }
        self.without_card(state, may_fail, events);
        let may_lie = state.lies < self.most_lies;
        match self.liar {
            Liar::WithoutCard if may_lie => {
                events.extend(liar::lies(state).into_iter().map(Event::Lies));
            }
            Liar::WithoutCard => {}
            Liar::WithCard => limits::events(state, may_lie, events),
        }
    }

    fn next_state(&self, before: &State, event: Event) -> Option<State> {
        let mut state = before.clone();
        let rules = self.rules;
        match event {
            Event::Begins(page) => {
                let act = self.acts[state.register.operations.len()];
                state.register.begin(page, act, rules);
            }
            Event::Inserted(page) => state.at = Some(page),
            Event::Pulled => {
                state.faults += u8::from(state.run.is_some());
                state.pull();
            }
            Event::Reports(page, reply) => {
                let program = state.register.inserted(page, rules)?;
                state.answer(page, Some(program), reply);
            }
            Event::Sees(page, reply) => {
                let program = state.register.seen(rules)?;
                state.answer(page, Some(program), reply);
            }
            Event::Runs(page) => {
                state.run(page, rules);
                if self.liar == Liar::WithCard {
                    limits::read(&mut state);
                }
            }
            Event::Steps => state.step(rules),
            Event::Errs { done } => {
                state.faults += 1;
                state.err(done, CommandOutcome::Unclear, rules);
            }
            Event::Refuses => {
                state.faults += 1;
                state.err(false, CommandOutcome::NotDone, rules);
            }
            Event::Arrives(report, reply) => {
                let program = state.register.ran(&report, rules);
                // A page relays for the reader that its card is in.
                if let Some(page) = state.at {
                    state.answer(page, program, reply);
                }
            }
            Event::Lies(lie) => {
                state.register = liar::tell(before, &lie, rules).register;
                state.lies += u8::from(state.register != before.register);
            }
            Event::Cheats(answers) => {
                state.lies += 1;
                limits::cheat(&mut state, answers, rules);
            }
            Event::Abuses => limits::abuse(&mut state),
            Event::Voids(at) => state.register.void(at),
            Event::Resumes(at, page) => {
                state.faults += 1;
                state.register.operations[at].ticket = Some(page);
            }
            Event::Expires(at) => state.register.expire(at),
            Event::Forces(at) => {
                state.faults += 1;
                state.register.force(at);
            }
            Event::Blocks => {
                state.faults += 1;
                state.card.pin = Pin::Blocked;
            }
        }
        state.tidy(rules);
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn within_boundary(&self, state: &State) -> bool {
        let mut sequences = state.register.operations.iter().map(|one| one.sequence);
        sequences.clone().sum::<u8>() <= self.most_in_all
            && sequences.all(|sequence| sequence <= self.most_programs)
    }
}

impl System {
    /// What happens at the pages and their readers.
    fn at_pages(&self, state: &State, replies: &[Reply], events: &mut Vec<Event>) {
        for page in 0..PAGES {
            // Both pages are alike, so the first act is the first one's; unless that
            // is the one that lies.
            let begun = state.register.operations.len();
            if begun < self.acts.len() && (begun > 0 || page == 0 || self.liar == Liar::WithCard) {
                events.push(Event::Begins(page));
            }
            if state.at.is_none() {
                events.push(Event::Inserted(page));
            }
            if state.at == Some(page) && state.run.is_none() {
                for reply in replies {
                    events.push(Event::Reports(page, *reply));
                    events.push(Event::Sees(page, *reply));
                }
                if state.pages[page].is_some() {
                    events.push(Event::Runs(page));
                }
            }
        }
    }

    /// What is done to operations, and to the card elsewhere.
    fn without_card(&self, state: &State, may_fail: bool, events: &mut Vec<Event>) {
        for (at, one) in state.register.operations.iter().enumerate() {
            let is_touched = one.effects.touched;
            if !one.effects.state.is_open() {
                continue;
            }
            if one.ticket.is_some() {
                events.push(Event::Voids(at));
            } else if may_fail {
                events.extend((0..PAGES).map(|page| Event::Resumes(at, page)));
            }
            if !is_touched || !self.rules.keep(Rule::TouchedWaits) {
                events.push(Event::Expires(at));
            }
            if is_touched && may_fail {
                events.push(Event::Forces(at));
            }
        }
        if state.at.is_none() && state.card.pin == Pin::Set && may_fail {
            events.push(Event::Blocks);
        }
    }
}

impl State {
    fn answer(&mut self, page: usize, program: Option<Program>, reply: Reply) {
        match reply {
            Reply::Comes => self.pages[page] = program,
            Reply::IsLost => self.faults += 1,
        }
    }
}
