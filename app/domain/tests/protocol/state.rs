//! Everything together: the card and where it is, the register, the pages, what
//! is on its way; and the steps of those who are honest.

use std::collections::BTreeSet;

use card_domain::OperationState;

use super::{
    card::{Apdu, Card, Fresh, MADE_UP},
    program::{Conversation, Program, ProgramKind, ProvesBy},
    register::{Operation, Register},
    report::{Answers, CommandOutcome, Report},
    rules::{Rule, Rules},
};

/// Two legal persons' pages, each with a bridge of its own.
pub(crate) const PAGES: usize = 2;

/// So many reports are enough to be late, to come twice, and to come behind one
/// of another operation.
const MOST_REPORTS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) card: Card,
    pub(crate) register: Register,
    /// At which page's reader the card is.
    pub(crate) at: Option<usize>,
    /// The key of that reader's bridge in this connection to the card.
    pub(crate) exchange: Option<Fresh>,
    /// What the server said last to each page.
    pub(crate) pages: [Option<Program>; PAGES],
    pub(crate) run: Option<Run>,
    /// Reports that were sent. Each may arrive at any time, more than once, or
    /// never.
    pub(crate) wire: BTreeSet<Report>,
    pub(crate) faults: u8,
    pub(crate) lies: u8,
    /// A liar saw a proof of the card: noted where a rule lets it count again.
    pub(crate) saw_proof: bool,
    /// A program set a PIN that no ticket asked for.
    pub(crate) pin_without_ticket: bool,
    /// What a lying terminal that has the card read of the PUK.
    pub(crate) rogue: Rogue,
}

/// A program on the card.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) program: Program,
    pub(crate) step: usize,
    pub(crate) answers: Answers,
    /// What card and bridge draw for it.
    fresh: Fresh,
}

/// The generations of the PUK (a bit each) that a lying bridge read in programs
/// that it could open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rogue {
    /// Under the legal person's ticket.
    pub(crate) by_ticket: u8,
    /// Without a ticket, in a healing.
    pub(crate) by_healing: u8,
    /// It set a PIN with one of the latter.
    pub(crate) set_pin: bool,
}

impl State {
    pub(crate) fn new(own_key: Option<u8>) -> Self {
        Self {
            card: Card::new(own_key),
            register: Register::new(own_key),
            at: None,
            exchange: None,
            pages: [None; PAGES],
            run: None,
            wire: BTreeSet::new(),
            faults: 0,
            lies: 0,
            saw_proof: false,
            pin_without_ticket: false,
            rogue: Rogue::default(),
        }
    }

    /// A random value: the smallest number that nothing refers to any more.
    fn fresh(&self) -> Fresh {
        let of_program = |program: &Program| [program.seal, program.stage.auth()];
        let run = self.run.iter();
        let operations = self.register.operations.iter();
        let reports = self.wire.iter();
        let used: BTreeSet<Fresh> = [self.card.waits, self.exchange]
            .into_iter()
            .chain(self.pages.iter().flatten().flat_map(of_program))
            .chain(run.flat_map(|run| of_program(&run.program)))
            .chain(operations.flat_map(|one| [one.bridge, one.stage.auth()]))
            .chain(reports.flat_map(|report| {
                let [seal, auth] = of_program(&report.program);
                [seal, auth, report.answers.bridge, report.answers.witness]
            }))
            .flatten()
            .collect();
        (0..MADE_UP)
            .find(|number| !used.contains(number))
            .unwrap_or(MADE_UP)
    }

    /// The page's bridge begins the program that the server said last. What is
    /// sealed, it opens in the connection in which it said that key.
    pub(crate) fn run(&mut self, page: usize, rules: Rules) -> bool {
        let Some(program) = self.pages[page].take() else {
            return false;
        };
        if program.seal.is_some() && program.seal != self.exchange {
            return false;
        }
        let fresh = self.fresh();
        if matches!(
            program.stage,
            ProgramKind::Witness | ProgramKind::Look(ProvesBy::CardKey)
        ) {
            self.exchange = Some(fresh);
        }
        debug_assert!(!program.stage.steps(rules).is_empty());
        self.run = Some(Run {
            program,
            step: 0,
            answers: Answers {
                bridge: self.exchange,
                ..Answers::NONE
            },
            fresh,
        });
        true
    }

