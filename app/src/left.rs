//! How a session ended, as the login page's address says it to whoever stands before it
//! then.

use serde::{Deserialize, Serialize};

use crate::api::model::SessionEnd;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// By 退出登录.
    Logout,
    /// Nobody did anything.
    Idle,
    /// The card was taken out.
    CardOut,
    /// It lasts no longer.
    Whole,
    /// By itself; nobody can say why any more.
    Ended,
}

impl Left {
    const ALL: [Self; 5] = [
        Self::Logout,
        Self::Idle,
        Self::CardOut,
        Self::Whole,
        Self::Ended,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Idle => "idle",
            Self::CardOut => "card",
            Self::Whole => "time",
            Self::Ended => "ended",
        }
    }

    /// What this word in an address says.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|left| left.word() == word)
    }

    /// Where whoever was logged in is led to.
    #[must_use]
    pub fn address(self) -> String {
        format!("/login?left={}", self.word())
    }
}

impl From<SessionEnd> for Left {
    fn from(end: SessionEnd) -> Self {
        match end {
            SessionEnd::Idle => Self::Idle,
            SessionEnd::CardOut => Self::CardOut,
            SessionEnd::Whole => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_it_ended() {
        for left in Left::ALL {
            let address = left.address();
            let (_, word) = address.split_once('=').unwrap();
            assert_eq!(Left::from_word(word), Some(left));
        }
        assert_eq!(Left::from_word("<script>"), None);
    }
}
