//! What a round over the bridge's ports found out when it did not find a
//! bridge that serves this page.

use card_protocol::{
    CardError,
    bridge::{PRODUCT, PROTOCOL_VERSION, Welcome, spoken},
};
use serde::Deserialize;

use super::{calls::Answer, status::DeviceStatus};

/// What the browser says about reaching the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// The page may, or the browser knows no such permission.
    Granted,
    /// The browser will ask the person.
    Prompt,
    /// The page may not.
    Denied,
}

/// Why there is no link. The later ones say more and win over the earlier: above all
/// what the bridge that the page knows has to say, over what others say of themselves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// No bridge answers.
    Missing,
    /// Something holds the port and says nothing: another user's bridge does so.
    OtherUser,
    /// A bridge refuses this origin.
    OriginNotAllowed,
    /// A bridge serves no page as old as this one.
    PageTooOld,
    /// A bridge has as many pages of this origin as it takes.
    TooManyPages,
    /// Several say that they are the bridge, and the page knows none.
    Several,
    /// Somebody says that it is the bridge, and is not the one that the page knows.
    Unknown,
    /// A bridge is too old.
    TooOld { version: Option<String> },
    /// The server gave no grant, or the bridge could not use it.
    NoGrant,
    /// The server's key is not the one that the bridge knows.
    GrantRefused,
    /// The browser would ask, and nobody clicked.
    NeedsPermission,
    /// The browser does not let the page.
    Blocked,
}

/// As much of a welcome as every version of the bridge has.
#[derive(Deserialize)]
struct Hint {
    product: String,
    version: String,
    #[serde(default)]
    protocol: u32,
}

impl Finding {
    /// Takes the answer to `hello` for what it is.
    pub(super) fn of_welcome(answer: Answer) -> Result<Welcome, Self> {
        let value = match answer {
            Ok(value) => value,
            Err(CardError::BridgeTooOld) => return Err(Self::TooOld { version: None }),
            Err(CardError::PageTooOld) => return Err(Self::PageTooOld),
            Err(CardError::OriginNotAllowed) => return Err(Self::OriginNotAllowed),
            Err(_) => return Err(Self::Missing),
        };
        let Ok(hint) = Hint::deserialize(&value) else {
            return Err(Self::Missing);
        };
        if hint.product != PRODUCT {
            return Err(Self::Missing);
        }
        if spoken(hint.protocol).is_none() {
            return Err(Self::TooOld {
                version: Some(hint.version),
            });
        }
        match serde_json::from_value::<Welcome>(value) {
            Ok(welcome) if welcome.oldest.is_none_or(|it| it <= PROTOCOL_VERSION) => Ok(welcome),
            // It says what this page does not know yet.
            Ok(_) | Err(_) if hint.protocol > PROTOCOL_VERSION => Err(Self::PageTooOld),
            Ok(_) | Err(_) => Err(Self::TooOld {
                version: Some(hint.version),
            }),
        }
    }

    /// Whether whoever was found says that it is the bridge, and a page that knows none
    /// might have taken it for that.
    pub(super) const fn is_claim(&self) -> bool {
        matches!(
            self,
            Self::TooOld { .. } | Self::PageTooOld | Self::TooManyPages
        )
    }

    /// What the screens show.
    pub(super) fn status(&self) -> DeviceStatus {
        match self {
            Self::Missing => DeviceStatus::BridgeMissing,
            Self::OtherUser => DeviceStatus::OtherUsersBridge,
            Self::TooManyPages => DeviceStatus::TooManyPages,
            Self::OriginNotAllowed => DeviceStatus::OriginNotAllowed,
            Self::TooOld { version } => DeviceStatus::BridgeTooOld {
                version: version.clone(),
            },
            Self::PageTooOld => DeviceStatus::PageTooOld,
            Self::Several => DeviceStatus::SeveralBridges,
            Self::Unknown => DeviceStatus::UnknownBridge,
            Self::NoGrant => DeviceStatus::NoGrant,
            Self::GrantRefused => DeviceStatus::GrantRefused,
            Self::NeedsPermission => DeviceStatus::NeedsPermission,
            Self::Blocked => DeviceStatus::BlockedByBrowser,
        }
    }
}
