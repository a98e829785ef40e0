//! The words of the contract: what a screen asks with and what it is shown.

use card_domain::{
    Action, CardId, CardNo, CardState, Cause, CertificateStatus, KeyConfirmation, Menu, OperatorNo,
    Role, StateName, Validity,
};
use card_protocol::{
    PinPolicy, proposal::SignedProposal, statement::Statement, token::SignedChallenge,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{needs::Need, operation::Eligibility};

/// A login challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The nonce, single use, with the server's signature for the bridge.
    pub challenge: SignedChallenge,
    /// After this it is refused.
    #[serde(with = "card_domain::micros")]
    pub expires_at: Timestamp,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Legal person or operator.
    pub role: Role,
    /// The enterprise's name.
    pub enterprise_name: String,
    /// The card holder's name.
    pub holder_name: String,
    /// IC卡号 of the card that logged in.
    pub card_no: CardNo,
    /// When the session ends whatever is done.
    #[serde(with = "card_domain::micros")]
    pub ends_at: Timestamp,
    /// While the legal-person card is out for an operation: until when the
    /// session waits for it. Locked, it serves the operation's own calls,
    /// `unlock_session` and `logout`, and nothing else.
    #[serde(with = "card_domain::micros::optional")]
    pub locked_until: Option<Timestamp>,
    /// The nearest of its ends.
    pub time: SessionTime,
}

/// How long a session goes on from this answer on, by the service's clock: that of a
/// terminal may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTime {
    /// So many seconds, none when it is over.
    pub seconds: u32,
    /// Which of its ends that is.
    pub end: SessionEnd,
    /// Whether it waits, locked, for its card.
    pub is_locked: bool,
}

/// What ends a session that nobody ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Nobody does anything. Doing something puts it off.
    Idle,
    /// The card that logged in is out, and does not come back.
    CardOut,
    /// It lasts no longer, whatever is done.
    Whole,
}

impl SessionView {
    /// The address of the session's first page.
    #[must_use]
    pub const fn home(&self) -> &'static str {
        match self.role {
            Role::LegalPerson => "/portal",
            Role::Operator => "/my-card",
        }
    }
}

/// What a list is asked for. It is what stands in the page's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardQuery {
    /// Which list.
    pub menu: Menu,
    /// IC卡号 begins with this.
    pub card_no: Option<String>,
    /// 操作员姓名 contains this, or its pinyin initials do.
    pub holder_name: Option<String>,
    /// The search token of a 证件编号, which is equal.
    pub id_token: Option<String>,
    /// 卡状态; a field of 综合查询 only.
    pub state: Option<StateFilter>,
    /// Only cards that need this.
    #[serde(default)]
    pub needs: Option<Need>,
    /// The order; the menu's own when absent.
    pub sort: Option<Sort>,
    /// Rows on a page, one of [`PAGE_SIZES`]; [`PAGE_SIZE`] when absent.
    pub rows: Option<u32>,
    /// Where the page begins; the first page when absent.
    pub cursor: Option<Cursor>,
}

/// 卡状态 in the query of 综合查询.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// 全部.
    All,
    /// One state.
    #[serde(untagged)]
    Only(StateName),
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// 操作员编号 ascending: the manual's default.
    OperatorNoAsc,
    /// 操作员编号 descending.
    OperatorNoDesc,
    /// 最后登录日期 descending, cards without a number last, then those that
    /// never logged in: the default of 综合查询.
    LastLoginDesc,
    /// 最后登录日期 ascending, with the same ones last.
    LastLoginAsc,
    /// 证书有效期至 ascending, cards without a certificate last.
    ValidUntilAsc,
    /// 证书有效期至 descending, with the same ones last.
    ValidUntilDesc,
}

impl Sort {
    /// The menu's own order.
    #[must_use]
    pub const fn default_of(menu: Menu) -> Self {
        match menu {
            Menu::History => Self::LastLoginDesc,
            _ => Self::OperatorNoAsc,
        }
    }
}

