//! What the server keeps: the card's certificates, its PUK and its own key, and
//! the journal. A server that dies loses nothing of it.

use card_domain::{Action, OperationState, OperationStep, WriteStatus, advance};

use super::{
    card::Fresh,
    program::{Conversation, Program, ProgramKind, ProvesBy},
    rules::{Rule, Rules},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Good,
    Held,
    Superseded,
    Revoked,
}

/// What of an operation changes only on a card's proof, or on the word of
/// somebody who may give it up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Effects {
    pub(crate) state: OperationState,
    pub(crate) touched: bool,
    pub(crate) settled: bool,
    pub(crate) held: Option<u8>,
    pub(super) puk_to: Option<u8>,
    /// The PUK's generation by the card's own answers. It lies with the progress,
    /// and stands above the marker.
    pub(super) certain: Option<u8>,
    pub(super) keeps_puk: bool,
}

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    pub(crate) action: Action,
    /// The page that has the ticket, while it is good.
    pub(crate) ticket: Option<usize>,
    pub(crate) effects: Effects,
    pub(crate) sequence: u8,
    pub(crate) conversation: Conversation,
    pub(crate) stage: ProgramKind,
    /// The key of the bridge that the conversation is with.
    pub(crate) bridge: Option<Fresh>,
    /// It was written since a challenge's token could last be made: a new version.
    pub(crate) is_saved: bool,
}

