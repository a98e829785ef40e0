//! How a session ends: what is said before, while its card is out, and afterwards.

use card_domain::Role;

use super::{Text, english};
use crate::left::Left;

/// Heads the question whether somebody is still there.
pub const STILL_THERE: Text = text!("您还在吗？", "Are you still there?");
/// Says yes to it.
pub const KEEP: Text = text!("继续使用", "Go on");
/// Heads the notice of an end that can't be put off.
pub const SOON_OVER: Text = text!("本次登录即将到期", "This session is about to end");
/// Closes it.
pub const UNDERSTOOD: Text = text!("知道了", "I understand");
/// Heads the dialog over a page whose card is out.
pub const CARD_OUT: Text = text!(
    "卡已取出，系统已锁定",
    "The card is out, and the page is locked"
);
/// The card is still in after the end.
pub const TAKE_CARD: Text = text!("请取走您的卡", "Please take your card");
/// Why.
pub const TAKE_CARD_HINT: Text = text!(
    "卡留在读卡器中，可能被他人取走。",
    "If it stays in the reader, somebody else may take it."
);
/// The card was taken.
pub const CARD_TAKEN: Text = text!("卡已取出，可以离开。", "The card is out. You can leave.");
/// Stands before the time until a locked session ends.
pub const LOCK_LEFT: Text = text!(
    "在以下时间内没有插回，将自动退出登录：",
    "If it is not put back within this time, you are logged out:"
);

/// Before the end that doing something puts off.
#[must_use]
pub fn idle_in(time: &str) -> String {
    say!(
        "您已有一段时间没有操作。为了安全，系统将在 {time}后自动退出登录。",
        "You have done nothing for a while. To be safe, you are logged out in {time}."
    )
}

/// Before the end that nothing puts off.
#[must_use]
pub fn over_in(time: &str) -> String {
    say!(
        "系统将在 {time}后退出登录，请尽快完成正在办理的操作。",
        "You are logged out in {time}. Please finish what you are doing."
    )
}

/// What to do while the card is out.
#[must_use]
pub fn bring_back(role: Role, holder: &str) -> String {
    let card = match role {
        Role::LegalPerson => text!("法人卡", "the legal-person card"),
        Role::Operator => text!("IC卡", "your IC card"),
    };
    say!(
        "请插回{card}（{holder}），输入登录密码后继续使用。",
        "Put {card} back ({holder}), and enter its PIN to go on."
    )
}

/// Heads the page of a locked session.
#[must_use]
pub const fn locked(role: Role) -> Text {
    match role {
        Role::LegalPerson => text!(
            "系统已锁定，等待法人卡",
            "Locked: waiting for the legal-person card"
        ),
        Role::Operator => text!("系统已锁定，等待IC卡", "Locked: waiting for your IC card"),
    }
}

/// How the session ended.
#[must_use]
pub const fn left(left: Left) -> Text {
    match left {
        Left::Logout => text!("已安全退出", "You are safely logged out"),
        Left::Idle => text!(
            "长时间没有操作，已自动退出登录",
            "You did nothing for a long time, and were logged out"
        ),
        Left::CardOut => text!(
            "卡已取出，已自动退出登录",
            "The card was taken out, and you were logged out"
        ),
        Left::Whole => text!(
            "本次登录已到期，已自动退出登录",
            "The session came to its end, and you were logged out"
        ),
        Left::Ended => text!("登录已经结束", "The session is over"),
    }
}

/// When a session ends, for whoever just logged in.
#[must_use]
pub fn ends(at: &str, idle_minutes: Option<u32>) -> String {
    idle_minutes.map_or_else(
        || at.to_owned(),
        |minutes| {
            say!(
                "{at}，{minutes} 分钟没有操作将自动退出";
                "{at}, or after {} without activity", english::many(&minutes, "minute")
            )
        },
    )
}
