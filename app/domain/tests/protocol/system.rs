//! Everything together, and all that may happen to it.

use std::collections::BTreeSet;

use card_domain::Action;
use stateright::{Model, Property};

use super::{
    card::{Apdu, Card, Pin, ProgramId},
    program::{Answers, Fate, Program, Report},
    properties,
    register::Register,
    rules::{Rule, Rules},
};

/// Two legal persons' pages, each with a bridge of its own.
pub(crate) const PAGES: usize = 2;

/// How far it is followed, under which rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System {
    pub(crate) rules: Rules,
    /// The acts that are begun, one after the other or at once.
    pub(crate) acts: &'static [Action],
    /// Programs of one operation.
    pub(crate) most_programs: u8,
    /// Times that something fails: a pull in the middle, a crash, a lost reply.
    pub(crate) most_faults: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) card: Card,
    pub(crate) register: Register,
    /// At which page's reader the card is.
    pub(crate) at: Option<usize>,
    pub(crate) terminals: [Terminal; PAGES],
    pub(crate) run: Option<Run>,
    /// Reports that were sent. Each may arrive at any time, more than once, or
    /// never.
    pub(crate) wire: BTreeSet<Report>,
    pub(crate) faults: u8,
}

/// A page, and its bridge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Terminal {
    /// What the server said last.
    pub(crate) program: Option<Program>,
    /// The bridge's memory of what ran: a bridge that dies loses it.
    pub(crate) ran: Option<ProgramId>,
}

/// A program on the card.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) program: Program,
    pub(crate) step: usize,
    pub(crate) answers: Answers,
}

/// What may happen.
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
    /// A report arrives at the server.
    Arrives(Report, Reply),
    /// The bridge is killed; the card loses its power.
    BridgeDies(usize),
    /// The ticket is cancelled, or its time is over.
    Voids(usize),
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

impl State {
    fn new() -> Self {
        Self {
            card: Card::new(),
            register: Register::new(),
            at: None,
            terminals: Default::default(),
            run: None,
            wire: BTreeSet::new(),
            faults: 0,
        }
    }

    /// The program on the card ends here, whole or not.
    fn report(&mut self, run: &Run) {
        // What an earlier program said is known, or will never be used: two
        // copies of the newest ones are enough to be late and to come twice.
        self.wire.insert(Report {
            id: run.program.id,
            authority: run.program.authority,
            answers: run.answers,
        });
        while self.wire.len() > 2 {
            self.wire.pop_first();
        }
    }

    /// The card carries the next command out, or refuses it.
    pub(crate) fn step(&mut self, rules: Rules) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        let steps = run.program.stage.steps(rules);
        let apdu = steps[run.step];
        let done = self.card.take(apdu, rules.keep(Rule::FreshProof));
        let fate = if done { Fate::Done } else { Fate::Unclear };
        run.answers.note(apdu, fate, &self.card);
        run.step += 1;
        if done && run.step < steps.len() {
            self.run = Some(run);
        } else {
            self.report(&run);
        }
    }

    fn err(&mut self, done: bool, rules: Rules) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        let apdu = run.program.stage.steps(rules)[run.step];
        if done {
            self.card.take(apdu, rules.keep(Rule::FreshProof));
        }
        run.answers.note(apdu, Fate::Unclear, &self.card);
        self.report(&run);
    }

    pub(crate) fn pull(&mut self) {
        self.at = None;
        self.run = None;
        self.card.forget();
    }

    /// The bridge runs each program once, and an operation's in their order.
    pub(crate) fn run(&mut self, page: usize) -> bool {
        let terminal = &mut self.terminals[page];
        let Some(program) = terminal.program.take() else {
            return false;
        };
        if terminal.ran.is_some_and(|ran| program.id <= ran) {
            return false;
        }
        terminal.ran = Some(program.id);
        self.run = Some(Run {
            program,
            step: 0,
            answers: Answers::NONE,
        });
        true
    }

    fn answer(&mut self, page: usize, program: Option<Program>, reply: Reply) {
        match reply {
            Reply::Comes => self.terminals[page].program = program,
            Reply::IsLost => self.faults += 1,
        }
    }
}

/// A command whose error status does not say whether it was carried out.
const fn is_doubtful(apdu: Apdu) -> bool {
    matches!(
        apdu,
        Apdu::PutRest(_) | Apdu::ResetPin(_) | Apdu::ChangePuk(_)
    )
}

impl Model for System {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        vec![State::new()]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        let may_fail = state.faults < self.most_faults;
        let replies: &[Reply] = if may_fail {
            &[Reply::Comes, Reply::IsLost]
        } else {
            &[Reply::Comes]
        };
        for page in 0..PAGES {
            if state.register.operations.len() < self.acts.len() {
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
                if state.terminals[page].program.is_some() {
                    events.push(Event::Runs(page));
                }
            }
            if may_fail && state.terminals[page].ran.is_some() {
                events.push(Event::BridgeDies(page));
            }
        }
        if state.at.is_some() && (state.run.is_none() || may_fail) {
            events.push(Event::Pulled);
        }
        if let Some(run) = &state.run {
            events.push(Event::Steps);
            let next = run.program.stage.steps(self.rules)[run.step];
            if may_fail && is_doubtful(next) {
                events.extend([Event::Errs { done: true }, Event::Errs { done: false }]);
            }
        }
        for report in &state.wire {
            events.extend(replies.iter().map(|reply| Event::Arrives(*report, *reply)));
        }
        for (at, one) in state.register.operations.iter().enumerate() {
            if !one.state.is_open() {
                continue;
            }
            if one.ticket.is_some() {
                events.push(Event::Voids(at));
            }
            if !one.touched || !self.rules.keep(Rule::TouchedWaits) {
                events.push(Event::Expires(at));
            }
            if one.touched && may_fail {
                events.push(Event::Forces(at));
            }
        }
        if state.at.is_none() && state.card.pin == Pin::Set && may_fail {
            events.push(Event::Blocks);
        }
    }

    fn next_state(&self, before: &State, event: Event) -> Option<State> {
        let mut state = before.clone();
        match event {
            Event::Begins(page) => {
                let act = self.acts[state.register.operations.len()];
                state.register.begin(page, act, self.rules);
            }
            Event::Inserted(page) => state.at = Some(page),
            Event::Pulled => {
                state.faults += u8::from(state.run.is_some());
                state.pull();
            }
            Event::Reports(page, reply) => {
                let program = state.register.inserted(page)?;
                state.answer(page, Some(program), reply);
            }
            Event::Sees(page, reply) => {
                let program = state.register.seen()?;
                state.answer(page, Some(program), reply);
            }
            Event::Runs(page) => {
                state.run(page);
            }
            Event::Steps => state.step(self.rules),
            Event::Errs { done } => {
                state.faults += 1;
                state.err(done, self.rules);
            }
            Event::Arrives(report, reply) => {
                let program = state.register.ran(&report, self.rules);
                // A page relays for the reader that its card is in.
                if let Some(page) = state.at {
                    state.answer(page, program, reply);
                }
            }
            Event::BridgeDies(page) => {
                state.faults += 1;
                state.terminals[page].ran = None;
                if state.at == Some(page) {
                    state.run = None;
                    state.card.forget();
                }
            }
            Event::Voids(at) => state.register.void(at),
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
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn within_boundary(&self, state: &State) -> bool {
        let mut operations = state.register.operations.iter();
        operations.all(|one| one.sequence <= self.most_programs)
    }
}