/// What a report without a proof never changes.
pub(crate) type AllEffects = (Vec<Standing>, u8, bool, Option<u8>, Vec<Effects>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Register {
    /// The standing of each certificate of the card.
    pub(crate) certificates: Vec<Standing>,
    pub(crate) puk: u8,
    pub(crate) puk_known: bool,
    /// The key by which the register knows the card.
    pub(crate) card_key: Option<u8>,
    /// The terminal of a 延期 said that it is the card's, and not 制卡.
    pub(super) is_key_of_renewal: bool,
    pub(crate) operations: Vec<Operation>,
    /// An operation was healed, or its conversation taken for that, while its
    /// ticket lived.
    pub(crate) healed_under_ticket: bool,
}

impl Operation {
    /// The card may hold what the register does not call good, or not yet.
    pub(crate) fn is_unfinished(&self) -> bool {
        let Effects {
            state,
            touched,
            settled,
            ..
        } = self.effects;
        touched && (state.is_open() || state == OperationState::Abandoned && !settled)
    }

    pub(super) fn go(&mut self, steps: &[OperationStep]) {
        let card = if self.effects.touched {
            WriteStatus::MayBeWritten
        } else {
            WriteStatus::Untouched
        };
        for step in steps {
            self.effects.state = advance(self.action, self.effects.state, *step, card).unwrap();
        }
    }

    pub(super) fn rolls_back(&self) -> bool {
        self.effects.state == OperationState::Abandoned
    }
}

impl Register {
    pub(crate) fn new(card_key: Option<u8>) -> Self {
        Self {
            certificates: vec![Standing::Good],
            puk: 0,
            puk_known: true,
            card_key,
            is_key_of_renewal: false,
            operations: Vec::new(),
            healed_under_ticket: false,
        }
    }

    pub(crate) fn effects(&self) -> AllEffects {
        let operations = self.operations.iter().map(|one| one.effects.clone());
        (
            self.certificates.clone(),
            self.puk,
            self.puk_known,
            self.card_key,
            operations.collect(),
        )
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
            if one.effects.state.is_open() && !one.effects.touched && one.ticket.is_none() {
                self.give_up(at, OperationStep::Abandon);
            }
        }
        let mut all = self.operations.iter();
        let is_open = all.any(|one| one.effects.state.is_open());
        if rules.keep(Rule::OneOpen) && is_open {
            return false;
        }
        self.operations.push(Operation {
            action,
            ticket: Some(page),
            effects: Effects {
                state: OperationState::Prepared,
                touched: false,
                settled: false,
                held: None,
                puk_to: None,
                certain: None,
                keeps_puk: false,
            },
            sequence: 0,
            conversation: Conversation::Ticket,
            stage: ProgramKind::Idle,
            bridge: None,
            is_saved: false,
        });
        true
    }

    /// The ticket is void: cancelled, used up, or its time is over.
    pub(crate) fn void(&mut self, at: usize) {
        self.operations[at].ticket = None;
        if !self.operations[at].effects.touched {
            self.give_up(at, OperationStep::Abandon);
        }
    }

    /// Nobody finished it in time.
    pub(crate) fn expire(&mut self, at: usize) {
        let is_touched = self.operations[at].effects.touched;
        let step = if is_touched {
            OperationStep::GiveUp
        } else {
            OperationStep::Abandon
        };
        self.give_up(at, step);
        // Only a broken rule comes here with a card that was touched.
        self.operations[at].effects.settled |= is_touched;
    }

    /// An administrator gives up what may be on the card: it is put right.
    pub(crate) fn force(&mut self, at: usize) {
        self.give_up(at, OperationStep::GiveUp);
    }

    pub(super) fn give_up(&mut self, at: usize, step: OperationStep) {
        self.revoke_held();
        self.operations[at].go(&[step]);
        self.operations[at].ticket = None;
        self.rest(at);
    }

    pub(super) fn revoke_held(&mut self) {
        for standing in &mut self.certificates {
            if *standing == Standing::Held {
                *standing = Standing::Revoked;
            }
        }
    }

    /// The next program: the one place that hands out programs.
    pub(super) fn hand_out(
        &mut self,
        at: usize,
        stage: ProgramKind,
        rules: Rules,
    ) -> Option<Program> {
        let one = &mut self.operations[at];
        if !one.conversation.may(stage) && rules.keep(Rule::TableHolds) {
            return None;
        }
        if stage.puk().is_some() {
            one.effects.certain = None;
        }
        one.sequence += 1;
        one.stage = stage;
        one.is_saved = true;
        self.program(at, rules)
    }

    /// The program that is out.
    pub(super) fn program(&self, at: usize, rules: Rules) -> Option<Program> {
        let one = &self.operations[at];
        let is_secret = one.stage.auth().is_some() && rules.keep(Rule::SealedToExchange);
        (one.stage != ProgramKind::Idle).then_some(Program {
            operation: u8::try_from(at).unwrap(),
            sequence: one.sequence,
            conversation: one.conversation,
            stage: one.stage,
            seal: one.bridge.filter(|_| is_secret),
        })
    }

    /// What a card is asked first: to prove itself, or for a witness if it has no
    /// key of its own, or none that is enough before a PUK leaves the server.
    pub(super) fn first_look(&self, at: usize) -> ProgramKind {
        let is_for_puk = self.operations[at].action == Action::Unlock;
        match self.card_key {
            Some(_) if !(is_for_puk && self.is_key_of_renewal) => {
                ProgramKind::Look(ProvesBy::CardKey)
            }
            _ => ProgramKind::Witness,
        }
    }

    pub(super) fn look(&mut self, at: usize, rules: Rules) -> Option<Program> {
        self.hand_out(at, self.first_look(at), rules)
    }

    /// Journalled before the card can know of it.
    pub(super) fn write(&mut self, at: usize, stage: ProgramKind, rules: Rules) -> Option<Program> {
        let program = self.hand_out(at, stage, rules);
        self.operations[at].effects.touched |= program.is_some();
        program
    }

    /// No program is out; the card has to be inserted again.
    pub(super) fn wait(&mut self, at: usize) -> Option<Program> {
        self.rest(at);
        None
    }

    fn rest(&mut self, at: usize) {
        let one = &mut self.operations[at];
        one.stage = ProgramKind::Idle;
        one.bridge = None;
        // With no program out it does not matter whose turn it was.
        one.conversation = Conversation::Ticket;
        one.is_saved = true;
    }
}
