//! The programs that the server hands out, and what comes back of them.

use super::{
    card::{Apdu, Card, Marker, OnCard, Pin, ProgramId, Witness},
    rules::{Rule, Rules},
};

/// What a program does. `auth` is the witness that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// None is out.
    Idle,
    Look,
    Write {
        auth: Witness,
        certificate: u8,
        put: bool,
    },
    Restore {
        auth: Witness,
        certificate: u8,
    },
    Unblock {
        auth: Witness,
        from: u8,
    },
    Rotate {
        auth: Witness,
        from: u8,
    },
    Check {
        auth: Witness,
        generation: Option<u8>,
    },
}

/// On whose word an operation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Authority {
    Ticket,
    Healing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Program {
    pub(crate) id: ProgramId,
    pub(crate) stage: Stage,
    pub(crate) authority: Authority,
}

impl Stage {
    pub(crate) fn steps(self, rules: Rules) -> Vec<Apdu> {
        let rotation = |from: u8| {
            let to = from + 1;
            let before = rules
                .keep(Rule::MarksBefore)
                .then_some(Apdu::Mark(Marker { from, to }));
            let after = Apdu::Mark(Marker { from: to, to });
            before
                .into_iter()
                .chain([Apdu::ChangePuk(from), after, Apdu::Read])
        };
        match self {
            Self::Idle => Vec::new(),
            Self::Look => vec![Apdu::Look],
            Self::Write {
                auth,
                certificate,
                put: true,
            }
            | Self::Restore { auth, certificate } => {
                vec![
                    Apdu::Answer(auth),
                    Apdu::PutFirst,
                    Apdu::PutRest(certificate),
                    Apdu::Read,
                ]
            }
            Self::Write { auth, .. } | Self::Check { auth, .. } => {
                vec![Apdu::Answer(auth), Apdu::Read]
            }
            Self::Unblock { auth, from } => [Apdu::Answer(auth), Apdu::ResetPin(from)]
                .into_iter()
                .chain(rotation(from))
                .collect(),
            Self::Rotate { auth, from } => std::iter::once(Apdu::Answer(auth))
                .chain(rotation(from))
                .collect(),
        }
    }
}

/// What is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fate {
    NotSent,
    Done,
    /// An error status: nobody can tell.
    Unclear,
}

/// The answers to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Answers {
    pub(crate) proven: bool,
    /// The card's witness, for the next program.
    pub(crate) witness: Witness,
    /// Certificate, PIN and marker, when they were read last.
    pub(crate) read: Option<(OnCard, Pin, Option<Marker>)>,
    pub(crate) put: Fate,
    pub(crate) reset: Fate,
    pub(crate) change: Fate,
}

impl Answers {
    pub(crate) const NONE: Self = Self {
        proven: false,
        witness: 0,
        read: None,
        put: Fate::NotSent,
        reset: Fate::NotSent,
        change: Fate::NotSent,
    };

    /// Notes the answer to a command.
    pub(crate) const fn note(&mut self, apdu: Apdu, fate: Fate, card: &Card) {
        match apdu {
            Apdu::Look | Apdu::Read => {
                self.witness = card.witness;
                self.read = Some((card.certificate, card.pin, card.marker));
            }
            Apdu::Answer(_) => self.proven = matches!(fate, Fate::Done),
            Apdu::PutRest(_) => self.put = fate,
            Apdu::ResetPin(_) => self.reset = fate,
            Apdu::ChangePuk(_) => self.change = fate,
            Apdu::PutFirst | Apdu::Mark(_) => {}
        }
    }
}

/// What came of a program, on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Report {
    pub(crate) id: ProgramId,
    pub(crate) authority: Authority,
    pub(crate) answers: Answers,
}
