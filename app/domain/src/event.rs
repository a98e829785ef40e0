//! What the record of events says: what was done ([`EventAct`]), how it came out
//! ([`EventOutcome`]) and, where it was not done, why ([`Reason`]). Each has a
//! stable code, which stands in the leaf of the log and never changes: events
//! can't be written again.

mod reason;
mod record;

pub use reason::Reason;
pub use record::{ClientInfo, TimelineOf};

use serde::{Deserialize, Serialize};

use crate::Action;

/// What was done. The codes on the wire are those in the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventAct {
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
    /// A 冻结 had its end, and the card is 正常 again.
    FreezeEnded,
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
    /// An administrator's token was made.
    AddAdminToken,
    /// What decides about a card was written down once, for cards from before.
    RegisterBaseline,
    /// The same, carried on from events that went to an archive.
    RegisterCarry,
    /// What decides about a card changed by a step that is no act.
    RegisterUpdate,
    /// From here on every card's row is explained by an event.
    RegisterExplained,
    /// A card's row was not what the log says of it, and was refused.
    Unexplained,
    /// A card's first login with its key, which confirmed that it has it.
    KeyConfirmed,
    /// An administrator's token was taken back.
    RevokeAdminToken,
    /// A person said that the server's clock is right: times may go back here.
    ClockConfirmed,
    /// What was refused within an hour before anything was proven, counted. It
    /// names nobody.
    RefusedUnproven,
}

impl EventAct {
    /// Every act, in the order in which a page offers them.
    pub const ALL: [Self; 32] = [
        Self::Renew,
        Self::RenewBegin,
        Self::ReportLoss,
        Self::CancelLoss,
        Self::Freeze,
        Self::Unfreeze,
        Self::FreezeEnded,
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
        Self::AddAdminToken,
        Self::RegisterBaseline,
        Self::RegisterCarry,
        Self::RegisterUpdate,
        Self::RegisterExplained,
        Self::Unexplained,
        Self::RefusedUnproven,
        Self::KeyConfirmed,
        Self::ClockConfirmed,
        Self::RevokeAdminToken,
    ];

    /// The stable code, in addresses, in storage and in the leaf.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::RenewBegin => "renew_begin",
            Self::ReportLoss => "report_loss",
            Self::CancelLoss => "cancel_loss",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::FreezeEnded => "freeze_ended",
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
            Self::AddAdminToken => "add_admin_token",
            Self::RegisterBaseline => "register_baseline",
            Self::RegisterCarry => "register_carry",
            Self::RegisterUpdate => "register_update",
            Self::RegisterExplained => "register_explained",
            Self::Unexplained => "unexplained",
            Self::RefusedUnproven => "refused_unproven",
            Self::KeyConfirmed => "key_confirmed",
            Self::ClockConfirmed => "clock_confirmed",
            Self::RevokeAdminToken => "revoke_admin_token",
        }
    }

    /// The act with this code. None for one of a newer version.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// Whether an enterprise can have such an event: the others are of the whole
    /// service, and in no enterprise's history.
    #[must_use]
    pub const fn concerns_an_enterprise(self) -> bool {
        !matches!(
            self,
            Self::Archive
                | Self::RefusedUnproven
                | Self::AddAdminToken
                | Self::RegisterExplained
                | Self::RevokeAdminToken
                | Self::ClockConfirmed
        )
    }

    /// Whether it begins what another event ends: done, it is only begun.
    #[must_use]
    pub const fn only_begins(self) -> bool {
        matches!(self, Self::Enrol | Self::RenewBegin | Self::UnlockBegin)
    }

    /// The act of the event that records the beginning of `action`, where its
    /// beginning and its end are two events.
    #[must_use]
    pub const fn beginning_of(action: Action) -> Option<Self> {
        match action {
            Action::Renew => Some(Self::RenewBegin),
            Action::Unlock => Some(Self::UnlockBegin),
            Action::Issue => Some(Self::Enrol),
            Action::ReportLoss
            | Action::CancelLoss
            | Action::Freeze
            | Action::Unfreeze
            | Action::Cancel => None,
        }
    }
}

impl From<Action> for EventAct {
    fn from(action: Action) -> Self {
        match action {
            Action::Issue => Self::Issue,
            Action::Renew => Self::Renew,
            Action::ReportLoss => Self::ReportLoss,
            Action::CancelLoss => Self::CancelLoss,
            Action::Freeze => Self::Freeze,
            Action::Unfreeze => Self::Unfreeze,
            Action::Unlock => Self::Unlock,
            Action::Cancel => Self::Cancel,
        }
    }
}

/// How an act came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventOutcome {
    /// The act was done, and what it changed stands.
    Done,
    /// It was refused: a [`Reason`] says why.
    Refused,
    /// It could not be finished: a [`Reason`] says why.
    Failed,
}

impl EventOutcome {
    /// Every outcome, in the order in which a page offers them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// The stable code, in addresses, in storage and in the leaf.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome with this code, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_back_and_are_the_wire_s() {
        for act in EventAct::ALL {
            assert_eq!(EventAct::from_name(act.name()), Some(act));
            assert_eq!(serde_json::to_value(act).unwrap(), act.name());
        }
        for outcome in EventOutcome::ALL {
            assert_eq!(EventOutcome::from_name(outcome.name()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
        assert_eq!(EventAct::from_name("unknown"), None);
    }

    #[test]
    fn an_action_has_the_code_of_its_event() {
        for action in Action::ALL {
            assert_eq!(EventAct::from(action).name(), action.name());
            let beginning = EventAct::beginning_of(action);
            assert!(beginning.is_none_or(EventAct::only_begins), "{action:?}");
        }
    }
}
