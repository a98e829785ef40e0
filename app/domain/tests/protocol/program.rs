//! The programs that the server hands out, on whose word, and to whom they are
//! sealed.

use super::{
    card::{Apdu, Fresh, Marker},
    rules::{Rule, Rules},
};

/// By which of its keys a card proves itself at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ProvesBy {
    /// The card's own key, in slot 9E.
    CardKey,
    /// The management key, 9B: this is the witness that is answered.
    ManagementKey(Fresh),
}

/// What a program does. `auth` is the witness that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ProgramKind {
    /// No program is out; the card may be inserted.
    Idle,
    Witness,
    Look(ProvesBy),
    Write {
        auth: Fresh,
        certificate: u8,
        put: bool,
        card_key: bool,
    },
    Restore {
        auth: Fresh,
        certificate: u8,
    },
    Unblock {
        auth: Fresh,
        from: u8,
    },
    Rotate {
        auth: Fresh,
        from: u8,
    },
    KeepPuk {
        auth: Fresh,
        generation: u8,
    },
    Check {
        auth: Fresh,
        generation: Option<u8>,
    },
}

/// Which conversation with a card a program or a report belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Conversation {
    /// The conversation of the legal person's ticket.
    Ticket,
    /// A healing's, after the card's proof. It has an id of its own; here that is
    /// the number of its first program, since no number comes twice.
    Healing(u8),
    /// A challenge to whoever says that the card is there. The journal knows
    /// nothing of it.
    Challenge {
        /// The operation's row has still the version in the challenge's token.
        is_current: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Program {
    /// The operation's number.
    pub(crate) operation: u8,
    /// The program's number in it; a challenge's has none of its own.
    pub(crate) sequence: u8,
    pub(crate) conversation: Conversation,
    pub(crate) stage: ProgramKind,
    /// The key of the bridge that alone can open it.
    pub(crate) seal: Option<Fresh>,
}

impl Conversation {
    /// Authority × kind of program (`server/src/operations/authority.rs`).
    pub(crate) const fn may(self, stage: ProgramKind) -> bool {
        match (self, stage) {
            (_, ProgramKind::Idle | ProgramKind::Witness | ProgramKind::Look(_)) => true,
            (Self::Challenge { .. }, _)
            | (Self::Healing(_), ProgramKind::Unblock { .. } | ProgramKind::Rotate { .. })
            | (Self::Ticket, ProgramKind::Restore { .. }) => false,
            (Self::Ticket | Self::Healing(_), _) => true,
        }
    }
}

impl ProgramKind {
    /// The witness that it answers: with 9B, which is what makes it a secret.
    pub(crate) const fn auth(self) -> Option<Fresh> {
        match self {
            Self::Idle | Self::Witness | Self::Look(ProvesBy::CardKey) => None,
            Self::Look(ProvesBy::ManagementKey(auth))
            | Self::Write { auth, .. }
            | Self::Restore { auth, .. }
            | Self::Unblock { auth, .. }
            | Self::Rotate { auth, .. }
            | Self::KeepPuk { auth, .. }
            | Self::Check { auth, .. } => Some(auth),
        }
    }

    pub(crate) const fn is_look(self) -> bool {
        matches!(self, Self::Witness | Self::Look(_))
    }

    /// The PUK in it, of this generation and the next.
    pub(crate) const fn puk(self) -> Option<u8> {
        match self {
            Self::Unblock { from, .. } | Self::Rotate { from, .. } => Some(from),
            _ => None,
        }
    }

    pub(crate) fn steps(self, rules: Rules) -> Vec<Apdu> {
        let own = match self {
            Self::Idle => Vec::new(),
            Self::Witness => vec![Apdu::Witness],
            Self::Look(_) => vec![Apdu::Look],
            Self::Write {
                certificate,
                put,
                card_key,
                ..
            } => {
                let key = card_key.then_some(Apdu::MakeKey);
                let put = put.then_some([Apdu::PutFirst, Apdu::PutRest(certificate)]);
                let put = put.into_iter().flatten();
                key.into_iter().chain(put).chain([Apdu::Read]).collect()
            }
            Self::Restore { certificate, .. } => {
                vec![Apdu::PutFirst, Apdu::PutRest(certificate), Apdu::Read]
            }
            Self::Unblock { from, .. } => {
                let reset = std::iter::once(Apdu::ResetPin(from));
                reset.chain(rotation(from, rules)).collect()
            }
            Self::Rotate { from, .. } => rotation(from, rules).collect(),
            Self::KeepPuk { generation, .. } => {
                let marker = Marker {
                    from: generation,
                    to: generation,
                };
                vec![Apdu::Mark(marker), Apdu::Read]
            }
            Self::Check { .. } => vec![Apdu::Read],
        };
        let answer = self.auth().map(Apdu::Answer);
        answer.into_iter().chain(own).collect()
    }
}

/// Where it leads, the change, that it is done.
fn rotation(from: u8, rules: Rules) -> impl Iterator<Item = Apdu> {
    let to = from + 1;
    let before = rules
        .keep(Rule::MarksBefore)
        .then_some(Apdu::Mark(Marker { from, to }));
    let after = Apdu::Mark(Marker { from: to, to });
    before
        .into_iter()
        .chain([Apdu::ChangePuk(from), after, Apdu::Read])
}
