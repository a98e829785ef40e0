//! What goes wrong in the sweep, and where.

use test_support::service::{Cut, When};

/// What goes wrong, and where.
#[derive(Clone, Copy, Debug)]
pub(super) enum Case {
    /// At an APDU of the card.
    Card(Cut),
    /// The bridge is killed at an APDU: nothing comes back, the next one knows
    /// nothing of what ran.
    Bridge(u32, When),
    /// The page is closed before a report.
    Page(u32),
    /// The server is killed before or after it took a report; another one goes
    /// on over the same database.
    Server(u32, When),
    /// The network is lost before or after a report arrived; the page sends it
    /// again.
    Network(u32, When),
}

impl Case {
    /// Every case for an operation of so many APDUs and reports.
    pub(super) fn all(apdus: u32, reports: u32) -> Vec<Self> {
        let mut cases: Vec<_> = Cut::all(apdus).into_iter().map(Self::Card).collect();
        for at in 0..apdus {
            cases.extend([When::Before, When::After].map(|when| Self::Bridge(at, when)));
        }
        for at in 0..reports {
            cases.push(Self::Page(at));
            for when in [When::Before, When::After] {
                cases.push(Self::Server(at, when));
                cases.push(Self::Network(at, when));
            }
        }
        cases
    }

    /// Only what hits the change of the PUK itself, or keeps its outcome from
    /// both the server and the card, may lose it: in an operation of so many APDUs.
    pub(super) fn may_lose_the_puk(self, apdus: u32) -> bool {
        // … RESET RETRY COUNTER, marker, CHANGE REFERENCE DATA, marker, VERIFY.
        let change = apdus - 3;
        match self {
            Self::Card(Cut { at, when, .. }) | Self::Bridge(at, when) => {
                at == change
                    || at + 1 == change && when == When::After
                    || at == change + 1 && when == When::Before
            }
            _ => false,
        }
    }
}
