//! The rules that the protocol rests on. One at a time can be broken, to see
//! that it is needed.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// At most one open operation a card (the partial unique index).
    OneOpen,
    /// Nothing is confirmed that was not read from the card.
    ReadsBack,
    /// A card that was touched is not given up by time.
    TouchedWaits,
    /// A card's proof counts for the program in which it was asked for, and for
    /// no other.
    FreshProof,
    /// A marker is written before the PUK is changed.
    MarksBefore,
    /// A PUK that may be one of two is not tried.
    UnknownIsNotTried,
    /// A program that holds a secret is made only after the card's proof.
    ProofFirst,
    /// What is reported without a proof is not believed.
    ClaimsHaveNoEffect,
    /// Authority × kind of program is asked before one is handed out.
    TableHolds,
    /// Of a challenge nothing is written down before its answer.
    ChallengeIsStateless,
    /// While an operation's ticket lives, the operation is not healed.
    HealingWaits,
    /// What holds a secret is sealed to the bridge's key of the exchange.
    SealedToExchange,
    /// Of what is settled no report is taken any more.
    SettledIsOver,
}

/// All rules, or all but one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    broken: Option<Rule>,
}

impl Rules {
    pub(crate) const ALL: Self = Self { broken: None };

    pub(crate) const fn without(rule: Rule) -> Self {
        Self { broken: Some(rule) }
    }

    pub(crate) fn keep(self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }
}