/// A place in a list: opaque text that a page carries in its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// A page of cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPage {
    /// At most as many as were asked for.
    pub rows: Vec<CardRow>,
    /// The page before, when there is one.
    pub previous: Option<Cursor>,
    /// The page after, when there is one.
    pub next: Option<Cursor>,
    /// How many match, counted up to [`COUNT_LIMIT`].
    pub total: u32,
    /// Whether there are more than `total`.
    pub total_is_lower_bound: bool,
    /// Whether the enterprise has any operator at all.
    pub any_operator: bool,
    /// The most cards that one signature may renew.
    pub most_cards: u32,
}

/// Rows on a page, where nobody asks for more.
pub const PAGE_SIZE: u32 = 20;

/// How many rows a page may have.
pub const PAGE_SIZES: [u32; 3] = [PAGE_SIZE, 50, 100];

/// How far matches are counted.
pub const COUNT_LIMIT: u32 = 1000;

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRow {
    /// The key.
    pub id: CardId,
    /// 操作员编号.
    pub operator_no: OperatorNo,
    /// 操作员姓名.
    pub holder_name: String,
    /// 证件编号, masked.
    pub id_number_masked: String,
    /// IC卡号; absent until the card is made.
    pub card_no: Option<CardNo>,
    /// 卡状态.
    pub state: CardState,
    /// The validity of the confirmed certificate.
    pub certificate: Option<CertificateView>,
    /// What the card said of its PIN when it was last seen.
    pub pin: Option<PinSeen>,
    /// 最后登录日期.
    #[serde(with = "card_domain::micros::optional")]
    pub last_login_at: Option<Timestamp>,
    /// Whether it can be renewed, and whether it is time to. A cheap answer:
    /// `propose_operations` decides.
    pub renew: Eligibility,
    /// Whether its PIN can be unblocked, and whether it was seen blocked.
    pub unlock: Eligibility,
}

/// The confirmed certificate, as far as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateView {
    /// Serial number in hex.
    pub serial: String,
    /// From when to when.
    pub validity: Validity,
    /// What that means at the server's time.
    pub status: CertificateStatus,
    /// How it is known that the card itself has its key; `None` is not yet.
    pub key: Option<KeyConfirmation>,
}

/// The PIN's tries when the card was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinSeen {
    /// Tries that were left; 0 is blocked.
    pub tries_left: u8,
    /// When that was.
    #[serde(with = "card_domain::micros")]
    pub at: Timestamp,
}

/// Everything that the detail page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardDetail {
    /// What the list shows too. For a legal person's own card `operator_no` is empty.
    pub row: CardRow,
    /// The enterprise's name.
    pub enterprise_name: String,
    /// Legal person or operator.
    pub role: Role,
    /// When the card was made.
    #[serde(with = "card_domain::micros::optional")]
    pub issued_at: Option<Timestamp>,
    /// The chip id, hex.
    pub chip_id: Option<String>,
    /// Why it is lost or frozen, as the legal person signed it; absent where that
    /// signature is not there or not good.
    pub cause: Option<Cause>,
    /// The acts that are possible now.
    pub possible: Vec<Action>,
    /// What a new PIN of it has to look like.
    pub pin_policy: PinPolicy,
    /// The server's time, for what the page computes from it.
    #[serde(with = "card_domain::micros")]
    pub now: Timestamp,
}

/// An act that may be done once its statement is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What the legal-person card has to sign.
    pub statement: Statement,
    /// The service's signature for the bridge, which has the card sign nothing
    /// else.
    pub signed: SignedProposal,
    /// After this the proposal is void.
    #[serde(with = "card_domain::micros")]
    pub expires_at: Timestamp,
}

/// An act that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActDone {
    /// The card's state now.
    pub state: StateName,
    /// The sequence number of the event that records it.
    pub event: i64,
}
