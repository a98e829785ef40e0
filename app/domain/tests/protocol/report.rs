//! What comes back of a program: answers, and whether the card proved itself.

use super::{
    card::{Apdu, Card, CertificateOnCard, Fresh, Marker, Pin},
    program::{Program, ProgramKind, ProvesBy},
};

/// What is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum CommandOutcome {
    NotSent,
    Done,
    /// The card does not know the command.
    NotDone,
    /// An error status: nobody can tell.
    Unclear,
}

/// By what a report says that the card proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// The card refused, or so it is said.
    Refused,
    /// An answer that no card gave.
    Wrong,
    /// The card gave it once, in another program.
    Replayed,
    /// The own key of this number signed this program's nonce, and the bridge's
    /// key that is reported.
    CardKey(u8),
    /// The management key answered this program's challenge.
    Answer,
}

/// The answers to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Answers {
    pub(crate) proof: Proof,
    /// The bridge's key of the exchange.
    pub(crate) bridge: Option<Fresh>,
    /// The card's witness, for the next program.
    pub(crate) witness: Option<Fresh>,
    /// Certificate, PIN and marker, when they were read last.
    pub(crate) read: Option<(CertificateOnCard, Pin, Option<Marker>)>,
    pub(crate) put: CommandOutcome,
    pub(crate) reset: CommandOutcome,
    pub(crate) change: CommandOutcome,
    /// The key of its own that the card made.
    pub(crate) key: Option<u8>,
}

impl Answers {
    pub(crate) const NONE: Self = Self {
        proof: Proof::Refused,
        bridge: None,
        witness: None,
        read: None,
        put: CommandOutcome::NotSent,
        reset: CommandOutcome::NotSent,
        change: CommandOutcome::NotSent,
        key: None,
    };

    /// Notes the answer to a command of a program of this stage.
    pub(crate) fn note(
        &mut self,
        stage: ProgramKind,
        apdu: Apdu,
        outcome: CommandOutcome,
        card: &Card,
    ) {
        match apdu {
            Apdu::Witness => self.witness = card.waits,
            Apdu::Look => {
                self.witness = card.waits;
                self.read = Some((card.certificate, card.pin, card.marker));
                if let (ProgramKind::Look(ProvesBy::CardKey), Some(key)) = (stage, card.own_key) {
                    self.proof = Proof::CardKey(key);
                }
            }
            Apdu::Read => self.read = Some((card.certificate, card.pin, card.marker)),
            Apdu::Answer(_) if outcome == CommandOutcome::Done => self.proof = Proof::Answer,
            Apdu::MakeKey => self.key = card.own_key,
            Apdu::PutRest(_) => self.put = outcome,
            Apdu::ResetPin(_) => self.reset = outcome,
            Apdu::ChangePuk(_) => self.change = outcome,
            Apdu::Answer(_) | Apdu::PutFirst | Apdu::Mark(_) => {}
        }
    }

    /// Whether the card proved itself in this very program.
    pub(crate) const fn is_proven(&self) -> bool {
        matches!(self.proof, Proof::CardKey(_) | Proof::Answer)
    }
}

/// What came of a program, on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Report {
    pub(crate) program: Program,
    pub(crate) answers: Answers,
}
