//! Sessions: one row each; a request reads it together with the state of its card.

use card_domain::{CardId, CardNo, CardState, EnterpriseId, Role, StateName};
use jiff::Timestamp;

use super::{
    certificate::Standing,
    digest::{CertificateDigest, TokenHash},
};

/// A session that is to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of the cookie's token.
    pub token: TokenHash,
    /// The card that logs in.
    pub card: CardId,
    /// The certificate that it proved to have.
    pub certificate: CertificateDigest,
    /// Whether the card itself still holds the one that it superseded: then what is
    /// registered as written was not, and the card is to be put right.
    pub holds_superseded: bool,
    /// The time of the login; becomes the card's 最后登录日期.
    pub created_at: Timestamp,
    /// When it ends whatever is done.
    pub ends_at: Timestamp,
}

/// What became of it. Everything but `Opened` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionOpening {
    /// The session is there; its event has this sequence number.
    Opened {
        /// The event's sequence number.
        event: i64,
    },
    /// The card is not 正常 (any more).
    CardIs(CardState),
    /// The certificate is not the card's confirmed one (any more).
    NotConfirmed(Standing),
    /// The card does not have this certificate.
    Unknown,
}

/// A session as a request finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's token.
    pub token: TokenHash,
    /// The card that logged in.
    pub card: CardId,
    /// Its enterprise: where every read of this session begins.
    pub enterprise: EnterpriseId,
    /// Legal person or operator.
    pub role: Role,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was used last, as far as [`super::super::SqlStore::touch_session`] was told.
    pub last_seen_at: Timestamp,
    /// When it ends whatever is done.
    pub ends_at: Timestamp,
    /// When and by what it was ended before that.
    pub ended: Option<(Timestamp, EndedBy)>,
    /// The state of the card now.
    pub card_state: CardState,
    /// IC卡号 of the card.
    pub card_no: CardNo,
    /// The card holder's name.
    pub holder_name: String,
    /// The enterprise's code.
    pub enterprise_code: String,
    /// The enterprise's name.
    pub enterprise_name: String,
    /// Until when it waits, locked, for the legal-person card.
    pub locked_until: Option<Timestamp>,
}

/// What ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// 退出登录.
    Logout,
    /// Its time was over, or it waited in vain for its card.
    Time,
    /// The card left the state 正常, for this one.
    Card(StateName),
}

impl EndedBy {
    /// The stable name in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Time => "time",
            Self::Card(state) => state.name(),
        }
    }

    /// The cause with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "logout" => Some(Self::Logout),
            "time" => Some(Self::Time),
            _ => StateName::from_name(name).map(Self::Card),
        }
    }
}
