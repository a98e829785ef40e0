//! With whom the server talks: the holder of a ticket, whoever says that the
//! card is there, and whoever proved that it is (`server/src/operations/next.rs`
//! and `heal.rs`).

use card_domain::OperationState;

use super::{
    program::{Conversation, Program, ProgramKind, ProvesBy},
    register::{Operation, Register},
    report::{Answers, Proof, Report},
    rules::{Rule, Rules},
};

/// What a report proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proven {
    Yes,
    /// The card refused, or so it is said.
    Refused,
    /// It answered, and not as the card does.
    NotAuthentic,
}

impl Register {
    /// The page with the ticket reports that its card is there.
    pub(crate) fn inserted(&mut self, page: usize, rules: Rules) -> Option<Program> {
        let with_ticket = |one: &Operation| one.effects.state.is_open() && one.ticket == Some(page);
        let at = self.operations.iter().position(with_ticket)?;
        self.operations[at].conversation = Conversation::Ticket;
        self.operations[at].bridge = None;
        self.look(at, rules)
    }

    /// Anybody reports that the card is there: it is challenged, and nothing is
    /// written down.
    pub(crate) fn seen(&mut self, rules: Rules) -> Option<Program> {
        let open = |one: &Operation| one.effects.state.is_open() && one.effects.touched;
        let unfinished = self.operations.iter().rposition(Operation::is_unfinished);
        let at = self.operations.iter().rposition(open).or(unfinished)?;
        self.challenge(at, rules)
    }

    fn challenge(&mut self, at: usize, rules: Rules) -> Option<Program> {
        if self.is_waiting(at, rules) {
            return None;
        }
        if !rules.keep(Rule::ChallengeIsStateless) {
            let one = &mut self.operations[at];
            one.conversation = Conversation::Healing(one.sequence + 1);
            one.bridge = None;
            return self.look(at, rules);
        }
        Some(Program {
            operation: u8::try_from(at).unwrap(),
            sequence: 0,
            conversation: Conversation::Challenge { is_current: true },
            stage: self.first_look(at),
            seal: None,
        })
    }

    /// Whether an operation is not healed now: there is nothing to heal, or it is
    /// for the holder of its ticket.
    fn is_waiting(&self, at: usize, rules: Rules) -> bool {
        let one = &self.operations[at];
        let is_over = match one.effects.state {
            OperationState::Confirmed => true,
            OperationState::Abandoned => one.effects.settled && rules.keep(Rule::SettledIsOver),
            _ => false,
        };
        let is_for_ticket = one.effects.state.is_open() && one.ticket.is_some();
        is_over || is_for_ticket && rules.keep(Rule::HealingWaits) || !one.effects.touched
    }

    /// A report arrives; a late one, or one more copy, changes nothing.
    pub(crate) fn ran(&mut self, report: &Report, rules: Rules) -> Option<Program> {
        let at = usize::from(report.program.operation);
        let is_ticket_alive = self.operations[at].ticket.is_some();
        let before = (self.effects(), self.operations[at].conversation);
        let next = match report.program.conversation {
            Conversation::Challenge { is_current: true } => self.challenged(at, report, rules),
            Conversation::Ticket if is_ticket_alive => self.reported(at, report, rules),
            Conversation::Healing(_) if !self.is_waiting(at, rules) => {
                self.reported(at, report, rules)
            }
            Conversation::Challenge { .. } | Conversation::Ticket | Conversation::Healing(_) => {
                None
            }
        };
        let is_changed = before != (self.effects(), self.operations[at].conversation);
        self.healed_under_ticket |=
            is_changed && is_ticket_alive && report.program.conversation != Conversation::Ticket;
        next
    }

    fn reported(&mut self, at: usize, report: &Report, rules: Rules) -> Option<Program> {
        let one = &self.operations[at];
        if one.stage == ProgramKind::Idle || one.conversation != report.program.conversation {
            return None;
        }
        if report.program.sequence == one.sequence {
            return self.decide(at, &report.answers, rules);
        }
        // To whom it went, it is handed out once more.
        self.program(at, rules)
    }

    /// The answer to a challenge. Only what the card proved is written down.
    fn challenged(&mut self, at: usize, report: &Report, rules: Rules) -> Option<Program> {
        if self.is_waiting(at, rules) {
            return None;
        }
        let (stage, answers) = (report.program.stage, &report.answers);
        if let (ProgramKind::Witness, Some(auth)) = (stage, answers.witness) {
            return Some(Program {
                stage: ProgramKind::Look(ProvesBy::ManagementKey(auth)),
                // Nobody vouched for it: it is the bridge's by its own word.
                seal: answers.bridge,
                ..report.program
            });
        }
        if self.prove(stage, answers, rules) != Proven::Yes && rules.keep(Rule::ProofFirst) {
            return None;
        }
        let one = &mut self.operations[at];
        one.conversation = Conversation::Healing(one.sequence + 1);
        one.bridge = report.program.seal.or(answers.bridge);
        self.proved(at, answers, rules)
    }

    /// Whether a card proved itself by a program of this stage.
    pub(super) fn prove(&self, stage: ProgramKind, answers: &Answers, rules: Rules) -> Proven {
        let is_own_key = stage == ProgramKind::Look(ProvesBy::CardKey);
        match answers.proof {
            Proof::Refused => Proven::Refused,
            Proof::CardKey(key) if is_own_key && self.card_key == Some(key) => Proven::Yes,
            Proof::Answer if !is_own_key && stage.auth().is_some() => Proven::Yes,
            Proof::Replayed if !rules.keep(Rule::FreshProof) => Proven::Yes,
            _ => Proven::NotAuthentic,
        }
    }
}
