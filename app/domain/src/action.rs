//! What can be done to a card: the acts of the manual, and the two that the
//! issuer does (issue, cancel).

use serde::{Deserialize, Serialize};

/// An act on a card. The wire and storage names are `snake_case` and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 制卡: the issuer personalises a blank card.
    Issue,
    /// 延期: the certificate is replaced, the state stays.
    Renew,
    /// 挂失.
    ReportLoss,
    /// 解挂.
    CancelLoss,
    /// 冻结.
    Freeze,
    /// 解冻.
    Unfreeze,
    /// 解锁: the PIN on the card is unblocked, the state stays.
    Unlock,
    /// 注销: the issuer ends the card for good.
    Cancel,
}

impl Action {
    /// Every action, in the order of the manual's menu between the issuer's two.
    pub const ALL: [Self; 8] = [
        Self::Issue,
        Self::Renew,
        Self::ReportLoss,
        Self::CancelLoss,
        Self::Freeze,
        Self::Unfreeze,
        Self::Unlock,
        Self::Cancel,
    ];

    /// The stable name used on the wire and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Renew => "renew",
            Self::ReportLoss => "report_loss",
            Self::CancelLoss => "cancel_loss",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Unlock => "unlock",
            Self::Cancel => "cancel",
        }
    }

    /// Whether the operator card itself has to be in the reader.
    #[must_use]
    pub const fn needs_card(self) -> bool {
        matches!(self, Self::Issue | Self::Renew | Self::Unlock)
    }
}
