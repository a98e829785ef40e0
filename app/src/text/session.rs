//! How a session ends: what is said before, while its card is out, and afterwards.

use card_domain::Role;

use crate::left::Left;

/// Heads the question whether somebody is still there.
pub const STILL_THERE: &str = "您还在吗？";
/// Says yes to it.
pub const KEEP: &str = "继续使用";
/// Heads the notice of an end that can't be put off.
pub const SOON_OVER: &str = "本次登录即将到期";
/// Closes it.
pub const UNDERSTOOD: &str = "知道了";
/// Heads the dialog over a page whose card is out.
pub const CARD_OUT: &str = "卡已取出，系统已锁定";
/// The card is still in after the end.
pub const TAKE_CARD: &str = "请取走您的卡";
/// Why.
pub const TAKE_CARD_HINT: &str = "卡留在读卡器中，可能被他人取走。";
/// The card was taken.
pub const CARD_TAKEN: &str = "卡已取出，可以离开。";
/// Stands before the time until a locked session ends.
pub const LOCK_LEFT: &str = "在以下时间内没有插回，将自动退出登录：";

/// Before the end that doing something puts off.
#[must_use]
pub fn idle_in(time: &str) -> String {
    format!("您已有一段时间没有操作。为了安全，系统将在 {time}后自动退出登录。")
}

/// Before the end that nothing puts off.
#[must_use]
pub fn over_in(time: &str) -> String {
    format!("系统将在 {time}后退出登录，请尽快完成正在办理的操作。")
}

/// What to do while the card is out.
#[must_use]
pub fn bring_back(role: Role, holder: &str) -> String {
    let card = match role {
        Role::LegalPerson => "法人卡",
        Role::Operator => "IC卡",
    };
    format!("请插回{card}（{holder}），输入登录密码后继续使用。")
}

/// Heads the page of a locked session.
#[must_use]
pub const fn locked(role: Role) -> &'static str {
    match role {
        Role::LegalPerson => "系统已锁定，等待法人卡",
        Role::Operator => "系统已锁定，等待IC卡",
    }
}

/// How the session ended.
#[must_use]
pub const fn left(left: Left) -> &'static str {
    match left {
        Left::Logout => "已安全退出",
        Left::Idle => "长时间没有操作，已自动退出登录",
        Left::CardOut => "卡已取出，已自动退出登录",
        Left::Whole => "本次登录已到期，已自动退出登录",
        Left::Ended => "登录已经结束",
    }
}

/// When a session ends, for whoever just logged in.
#[must_use]
pub fn ends(at: &str, idle_minutes: Option<u32>) -> String {
    idle_minutes.map_or_else(
        || at.to_owned(),
        |minutes| format!("{at}，{minutes} 分钟没有操作将自动退出"),
    )
}
