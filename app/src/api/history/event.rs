//! What an event was, how it came out, and whether it was verified.

use serde::{Deserialize, Serialize};

use crate::api::LoginRefusal;

/// What was done. The names on the wire are those in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryAct {
    /// 延期, its end: done, refused or given up.
    Renew,
    /// 延期 was signed and began.
    RenewBegin,
    /// 挂失.
    ReportLoss,
    /// 解挂.
    CancelLoss,
    /// 冻结.
    Freeze,
    /// 解冻.
    Unfreeze,
    /// 解锁, its end.
    Unlock,
    /// 解锁 was signed and began.
    UnlockBegin,
    /// A login, or one that was refused.
    Login,
    /// 退出登录.
    Logout,
    /// The legal-person card came back to a locked session.
    UnlockSession,
    /// The full 证件编号 was shown.
    Reveal,
    /// Events were exported.
    Export,
    /// 制卡, its end.
    Issue,
    /// 制卡 began.
    Enrol,
    /// 注销.
    Cancel,
    /// The enterprise was registered.
    AddEnterprise,
    /// A person was registered.
    AddCard,
    /// An act that was refused before it was known which.
    Act,
    /// An operation that was refused before it was known which.
    Operation,
    /// Events of sealed months were moved to a file.
    Archive,
    /// A name that this version does not know.
    Unknown,
}

impl HistoryAct {
    /// All that a person can ask for, in the order in which a page offers them.
    pub const ALL: [Self; 21] = [
        Self::Renew,
        Self::RenewBegin,
        Self::ReportLoss,
        Self::CancelLoss,
        Self::Freeze,
        Self::Unfreeze,
        Self::Unlock,
        Self::UnlockBegin,
        Self::Login,
        Self::Logout,
        Self::UnlockSession,
        Self::Reveal,
        Self::Export,
        Self::Issue,
        Self::Enrol,
        Self::Cancel,
        Self::AddEnterprise,
        Self::AddCard,
        Self::Act,
        Self::Operation,
        Self::Archive,
    ];

    /// Whether it begins what another event ends: done, it is only begun.
    #[must_use]
    pub const fn only_begins(self) -> bool {
        matches!(self, Self::Enrol | Self::RenewBegin | Self::UnlockBegin)
    }

    /// The stable name in addresses and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::RenewBegin => "renew_begin",
            Self::ReportLoss => "report_loss",
            Self::CancelLoss => "cancel_loss",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Unlock => "unlock",
            Self::UnlockBegin => "unlock_begin",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::UnlockSession => "unlock_session",
            Self::Reveal => "reveal",
            Self::Export => "export",
            Self::Issue => "issue",
            Self::Enrol => "enrol",
            Self::Cancel => "cancel",
            Self::AddEnterprise => "add_enterprise",
            Self::AddCard => "add_card",
            Self::Act => "act",
            Self::Operation => "operation",
            Self::Archive => "archive",
            Self::Unknown => "unknown",
        }
    }

    /// The act with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// How it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It could not be finished.
    Failed,
}

impl EventOutcome {
    /// Every outcome, in the order in which a page offers them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// The stable name in addresses and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome with this stable name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Whether signature (where there is one) and inclusion in the log were
/// verified for this answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// They were, against the newest signed checkpoint.
    Yes,
    /// They were not.
    No(Unverified),
}

/// Why an event is not verified. The first two and the last are no reason to worry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverified {
    /// It is newer than the newest checkpoint; a second later it is in.
    NotYetSequenced,
    /// It was signed before nonce and origin were kept with the signature.
    SignedBeforeProof,
    /// It is not in the log although newer events are.
    NotIncluded,
    /// It is not the event that was taken into the log: it was changed.
    LeafDiffers,
    /// The log's own hashes contradict the checkpoint.
    LogDiffers,
    /// There is no checkpoint with a good signature.
    CheckpointBad,
    /// The legal person's signature does not fit the statement.
    SignatureBad,
    /// The certificate of the signature is not one of the actor's legal-person card
    /// in this enterprise, or no trusted CA issued it.
    CertificateForeign,
    /// The signature is good, and neither what was signed nor the certificate names
    /// who signed.
    SignerNotSigned,
}

impl Unverified {
    /// Whether somebody has to look into it.
    #[must_use]
    pub const fn is_alarming(self) -> bool {
        !matches!(
            self,
            Self::NotYetSequenced | Self::SignedBeforeProof | Self::SignerNotSigned
        )
    }
}

/// Why something was refused or not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A login was refused.
    Login(LoginRefusal),
    /// The proposal was unknown, used already, too old or another session's.
    ProposalVoid,
    /// The statement was not signed by the session's card.
    StatementSignature,
    /// Somebody else changed the card meanwhile.
    Conflict,
    /// The session was over.
    SessionEnded,
    /// The card's state did not allow it.
    RuleSaysNo,
    /// Another card was in the reader.
    WrongCard,
    /// The card could not prove that it is ours.
    NotGenuine,
    /// It was rolled back: the card holds what the register says.
    RolledBack,
    /// The legal person cancelled it; nothing was done to the card.
    Cancelled,
    /// Nobody finished it, or it was given up.
    Abandoned,
    /// It could not begin.
    NotBegun,
    /// It could not be finished.
    NotDone,
    /// The database could not write.
    Unavailable,
    /// Something else, which the server's administrator can look up by the
    /// request id.
    Other,
}