    /// The card carries the next command out, or refuses it.
    pub(crate) fn step(&mut self, rules: Rules) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        let steps = run.program.stage.steps(rules);
        let apdu = steps[run.step];
        let done = self.card.take(apdu, run.fresh);
        let outcome = if done {
            CommandOutcome::Done
        } else {
            CommandOutcome::Unclear
        };
        let stage = run.program.stage;
        run.answers.note(stage, apdu, outcome, &self.card);
        self.pin_without_ticket |= done
            && matches!(apdu, Apdu::ResetPin(_))
            && run.program.conversation != Conversation::Ticket;
        run.step += 1;
        if done && run.step < steps.len() {
            self.run = Some(run);
        } else {
            self.send(run.program, run.answers, rules);
        }
    }

    /// The card answers an error, whether it did it or not.
    pub(crate) fn err(&mut self, done: bool, outcome: CommandOutcome, rules: Rules) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        let apdu = run.program.stage.steps(rules)[run.step];
        if done {
            self.card.take(apdu, run.fresh);
        }
        let stage = run.program.stage;
        run.answers.note(stage, apdu, outcome, &self.card);
        self.send(run.program, run.answers, rules);
    }

    /// A report is on its way.
    pub(crate) fn send(&mut self, program: Program, answers: Answers, rules: Rules) {
        self.saw_proof |= answers.is_proven() && !rules.keep(Rule::FreshProof);
        self.wire.insert(Report { program, answers });
        // Late ones are the first in order.
        while self.wire.len() > MOST_REPORTS {
            self.wire.pop_first();
        }
    }

    /// It is pulled. A reset, a bridge that dies and a page that goes away are
    /// the same for card and exchange: it is pulled and put back.
    pub(crate) fn pull(&mut self) {
        self.at = None;
        self.exchange = None;
        self.run = None;
        self.card.forget();
    }

    /// Forgets what can't matter any more, so that the states stay few: of an
    /// operation that is over, programs and reports; of a challenge whose token is
    /// void, the same; of a late report, all but that it is one; and a program
    /// that nobody can open any more.
    pub(crate) fn tidy(&mut self, rules: Rules) {
        let mut is_saved = Vec::new();
        for one in &mut self.register.operations {
            if one.is_over(rules) {
                one.stage = ProgramKind::Idle;
                one.bridge = None;
                one.conversation = Conversation::Ticket;
            }
            is_saved.push(std::mem::take(&mut one.is_saved));
        }
        let runs = self.run.iter_mut().map(|run| &mut run.program);
        for program in self.pages.iter_mut().flatten().chain(runs) {
            program.void(&is_saved);
        }
        let (at, exchange) = (self.at, self.exchange);
        for (page, slot) in self.pages.iter_mut().enumerate() {
            let key = exchange.filter(|_| at == Some(page));
            *slot = slot.filter(|program| {
                let is_sealed_to_it = program.seal.is_none() || program.seal == key;
                is_sealed_to_it && program.conversation != VOID
            });
        }
        let operations = &self.register.operations;
        self.wire = std::mem::take(&mut self.wire)
            .into_iter()
            .filter_map(|report| {
                let one = &operations[usize::from(report.program.operation)];
                report.tidy(one, &is_saved, rules)
            })
            .collect();
    }
}

/// A challenge whose token is void: the operation's row changed since.
const VOID: Conversation = Conversation::Challenge { is_current: false };

impl Operation {
    /// Whether no report on it has an effect any more.
    fn is_over(&self, rules: Rules) -> bool {
        let is_settled = self.effects.settled && rules.keep(Rule::SettledIsOver);
        match self.effects.state {
            OperationState::Confirmed => true,
            OperationState::Abandoned => is_settled || !self.effects.touched,
            _ => false,
        }
    }
}

impl Program {
    /// Operations were saved: a challenge's token for one of them is void.
    fn void(&mut self, is_saved: &[bool]) {
        if let Conversation::Challenge { is_current } = &mut self.conversation {
            *is_current &= !is_saved[usize::from(self.operation)];
        }
    }
}

impl Report {
    /// What of it can still matter.
    fn tidy(mut self, one: &Operation, is_saved: &[bool], rules: Rules) -> Option<Self> {
        self.program.void(is_saved);
        let is_late = match self.program.conversation {
            Conversation::Challenge { is_current: true } => false,
            Conversation::Challenge { is_current: false } => return None,
            Conversation::Healing(_) if self.program.conversation != one.conversation => {
                return None;
            }
            Conversation::Ticket | Conversation::Healing(_) => {
                self.program.sequence < one.sequence || one.stage == ProgramKind::Idle
            }
        };
        if one.is_over(rules) {
            return None;
        }
        if is_late {
            self.program.sequence = 0;
            self.program.stage = ProgramKind::Idle;
            self.program.seal = None;
            self.answers = Answers::NONE;
        }
        Some(self)
    }
}
