//! How 延期 and 解锁 are done: the parts `[renewal]`, `[operations]` and
//! `[pin]` of the configuration.

use card_protocol::PinPolicy;
use jiff::SignedDuration;
use serde::Deserialize;

/// The most cards of one signature that can be configured: their statement has to fit a
/// message to the bridge, whatever the names are.
pub(crate) const MOST_CARDS: u32 = 80;

/// About 延期.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Renewal {
    /// Whether the card makes a new key pair, or keeps the one it has. See
    /// docs/operations.md before switching it on. Default: no.
    pub new_key: bool,
    /// Whether a certificate is renewed only once it is expired or expires
    /// within `certificate.expiring_days`. Default: no.
    pub only_expiring: bool,
}

/// About operations on a card in the reader.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operations {
    /// So many minutes a signed operation may take at the terminal before it
    /// has to be resumed. 1 to 120; default 15.
    pub ticket_minutes: u32,
    /// So many minutes a locked session waits for the legal-person card. 1 to
    /// 120; default 10.
    pub lock_minutes: u32,
    /// After so many hours an operation that touched no card is abandoned. 1
    /// to 720; default 24.
    pub abandon_hours: u32,
    /// So many cards may be acted on with one signature. 1 to 80; default 50.
    pub most_cards: u32,
}

/// What a new PIN has to look like.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewPin {
    /// Fewest digits. 6 to 8; default 6.
    pub min_digits: u8,
    /// Most digits. 6 to 8; default 8.
    pub max_digits: u8,
    /// Whether runs such as `123456` are allowed. Default: no.
    pub allow_runs: bool,
    /// Whether repeats such as `000000` or `121212` are allowed. Default: no.
    pub allow_repeats: bool,
}

impl Default for Operations {
    fn default() -> Self {
        Self {
            ticket_minutes: 15,
            lock_minutes: 10,
            abandon_hours: 24,
            most_cards: 50,
        }
    }
}

impl Default for NewPin {
    fn default() -> Self {
        Self {
            min_digits: 6,
            max_digits: 8,
            allow_runs: false,
            allow_repeats: false,
        }
    }
}

impl Operations {
    /// The life of a ticket.
    #[must_use]
    pub fn ticket_life(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.ticket_minutes))
    }

    /// How long a locked session waits.
    #[must_use]
    pub fn lock(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.lock_minutes))
    }

    /// When nobody will finish it any more.
    #[must_use]
    pub fn abandoned_after(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.abandon_hours))
    }
}

impl NewPin {
    /// The policy as the page and the bridge are told it.
    #[must_use]
    pub const fn policy(&self) -> PinPolicy {
        PinPolicy {
            min_digits: self.min_digits,
            max_digits: self.max_digits,
            no_runs: !self.allow_runs,
            no_repeats: !self.allow_repeats,
        }
    }
}
