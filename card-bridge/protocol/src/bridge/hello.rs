//! How page and bridge greet each other: their versions (ADR 37), and the proof by which
//! the one knows the other (ADR 38).

use serde::{Deserialize, Serialize};

use super::{Confirm, PinEntry};
use crate::acquaintance::Challenge;

/// The version of this protocol; both sides name theirs in `hello`, and speak the
/// lower one ([`spoken`]).
pub const PROTOCOL_VERSION: u32 = 4;

/// The oldest version that is served: each for a year after the next one (ADR 37).
pub const OLDEST_PROTOCOL: u32 = 3;

/// The first version in which a bridge proves itself to a page ([`Welcome::proof`],
/// [`Granted::acquaintance`](super::Granted::acquaintance)).
pub const PROTOCOL_WITH_PROOF: u32 = 4;

/// The version that two speak who have these: the lower one. `None` where that is
/// older than what this side serves.
#[must_use]
pub const fn spoken(other: u32) -> Option<u32> {
    let lower = if other < PROTOCOL_VERSION {
        other
    } else {
        PROTOCOL_VERSION
    };
    if lower < OLDEST_PROTOCOL {
        None
    } else {
        Some(lower)
    }
}

/// What a page says first. Here alone a bridge passes over what it does not know: a
/// newer page may say more, and speaks the bridge's version in all that follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The page's protocol version.
    pub protocol: u32,
    /// The ticket of the page that was here before in this tab
    /// ([`Welcome::resume`]): with it, and within a few seconds, a card is
    /// still verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// What the bridge is to prove itself over, whether or not the page knows one. A
    /// bridge of version 3 refuses a `hello` that has this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
}

/// The answer to `hello`. Flat, for [`Welcome::proof`] is over its fields. A page
/// passes over what it does not know, here and in all that a bridge says of itself
/// and of the readers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Always [`PRODUCT`](super::PRODUCT).
    pub product: String,
    /// The bridge's own version (semver).
    pub version: String,
    /// The bridge's protocol version: its newest one.
    pub protocol: u32,
    /// The oldest one that it serves. Not said to a page of version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<u32>,
    /// How a PIN is entered.
    pub pin_entry: PinEntry,
    /// The ticket of this connection. The next page of the same tab that shows
    /// it within a few seconds finds the card as this one left it; it is good
    /// once, and for nothing else. The page keeps it once it was granted
    /// something ([`Granted`](super::Granted)): until then what it shows next is the one that it
    /// showed now, for nothing was left to it yet.
    pub resume: String,
    /// Who asks the holder before something is signed.
    pub confirm: Confirm,
    /// Which of [`PORTS`](super::PORTS) somebody else held when the bridge started: another user,
    /// as far as the system tells. Not said to a page of version 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<u16>,
    /// That the bridge knows the [`Acquaintance`](crate::acquaintance::Acquaintance) which it told a page of this origin,
    /// over the page's challenge. Not said to a page of version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}
