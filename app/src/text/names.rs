//! What menus, acts, states and roles are called.

use card_domain::{Action, Cause, CauseKind, Menu, Role, StateName};

use crate::api::needs::Need;

/// The menu's entry, as the manual names it.
#[must_use]
pub const fn menu(menu: Menu) -> &'static str {
    match menu {
        Menu::Renew => "延期",
        Menu::ReportLoss => "挂失",
        Menu::CancelLoss => "解挂",
        Menu::Freeze => "冻结",
        Menu::Unfreeze => "解冻",
        Menu::Unlock => "解锁",
        Menu::History => "综合查询",
    }
}

/// What a menu is for, in one line: the manual's 功能简介.
#[must_use]
pub const fn menu_purpose(menu: Menu) -> &'static str {
    match menu {
        Menu::Renew => "为证书已过期或即将过期的操作员卡延长证书有效期",
        Menu::ReportLoss => "操作员卡丢失后，在此挂失，防止他人使用",
        Menu::CancelLoss => "找回已挂失的操作员卡后，在此解除挂失",
        Menu::Freeze => "暂时取消操作员登录系统的权限，冻结后立即生效",
        Menu::Unfreeze => "恢复已冻结的操作员卡，解冻后可以正常登录系统",
        Menu::Unlock => "解除因密码错误次数过多导致的锁定",
        Menu::History => "查询本企业全部操作员卡的状态和操作记录",
    }
}

/// The act, as the manual names it.
#[must_use]
pub const fn action(action: Action) -> &'static str {
    match action {
        Action::Issue => "制卡",
        Action::Renew => "延期",
        Action::ReportLoss => "挂失",
        Action::CancelLoss => "解挂",
        Action::Freeze => "冻结",
        Action::Unfreeze => "解冻",
        Action::Unlock => "解锁",
        Action::Cancel => "注销",
    }
}

/// Why a card is reported lost or frozen.
#[must_use]
pub const fn cause(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Lost => "丢失",
        CauseKind::Stolen => "被盗",
        CauseKind::OffDuty => "离岗",
        CauseKind::Resigned => "离职",
        CauseKind::Other => "其他",
    }
}

/// The same with the words of the person, where there are some.
#[must_use]
pub fn cause_in_words(one: &Cause) -> String {
    let name = cause(one.kind());
    match one.words() {
        Some(words) => format!("{name}（{words}）"),
        None => String::from(name),
    }
}

/// What an act means for the card and its holder, for the first question.
#[must_use]
pub const fn consequence(action: Action) -> &'static str {
    match action {
        Action::Issue => "将为该操作员制作新的IC卡。",
        Action::Renew => "证书有效期将从现在起延长10年。",
        Action::ReportLoss => "挂失后，这张卡立即不能登录系统；找回后可以解挂。",
        Action::CancelLoss => "解挂后，这张卡恢复到挂失前的状态。",
        Action::Freeze => "冻结后，该操作员立即退出系统，且不能再登录；以后可以解冻。",
        Action::Unfreeze => "解冻后，该操作员可以正常登录系统。",
        Action::Unlock => "解锁后，需要由操作员设置新密码。",
        Action::Cancel => "注销后，这张卡永久失效，不能恢复。",
    }
}

/// The state, as lists show it.
#[must_use]
pub const fn state(state: StateName) -> &'static str {
    match state {
        StateName::NotIssued => "未制卡",
        StateName::Normal => "正常",
        StateName::Lost => "已挂失",
        StateName::Frozen => "已冻结",
        StateName::Cancelled => "已注销",
    }
}

/// What a card needs somebody for.
#[must_use]
pub const fn need(need: Need) -> &'static str {
    match need {
        Need::Expired => "证书已过期",
        Need::ExpiresIn7 => "7天内到期",
        Need::ExpiresIn30 => "30天内到期",
        Need::ExpiresIn90 => "90天内到期",
        Need::Blocked => "密码已锁定",
    }
}

/// Whose card it is.
#[must_use]
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::LegalPerson => "法人卡",
        Role::Operator => "操作员卡",
    }
}
