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
    /// What was handed out twice may have been run twice: a card that refuses
    /// the second copy says nothing of the first.
    AgainIsNoted,
    /// The card's own answer to the authentication has to be a fresh one.
    FreshProof,
    /// A marker is written before the PUK is changed.
    MarksBefore,
    /// A PUK that may be one of two is not tried.
    UnknownIsNotTried,
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
