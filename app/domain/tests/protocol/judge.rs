//! From what a card answered to what is done next: the judges of
//! `server/src/operations/judge`, over the domain's own states.

use card_domain::{Action, OperationState, OperationStep};

use super::{
    card::{Marker, OnCard, Pin, Witness},
    program::{Answers, Authority, Fate, Program, Stage},
    register::{Register, Standing},
    rules::{Rule, Rules},
};

impl Register {
    pub(super) fn judge(
        &mut self,
        at: usize,
        authority: Authority,
        answers: &Answers,
        rules: Rules,
    ) -> Option<Program> {
        let stage = self.operations[at].stage;
        if stage != Stage::Look && !answers.proven {
            let one = &mut self.operations[at];
            one.touched &= one.touched_before;
            return self.look(at, authority);
        }
        match stage {
            Stage::Idle => None,
            Stage::Look => self.seen_by(at, authority, answers, rules),
            Stage::Write {
                put, certificate, ..
            } => self.wrote(at, put, certificate, answers, rules),
            Stage::Restore { certificate, .. } => {
                let read = answers.read.map(|(read, ..)| read);
                self.operations[at].settled = read == Some(OnCard::Certificate(certificate));
                self.wait(at)
            }
            Stage::Unblock { from, .. } => match answers.reset {
                Fate::Done => {
                    self.operations[at].go(&[OperationStep::Write]);
                    self.rotated(at, from, authority, answers)
                }
                // Whether the PIN is set, its tries tell.
                Fate::NotSent | Fate::Unclear => self.look(at, authority),
            },
            Stage::Rotate { from, .. } => self.rotated(at, from, authority, answers),
            Stage::Check { generation, .. } => self.checked(at, generation, answers),
        }
    }

    fn seen_by(
        &mut self,
        at: usize,
        authority: Authority,
        answers: &Answers,
        rules: Rules,
    ) -> Option<Program> {
        let auth = answers.witness;
        let (certificate, pin, marker) = answers.read?;
        match self.operations[at].action {
            Action::Renew => self.seen_certificate(at, auth, certificate, authority),
            _ => self.seen_pin(at, auth, (pin, marker), authority, rules),
        }
    }

    fn seen_certificate(
        &mut self,
        at: usize,
        auth: Witness,
        on_card: OnCard,
        authority: Authority,
    ) -> Option<Program> {
        if self.operations[at].rolls_back() {
            let certificate = self.good().unwrap();
            return self.write(at, Stage::Restore { auth, certificate }, authority);
        }
        let certificate = self.operations[at].held.unwrap_or_else(|| self.issue(at));
        let put = on_card != OnCard::Certificate(certificate);
        let stage = Stage::Write {
            auth,
            certificate,
            put,
        };
        if put {
            self.write(at, stage, authority)
        } else {
            self.hand_out(at, stage, authority)
        }
    }

    /// A new certificate, on hold.
    fn issue(&mut self, at: usize) -> u8 {
        self.revoke_held();
        let number = u8::try_from(self.certificates.len()).unwrap();
        self.certificates.push(Standing::Held);
        let one = &mut self.operations[at];
        one.held = Some(number);
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
        if self.operations[at].rolls_back() {
            return self.wait(at);
        }
        if put && answers.put != Fate::Done && rules.keep(Rule::ReadsBack) {
            return self.wait(at);
        }
        self.operations[at].go(&[OperationStep::Write]);
        let read = answers.read.map(|(read, ..)| read);
        if read != Some(OnCard::Certificate(certificate)) && rules.keep(Rule::ReadsBack) {
            return self.wait(at);
        }
        for standing in &mut self.certificates {
            if *standing == Standing::Good {
                *standing = Standing::Superseded;
            }
        }
        self.certificates[usize::from(certificate)] = Standing::Good;
        self.confirm(at)
    }

    fn confirm(&mut self, at: usize) -> Option<Program> {
        self.operations[at].go(&[OperationStep::ReadBack, OperationStep::Confirm]);
        self.operations[at].ticket = None;
        // What was abandoned before of the same act does not matter any more.
        let action = self.operations[at].action;
        for one in &mut self.operations {
            one.settled |= one.state == OperationState::Abandoned && one.action == action;
        }
        self.wait(at)
    }

    fn seen_pin(
        &mut self,
        at: usize,
        auth: Witness,
        (pin, marker): (Pin, Option<Marker>),
        authority: Authority,
        rules: Rules,
    ) -> Option<Program> {
        let one = &self.operations[at];
        let known = one.certain.or_else(|| resolve(self.puk, marker));
        let known = if rules.keep(Rule::UnknownIsNotTried) {
            known
        } else {
            known.or(Some(self.puk))
        };
        let check = Stage::Check {
            auth,
            generation: known,
        };
        if one.rolls_back() {
            return self.hand_out(at, check, authority);
        }
        if pin == Pin::Set {
            return match known {
                _ if !one.touched => self.abandon(at),
                // It was blocked when the PUK was sent: so the PIN is set.
                Some(from) if one.puk_to != known => {
                    self.write(at, Stage::Rotate { auth, from }, authority)
                }
                _ => self.hand_out(at, check, authority),
            };
        }
        match (authority, known.filter(|_| self.puk_known)) {
            // Without the legal person nobody sets a PIN.
            (Authority::Healing, _) => self.hand_out(at, check, authority),
            (Authority::Ticket, None) => {
                self.puk_known = false;
                self.abandon(at)
            }
            (Authority::Ticket, Some(from)) => {
                self.operations[at].puk_to = Some(from + 1);
                self.write(at, Stage::Unblock { auth, from }, authority)
            }
        }
    }

    fn rotated(
        &mut self,
        at: usize,
        from: u8,
        authority: Authority,
        answers: &Answers,
    ) -> Option<Program> {
        match answers.change {
            // It was not sent, whatever the marker says by now.
            Fate::NotSent => {
                self.operations[at].certain = Some(from);
                self.look(at, authority)
            }
            Fate::Done => self.set(at, Some(from + 1)),
            Fate::Unclear => self.set(at, None),
        }
    }

    fn checked(&mut self, at: usize, generation: Option<u8>, answers: &Answers) -> Option<Program> {
        let pin = answers.read.map(|(_, pin, _)| pin)?;
        if self.operations[at].rolls_back() {
            self.learn(generation);
            self.operations[at].settled = true;
            return self.wait(at);
        }
        if pin == Pin::Blocked {
            self.learn(generation);
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
        self.puk = generation.unwrap_or(self.puk);
        self.puk_known &= generation.is_some();
    }

    /// It is over without anything to put right.
    fn abandon(&mut self, at: usize) -> Option<Program> {
        let step = if self.operations[at].touched {
            OperationStep::GiveUp
        } else {
            OperationStep::Abandon
        };
        self.give_up(at, step);
        self.operations[at].settled = true;
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
