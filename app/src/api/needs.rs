//! What needs the legal person: cards that stop working soon, or don't already. Each number
//! is that of a list which can be opened.

use card_domain::Menu;
use serde::{Deserialize, Serialize};

/// Why a card of a list needs somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Its certificate is over.
    Expired,
    /// Its certificate ends today or within the next seven days (Beijing time).
    #[serde(rename = "expires_in_7")]
    ExpiresIn7,
    /// The same within thirty days.
    #[serde(rename = "expires_in_30")]
    ExpiresIn30,
    /// The same within ninety days.
    #[serde(rename = "expires_in_90")]
    ExpiresIn90,
    /// Its PIN was blocked when it was last seen.
    Blocked,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Expired,
        Self::ExpiresIn7,
        Self::ExpiresIn30,
        Self::ExpiresIn90,
        Self::Blocked,
    ];

    /// The word for it in an address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::ExpiresIn7 => "expires_in_7",
            Self::ExpiresIn30 => "expires_in_30",
            Self::ExpiresIn90 => "expires_in_90",
            Self::Blocked => "blocked",
        }
    }

    /// The need of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.name() == name)
    }

    /// In the list of which menu it is seen to.
    #[must_use]
    pub const fn menu(self) -> Menu {
        match self {
            Self::Blocked => Menu::Unlock,
            _ => Menu::Renew,
        }
    }

    /// Within so many days a certificate ends, of those that do.
    #[must_use]
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::ExpiresIn7 => Some(7),
            Self::ExpiresIn30 => Some(30),
            Self::ExpiresIn90 => Some(90),
            Self::Expired | Self::Blocked => None,
        }
    }
}

/// How many there are, counted up to [`super::model::COUNT_LIMIT`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// So many.
    pub count: u32,
    /// Whether there are more.
    pub is_lower_bound: bool,
}

/// What needs the legal person of an enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Each need, in the order of [`Need::ALL`].
    pub cards: Vec<(Need, Counted)>,
    /// 已挂失.
    pub lost: Counted,
    /// 已冻结.
    pub frozen: Counted,
    /// Operations that are not finished.
    pub unfinished: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_the_contract_have_the_same_word() {
        for need in Need::ALL {
            assert_eq!(serde_json::to_value(need).unwrap(), need.name());
            assert_eq!(Need::from_name(need.name()), Some(need));
        }
        assert_eq!(Need::from_name("nothing"), None);
    }
}
