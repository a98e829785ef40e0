//! From what a card answered to what is done next
//! (`server/src/operations/decide`), over the domain's own states.

use card_domain::{Action, OperationStep};

use super::{
    card::{CertificateOnCard, Fresh, Marker, Pin},
    conversation::Proven,
    program::{Conversation, Program, ProgramKind, ProvesBy},
    register::{Register, Standing},
    report::{Answers, CommandOutcome},
    rules::{Rule, Rules},
};

impl Register {
    /// What follows from the report of the program that is out.
    pub(super) fn decide(&mut self, at: usize, answers: &Answers, rules: Rules) -> Option<Program> {
        let stage = self.operations[at].stage;
        if stage == ProgramKind::Witness {
            let Some(auth) = answers.witness else {
                return self.wait(at);
            };
            // Nobody vouched for it: it is the bridge's by its own word.
            self.operations[at].bridge = answers.bridge;
            let look = ProgramKind::Look(ProvesBy::ManagementKey(auth));
            return self.hand_out(at, look, rules);
        }
        let rule = if stage.is_look() {
            Rule::ProofFirst
        } else {
            Rule::ClaimsHaveNoEffect
        };
        if rules.keep(rule) {
            match self.prove(stage, answers, rules) {
                Proven::Yes => {}
                Proven::NotAuthentic => return self.wait(at),
                Proven::Refused if stage == ProgramKind::Look(ProvesBy::CardKey) => {
                    return self.wait(at);
                }
                // What was written before, nobody knows: it stays touched.
                Proven::Refused => return self.look(at, rules),
            }
        }
        match stage {
            ProgramKind::Idle | ProgramKind::Witness => None,
            ProgramKind::Look(by) => {
                if by == ProvesBy::CardKey {
                    self.operations[at].bridge = answers.bridge;
                }
                self.proved(at, answers, rules)
            }
            ProgramKind::Write {
                put, certificate, ..
            } => self.wrote(at, put, certificate, answers, rules),
            ProgramKind::Restore { .. } => {
                let read = answers.read.map(|(read, ..)| read);
                let good = self.good().map(CertificateOnCard::Certificate);
                self.operations[at].effects.settled |= read.is_some() && read == good;
                self.wait(at)
            }
            ProgramKind::Unblock { from, .. } => match answers.reset {
                CommandOutcome::Done => {
                    self.operations[at].go(&[OperationStep::Write]);
                    self.rotated(at, from, answers, rules)
                }
                CommandOutcome::NotDone => self.wait(at),
                // Whether the PIN is set, its tries tell.
                CommandOutcome::NotSent | CommandOutcome::Unclear => self.look(at, rules),
            },
            ProgramKind::Rotate { from, .. } => self.rotated(at, from, answers, rules),
            ProgramKind::KeepPuk { generation, .. } => self.kept_puk(at, generation),
            ProgramKind::Check { generation, .. } => self.checked(at, generation, answers),
        }
    }

    /// The card is the one. What it said in the same program counts.
    pub(super) fn proved(&mut self, at: usize, answers: &Answers, rules: Rules) -> Option<Program> {
        let (Some(auth), Some((certificate, pin, marker))) = (answers.witness, answers.read) else {
            return self.wait(at);
        };
        match self.operations[at].action {
            Action::Renew => self.seen_certificate(at, auth, certificate, rules),
            _ => self.seen_pin(at, auth, (pin, marker), rules),
        }
    }

    fn seen_certificate(
        &mut self,
        at: usize,
        auth: Fresh,
        on_card: CertificateOnCard,
        rules: Rules,
    ) -> Option<Program> {
        if self.operations[at].rolls_back() {
            let certificate = self.good().unwrap();
            return self.write(at, ProgramKind::Restore { auth, certificate }, rules);
        }
        let held = self.operations[at].effects.held;
        let certificate = held.unwrap_or_else(|| self.issue(at));
        let put = on_card != CertificateOnCard::Certificate(certificate);
        let card_key = self.card_key.is_none();
        let stage = ProgramKind::Write {
            auth,
            certificate,
            put,
            card_key,
        };
        if put || card_key {
            self.write(at, stage, rules)
        } else {
            self.hand_out(at, stage, rules)
        }
    }

    /// A new certificate, on hold.
    fn issue(&mut self, at: usize) -> u8 {
        self.revoke_held();
        let number = u8::try_from(self.certificates.len()).unwrap();
        self.certificates.push(Standing::Held);
        let one = &mut self.operations[at];
        one.effects.held = Some(number);
        one.go(&[OperationStep::Issue]);
        number
    }

    fn wrote(
        &mut self,
        at: usize,
        put: bool,
        certificate: u8,
        answers: &Answers,
        rules: Rules,
    ) -> Option<Program> {
        match answers.put {
            _ if !put || !rules.keep(Rule::ReadsBack) => {}
            CommandOutcome::Done => {}
            CommandOutcome::NotDone => return self.look(at, rules),
            CommandOutcome::NotSent | CommandOutcome::Unclear => return self.wait(at),
        }
        self.operations[at].go(&[OperationStep::Write]);
        let read = answers.read.map(|(read, ..)| read);
        if read != Some(CertificateOnCard::Certificate(certificate)) && rules.keep(Rule::ReadsBack)
        {
            return self.wait(at);
        }
        for standing in &mut self.certificates {
            if *standing == Standing::Good {
                *standing = Standing::Superseded;
            }
        }
        self.certificates[usize::from(certificate)] = Standing::Good;
        if let (None, Some(key)) = (self.card_key, answers.key) {
            self.card_key = Some(key);
            self.is_key_of_renewal = true;
        }
        self.confirm(at)
    }

