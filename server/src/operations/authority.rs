//! Who may have a card do what: one table, authority × kind of program. It is
//! asked in the one place that hands out programs; `docs/operations.md` prints it.

use card_protocol::program::ProgramKind;
use uuid::Uuid;

/// On whose word an operation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    /// The legal person's ticket.
    Ticket,
    /// The statement in the journal, and the card's proof: it completes what was
    /// begun, or rolls back what nobody completes, and begins nothing.
    Healing,
    /// Somebody who says that a card is there. It is challenged, and that is all.
    Nobody,
}

impl Authority {
    /// Every one of them.
    #[cfg(test)]
    pub(super) const ALL: [Self; 3] = [Self::Ticket, Self::Healing, Self::Nobody];

    /// Whether a program of this kind may be handed out.
    pub(super) const fn may(self, kind: ProgramKind) -> bool {
        match (self, kind) {
            // It reads what everybody with the card may read.
            (_, ProgramKind::Look) => true,
            // No PUK without the legal person: who has the card and lies about its
            // PIN would be sent one, and set a PIN of their own with it. And what has
            // a ticket was not given up.
            (Self::Nobody, _)
            | (_, ProgramKind::Enrol)
            | (Self::Healing, ProgramKind::Unblock | ProgramKind::Rotate)
            | (Self::Ticket, ProgramKind::RollBack) => false,
            (
                Self::Ticket | Self::Healing,
                ProgramKind::Renew
                | ProgramKind::RenewNewKey
                | ProgramKind::Unblock
                | ProgramKind::Rotate
                | ProgramKind::KeepPuk
                | ProgramKind::Check
                | ProgramKind::RollBack,
            ) => true,
        }
    }
}

/// A conversation with a card: on whose word, and which one. Programs and reports
/// of different conversations are never taken for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conversation {
    pub(super) authority: Authority,
    /// Of a healing: made for each insertion. A ticket's has the operation's id.
    pub(super) exchange: Option<Uuid>,
}

impl Conversation {
    /// Under the legal person's ticket.
    pub(super) const TICKET: Self = Self {
        authority: Authority::Ticket,
        exchange: None,
    };

    /// With a card that proved itself.
    pub(super) const fn healing(exchange: Uuid) -> Self {
        Self {
            authority: Authority::Healing,
            exchange: Some(exchange),
        }
    }

    /// With a card that is said to be there.
    pub(super) const fn challenge(exchange: Uuid) -> Self {
        Self {
            authority: Authority::Nobody,
            exchange: Some(exchange),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_this_one() {
        for kind in ProgramKind::ALL {
            let may = Authority::ALL.map(|authority| authority.may(kind));
            let expected = match kind {
                ProgramKind::Look => [true, true, true],
                ProgramKind::Unblock | ProgramKind::Rotate => [true, false, false],
                ProgramKind::RollBack => [false, true, false],
                ProgramKind::Enrol => [false, false, false],
                ProgramKind::Renew
                | ProgramKind::RenewNewKey
                | ProgramKind::KeepPuk
                | ProgramKind::Check => [true, true, false],
            };
            assert_eq!(may, expected, "{kind:?}");
        }
    }
}
