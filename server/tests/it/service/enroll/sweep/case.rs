//! What goes wrong in a 制卡, where, and what people do then.

use test_support::service::Cut;

/// What becomes of a request of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// It does not arrive.
    Request,
    /// It does not arrive, however often it is sent.
    Requests,
    /// Its answer does not arrive.
    Answer,
    /// No answer to it arrives, however often it is sent.
    Answers,
    /// It arrives twice; the second answer is heard.
    Repeat,
    /// It arrives once more, after the next one was answered.
    Late,
    /// Its answer is lost with the server; from there on another one answers.
    Server,
    /// Before it goes, another terminal makes another card for the same person.
    Overtaken,
}

impl Loss {
    /// In an order in which the sample has the answers to the last request.
    const ALL: [Self; 8] = [
        Self::Answer,
        Self::Request,
        Self::Requests,
        Self::Answers,
        Self::Repeat,
        Self::Late,
        Self::Server,
        Self::Overtaken,
    ];
}

/// What goes wrong, and where.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// At an APDU of the card.
    Card(Cut),
    /// At a request, counted from 0, which begins the enrolment.
    Request(u32, Loss),
}

/// What is done with a card that is half made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The terminal starts anew with it, for the same person.
    SamePerson,
    /// It is taken for another person, and the first one gets a fresh card.
    AnotherPerson,
    /// It is thrown away; the person gets a fresh card.
    ThrownAway,
}

impl Then {
    const ALL: [Self; 3] = [Self::SamePerson, Self::AnotherPerson, Self::ThrownAway];
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) trouble: Trouble,
    pub(super) then: Then,
}

impl Case {
    /// Every case at the card, in an enrolment of so many APDUs.
    pub(super) fn at_card(apdus: u32) -> Vec<Self> {
        let cuts = Cut::all(apdus).into_iter();
        cuts.map(Trouble::Card).flat_map(Self::each).collect()
    }

    /// Every case on the way, in an enrolment of so many requests; the last one, which
    /// decides, comes first.
    pub(super) fn on_the_way(requests: u32) -> Vec<Self> {
        let losses = (0..requests)
            .rev()
            .flat_map(|at| Loss::ALL.map(|loss| Trouble::Request(at, loss)));
        losses.flat_map(Self::each).collect()
    }

    fn each(trouble: Trouble) -> [Self; 3] {
        Then::ALL.map(|then| Self { trouble, then })
    }
}

impl Trouble {
    /// Whether the card is made all the same: a report was lost on the way, or came
    /// twice, and nothing else happened. Who begins twice has begun anew.
    pub(super) const fn is_overcome(self) -> bool {
        matches!(
            self,
            Self::Request(
                1..,
                Loss::Request | Loss::Answer | Loss::Repeat | Loss::Late | Loss::Server
            )
        )
    }
}