    fn confirm(&mut self, at: usize) -> Option<Program> {
        self.operations[at].go(&[OperationStep::ReadBack, OperationStep::Confirm]);
        self.operations[at].ticket = None;
        // What was abandoned before of the same act does not matter any more.
        let action = self.operations[at].action;
        for one in &mut self.operations {
            one.effects.settled |= one.rolls_back() && one.effects.touched && one.action == action;
        }
        self.wait(at)
    }

    fn seen_pin(
        &mut self,
        at: usize,
        auth: Fresh,
        (pin, marker): (Pin, Option<Marker>),
        rules: Rules,
    ) -> Option<Program> {
        let one = &self.operations[at];
        let known = one.effects.certain.or_else(|| resolve(self.puk, marker));
        let known = if rules.keep(Rule::UnknownIsNotTried) {
            known
        } else {
            known.or(Some(self.puk))
        };
        let check = ProgramKind::Check {
            auth,
            generation: known,
        };
        if let (true, Some(generation)) = (one.effects.keeps_puk, known) {
            return self.write(at, ProgramKind::KeepPuk { auth, generation }, rules);
        }
        if one.rolls_back() {
            return self.hand_out(at, check, rules);
        }
        if pin == Pin::Set {
            return match known {
                _ if !one.effects.touched => self.abandon(at),
                // It was blocked when the PUK was sent: so the PIN is set.
                // In a healing no PUK leaves the server: the old one stays.
                Some(from)
                    if one.effects.puk_to != known
                        && (one.conversation == Conversation::Ticket
                            || !rules.keep(Rule::TableHolds)) =>
                {
                    self.write(at, ProgramKind::Rotate { auth, from }, rules)
                }
                _ => self.hand_out(at, check, rules),
            };
        }
        // Without the legal person nobody sets a PIN.
        if one.conversation != Conversation::Ticket && rules.keep(Rule::TableHolds) {
            return self.hand_out(at, check, rules);
        }
        match known.filter(|_| self.puk_known) {
            None => {
                self.puk_known = false;
                self.abandon(at)
            }
            Some(from) => {
                self.operations[at].effects.puk_to = Some(from + 1);
                self.write(at, ProgramKind::Unblock { auth, from }, rules)
            }
        }
    }

    fn rotated(&mut self, at: usize, from: u8, answers: &Answers, rules: Rules) -> Option<Program> {
        match answers.change {
            // It was not sent, whatever the marker says by now.
            CommandOutcome::NotSent => {
                self.operations[at].effects.certain = Some(from);
                self.look(at, rules)
            }
            // The card does not know the command, and its marker has to say so.
            CommandOutcome::NotDone => {
                self.operations[at].effects.certain = Some(from);
                self.operations[at].effects.keeps_puk = true;
                self.look(at, rules)
            }
            CommandOutcome::Done => self.set(at, Some(from + 1)),
            CommandOutcome::Unclear => self.set(at, None),
        }
    }

    fn kept_puk(&mut self, at: usize, generation: u8) -> Option<Program> {
        if self.operations[at].rolls_back() {
            self.learn(Some(generation));
            self.operations[at].effects.settled = true;
            return self.wait(at);
        }
        self.set(at, Some(generation))
    }

    fn checked(&mut self, at: usize, generation: Option<u8>, answers: &Answers) -> Option<Program> {
        let Some((_, pin, _)) = answers.read else {
            return self.wait(at);
        };
        self.learn(generation);
        if self.operations[at].rolls_back() {
            self.operations[at].effects.settled = true;
            return self.wait(at);
        }
        if pin == Pin::Blocked {
            return self.abandon(at);
        }
        self.set(at, generation)
    }

    /// The PIN is set: it ends well.
    fn set(&mut self, at: usize, generation: Option<u8>) -> Option<Program> {
        self.learn(generation);
        self.operations[at].go(&[OperationStep::Write]);
        self.confirm(at)
    }

    fn learn(&mut self, generation: Option<u8>) {
        // A late word never leads back.
        self.puk = generation.map_or(self.puk, |generation| generation.max(self.puk));
        self.puk_known &= generation.is_some();
    }

    /// It is over without anything to put right.
    fn abandon(&mut self, at: usize) -> Option<Program> {
        let step = if self.operations[at].effects.touched {
            OperationStep::GiveUp
        } else {
            OperationStep::Abandon
        };
        self.give_up(at, step);
        self.operations[at].effects.settled = true;
        None
    }
}

/// Which PUK is on a card whose register says `registered`
/// (`server/src/operations/marker.rs`); `None` is unknown.
const fn resolve(registered: u8, marker: Option<Marker>) -> Option<u8> {
    match marker {
        None => Some(registered),
        Some(Marker { from, to }) if from == to && to >= registered => Some(to),
        Some(Marker { from, to }) if from != to && to == registered => Some(to),
        Some(_) => None,
    }
}
