//! What menus, acts, states and roles are called.

use card_domain::{Action, Cause, CauseKind, Menu, Role, StateName};

use super::Text;
use crate::api::needs::Need;

/// The menu's entry, as the manual names it.
#[must_use]
pub const fn menu(menu: Menu) -> Text {
    match menu {
        Menu::Renew => text!("延期", "Renew"),
        Menu::ReportLoss => text!("挂失", "Report lost"),
        Menu::CancelLoss => text!("解挂", "Cancel loss report"),
        Menu::Freeze => text!("冻结", "Freeze"),
        Menu::Unfreeze => text!("解冻", "Unfreeze"),
        Menu::Unlock => text!("解锁", "Unblock"),
        Menu::History => text!("综合查询", "Records"),
    }
}

/// What a menu is for, in one line: the manual's 功能简介.
#[must_use]
pub const fn menu_purpose(menu: Menu) -> Text {
    match menu {
        Menu::Renew => text!(
            "为证书已过期或即将过期的操作员卡延长证书有效期",
            "Renew operator cards whose certificate has expired or expires soon"
        ),
        Menu::ReportLoss => text!(
            "操作员卡丢失后，在此挂失，防止他人使用",
            "Report an operator card lost, so that nobody else can use it"
        ),
        Menu::CancelLoss => text!(
            "找回已挂失的操作员卡后，在此解除挂失",
            "Cancel the loss report of an operator card that was found"
        ),
        Menu::Freeze => text!(
            "暂时取消操作员登录系统的权限，冻结后立即生效",
            "Keep an operator from logging in for now, with immediate effect"
        ),
        Menu::Unfreeze => text!(
            "恢复已冻结的操作员卡，解冻后可以正常登录系统",
            "Restore a frozen operator card, so that it can be used to log in again"
        ),
        Menu::Unlock => text!(
            "解除因密码错误次数过多导致的锁定",
            "Unblock a card whose PIN was entered wrongly too often"
        ),
        Menu::History => text!(
            "查询本企业全部操作员卡的状态和操作记录",
            "See all operator cards of the enterprise, their status and what was done to them"
        ),
    }
}

/// The act, as the manual names it.
#[must_use]
pub const fn action(action: Action) -> Text {
    match action {
        Action::Issue => text!("制卡", "Make card"),
        Action::Renew => text!("延期", "Renew"),
        Action::ReportLoss => text!("挂失", "Report lost"),
        Action::CancelLoss => text!("解挂", "Cancel loss report"),
        Action::Freeze => text!("冻结", "Freeze"),
        Action::Unfreeze => text!("解冻", "Unfreeze"),
        Action::Unlock => text!("解锁", "Unblock"),
        Action::Cancel => text!("注销", "Cancel card"),
    }
}

/// Why a card is reported lost or frozen.
#[must_use]
pub const fn cause(cause: CauseKind) -> Text {
    match cause {
        CauseKind::Lost => text!("丢失", "Lost"),
        CauseKind::Stolen => text!("被盗", "Stolen"),
        CauseKind::OffDuty => text!("离岗", "Off duty"),
        CauseKind::Resigned => text!("离职", "Resigned"),
        CauseKind::Other => text!("其他", "Other"),
    }
}

/// The same with the words of the person, where there are some.
#[must_use]
pub fn cause_in_words(one: &Cause) -> String {
    let name = cause(one.kind());
    match one.words() {
        Some(words) => say!("{name}（{words}）", "{name} ({words})"),
        None => String::from(name),
    }
}

/// What an act means for the card and its holder, for the first question.
#[must_use]
pub const fn consequence(action: Action) -> Text {
    match action {
        Action::Issue => text!(
            "将为该操作员制作新的IC卡。",
            "A new IC card is made for this operator."
        ),
        Action::Renew => text!(
            "证书有效期将从现在起延长10年。",
            "The certificate will be valid for 10 years from now."
        ),
        Action::ReportLoss => text!(
            "挂失后，这张卡立即不能登录系统；找回后可以解挂。",
            "Once it is reported lost, the card can no longer be used to log in, with immediate effect. If it is found, the loss report can be cancelled."
        ),
        Action::CancelLoss => text!(
            "解挂后，这张卡恢复到挂失前的状态。",
            "The card goes back to the status it had before it was reported lost."
        ),
        Action::Freeze => text!(
            "冻结后，该操作员立即退出系统，且不能再登录；以后可以解冻。",
            "Once the card is frozen, the operator is logged out at once and can't log in. The card can be unfrozen later."
        ),
        Action::Unfreeze => text!(
            "解冻后，该操作员可以正常登录系统。",
            "The operator can log in again as before."
        ),
        Action::Unlock => text!(
            "解锁后，需要由操作员设置新密码。",
            "The operator then has to set a new PIN."
        ),
        Action::Cancel => text!(
            "注销后，这张卡永久失效，不能恢复。",
            "Once cancelled, the card is invalid for good. This can't be undone."
        ),
    }
}

/// The state, as lists show it.
#[must_use]
pub const fn state(state: StateName) -> Text {
    match state {
        StateName::NotIssued => text!("未制卡", "Not made"),
        StateName::Normal => text!("正常", "Normal"),
        StateName::Lost => text!("已挂失", "Reported lost"),
        StateName::Frozen => text!("已冻结", "Frozen"),
        StateName::Cancelled => text!("已注销", "Cancelled"),
    }
}

/// What a card needs somebody for.
#[must_use]
pub const fn need(need: Need) -> Text {
    match need {
        Need::Expired => text!("证书已过期", "Certificate expired"),
        Need::ExpiresIn7 => text!("7天内到期", "Expires within 7 days"),
        Need::ExpiresIn30 => text!("30天内到期", "Expires within 30 days"),
        Need::ExpiresIn90 => text!("90天内到期", "Expires within 90 days"),
        Need::Blocked => text!("密码已锁定", "PIN blocked"),
    }
}

/// Whose card it is.
#[must_use]
pub const fn role(role: Role) -> Text {
    match role {
        Role::LegalPerson => text!("法人卡", "legal-person card"),
        Role::Operator => text!("操作员卡", "operator card"),
    }
}
