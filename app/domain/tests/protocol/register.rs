//! What the server keeps: the card's certificates, its PUK, and the journal. A
//! server that dies loses nothing of it.

use card_domain::{Action, CardMayHold, OperationState, OperationStep, advance};

use super::{
    program::{Authority, Program, Report, Stage},
    rules::{Rule, Rules},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Good,
    Held,
    Superseded,
    Revoked,
}

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    pub(crate) action: Action,
    pub(crate) state: OperationState,
    /// The page that has the ticket, while it is good.
    pub(crate) ticket: Option<usize>,
    pub(crate) touched: bool,
    pub(crate) settled: bool,
    pub(crate) held: Option<u8>,
    pub(crate) sequence: u8,
    pub(crate) stage: Stage,
    pub(super) touched_before: bool,
    pub(super) puk_to: Option<u8>,
    pub(super) certain: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Register {
    /// The standing of each certificate of the card.
    pub(crate) certificates: Vec<Standing>,
    pub(crate) puk: u8,
    pub(crate) puk_known: bool,
    pub(crate) operations: Vec<Operation>,
}

impl Operation {
    /// The card may hold what the register does not call good, or not yet.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.touched
            && (self.state.is_open() || self.state == OperationState::Abandoned && !self.settled)
    }

    pub(super) fn go(&mut self, steps: &[OperationStep]) {
        let card = if self.touched {
            CardMayHold::Something
        } else {
            CardMayHold::Nothing
        };
        for step in steps {
            self.state = advance(self.action, self.state, *step, card).unwrap();
        }
    }

    pub(super) fn rolls_back(&self) -> bool {
        self.state == OperationState::Abandoned
    }
}

impl Register {
    pub(crate) fn new() -> Self {
        Self {
            certificates: vec![Standing::Good],
            puk: 0,
            puk_known: true,
            operations: Vec::new(),
        }
    }

    /// The number of the good certificate.
    pub(crate) fn good(&self) -> Option<u8> {
        let at = self
            .certificates
            .iter()
            .position(|one| *one == Standing::Good);
        at.and_then(|at| u8::try_from(at).ok())
    }

    /// Two pages proposed; this one commits. False when another is open.
    pub(crate) fn begin(&mut self, page: usize, action: Action, rules: Rules) -> bool {
        // What touched nothing makes room once its ticket is void.
        for at in 0..self.operations.len() {
            let one = &self.operations[at];
            if one.state.is_open() && !one.touched && one.ticket.is_none() {
                self.give_up(at, OperationStep::Abandon);
            }
        }
        let is_open = self.operations.iter().any(|one| one.state.is_open());
        if rules.keep(Rule::OneOpen) && is_open {
            return false;
        }
        self.operations.push(Operation {
            action,
            state: OperationState::Prepared,
            ticket: Some(page),
            touched: false,
            settled: false,
            held: None,
            sequence: 0,
            stage: Stage::Idle,
            touched_before: false,
            puk_to: None,
            certain: None,
        });
        true
    }

    /// The page with the ticket reports that its card is there.
    pub(crate) fn inserted(&mut self, page: usize) -> Option<Program> {
        let with_ticket = |one: &Operation| one.state.is_open() && one.ticket == Some(page);
        let at = self.operations.iter().position(with_ticket)?;
        self.look(at, Authority::Ticket)
    }

    /// Any page reports that the card is there.
    pub(crate) fn seen(&mut self) -> Option<Program> {
        let open = |one: &Operation| one.state.is_open() && one.touched;
        let unfinished = self.operations.iter().rposition(Operation::is_unfinished);
        let at = self.operations.iter().rposition(open).or(unfinished)?;
        self.look(at, Authority::Healing)
    }

    /// A report arrives; a late one, or one more copy, changes nothing.
    pub(crate) fn ran(&mut self, report: &Report, rules: Rules) -> Option<Program> {
        let (at, sequence) = (usize::from(report.id.0), report.id.1);
        let one = &self.operations[at];
        let may = match report.authority {
            Authority::Ticket => one.ticket.is_some(),
            Authority::Healing => one.touched,
        };
        if !may {
            return None;
        }
        if sequence < one.sequence || one.stage == Stage::Idle {
            return self.again(at, report, rules);
        }
        self.judge(at, report.authority, &report.answers, rules)
    }

    /// The program that is out once more.
    fn again(&mut self, at: usize, report: &Report, rules: Rules) -> Option<Program> {
        let one = &mut self.operations[at];
        if rules.keep(Rule::AgainIsNoted) {
            one.touched_before = one.touched;
        }
        (one.stage != Stage::Idle).then_some(Program {
            id: (report.id.0, one.sequence),
            stage: one.stage,
            authority: report.authority,
        })
    }

    /// The ticket is void: cancelled, used up, or its time is over.
    pub(crate) fn void(&mut self, at: usize) {
        self.operations[at].ticket = None;
        if !self.operations[at].touched {
            self.give_up(at, OperationStep::Abandon);
        }
    }

    /// Nobody finished it in time.
    pub(crate) fn expire(&mut self, at: usize) {
        let one = &self.operations[at];
        let step = if one.touched {
            OperationStep::GiveUp
        } else {
            OperationStep::Abandon
        };
        let is_settled = one.touched;
        self.give_up(at, step);
        // Only a broken rule comes here with a card that was touched.
        self.operations[at].settled |= is_settled;
    }

    /// An administrator gives up what may be on the card: it is put right.
    pub(crate) fn force(&mut self, at: usize) {
        self.give_up(at, OperationStep::GiveUp);
    }

    pub(super) fn give_up(&mut self, at: usize, step: OperationStep) {
        self.revoke_held();
        let one = &mut self.operations[at];
        one.go(&[step]);
        one.stage = Stage::Idle;
        one.ticket = None;
    }

    pub(super) fn revoke_held(&mut self) {
        for standing in &mut self.certificates {
            if *standing == Standing::Held {
                *standing = Standing::Revoked;
            }
        }
    }

    /// The next program.
    #[expect(clippy::unnecessary_wraps, reason = "what every judge gives")]
    pub(super) fn hand_out(
        &mut self,
        at: usize,
        stage: Stage,
        authority: Authority,
    ) -> Option<Program> {
        let number = u8::try_from(at).unwrap();
        let one = &mut self.operations[at];
        if matches!(stage, Stage::Unblock { .. } | Stage::Rotate { .. }) {
            one.certain = None;
        }
        one.sequence += 1;
        one.stage = stage;
        Some(Program {
            id: (number, one.sequence),
            stage,
            authority,
        })
    }

    pub(super) fn look(&mut self, at: usize, authority: Authority) -> Option<Program> {
        let one = &mut self.operations[at];
        one.touched_before = one.touched;
        self.hand_out(at, Stage::Look, authority)
    }

    /// Journalled before the card can know of it.
    pub(super) fn write(
        &mut self,
        at: usize,
        stage: Stage,
        authority: Authority,
    ) -> Option<Program> {
        let one = &mut self.operations[at];
        one.touched_before = one.touched;
        one.touched = true;
        self.hand_out(at, stage, authority)
    }

    pub(super) fn wait(&mut self, at: usize) -> Option<Program> {
        self.operations[at].stage = Stage::Idle;
        None
    }
}
