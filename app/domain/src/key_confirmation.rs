//! How it is known that a card itself has the key of its certificate.

use serde::{Deserialize, Serialize};

/// How it is known that a card itself has the private key of its certificate (PIV
/// slot 9A). What has neither is not confirmed yet: the terminal at which the key
/// was made is all that says whose it is. The codes never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyConfirmation {
    /// The card attested, under a root that we trust, that it made the key.
    Attested,
    /// The card logged in with it.
    Login,
}

impl KeyConfirmation {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Attested, Self::Login];

    /// The stable name in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::Login => "login",
        }
    }

    /// The one with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyConfirmation;

    #[test]
    fn codes_lead_back_and_are_the_wire_s() {
        for known in KeyConfirmation::ALL {
            assert_eq!(KeyConfirmation::from_name(known.name()), Some(known));
            assert_eq!(serde_json::to_value(known).unwrap(), known.name());
        }
        assert_eq!(KeyConfirmation::from_name("hearsay"), None);
    }
}
