//! When a session ends: the part `[session]` of the configuration.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde::Deserialize;

/// When a session ends.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// After so many minutes without a request. 1 to 1440; default 15.
    pub idle_minutes: u32,
    /// The same at a terminal, in seconds. 30 to 3600; default 120.
    pub terminal_idle_seconds: u32,
    /// After so many minutes whatever is done. 1 to 10080; default 480.
    pub absolute_minutes: u32,
    /// So many seconds after the card that logged in was taken out. 5 to 3600; default 120.
    pub card_out_seconds: u32,
    /// The same at a terminal. 5 to 600; default 15.
    pub terminal_card_out_seconds: u32,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            idle_minutes: 15,
            terminal_idle_seconds: 120,
            absolute_minutes: 480,
            card_out_seconds: 120,
            terminal_card_out_seconds: 15,
        }
    }
}

impl Session {
    /// How long a session may be idle.
    #[must_use]
    pub fn idle(&self, at_terminal: bool) -> SignedDuration {
        let desk = SignedDuration::from_mins(i64::from(self.idle_minutes));
        let terminal = SignedDuration::from_secs(i64::from(self.terminal_idle_seconds));
        if at_terminal {
            desk.min(terminal)
        } else {
            desk
        }
    }

    /// How long a session waits for the card that logged in, once that was taken out.
    #[must_use]
    pub fn card_out(&self, at_terminal: bool) -> SignedDuration {
        SignedDuration::from_secs(i64::from(if at_terminal {
            self.terminal_card_out_seconds
        } else {
            self.card_out_seconds
        }))
    }

    /// How long a session may last.
    #[must_use]
    pub fn absolute(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.absolute_minutes))
    }

    /// What may stand in it.
    pub(super) const fn ranges(&self) -> [(&'static str, u32, RangeInclusive<u32>); 5] {
        [
            ("session.idle_minutes", self.idle_minutes, 1..=1440),
            (
                "session.terminal_idle_seconds",
                self.terminal_idle_seconds,
                30..=3600,
            ),
            (
                "session.absolute_minutes",
                self.absolute_minutes,
                1..=10_080,
            ),
            ("session.card_out_seconds", self.card_out_seconds, 5..=3600),
            (
                "session.terminal_card_out_seconds",
                self.terminal_card_out_seconds,
                5..=600,
            ),
        ]
    }
}
