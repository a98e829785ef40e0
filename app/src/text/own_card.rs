//! The words of the page on which an operator sees the own card.

use card_protocol::PinPolicy;

use super::new_pin;

/// Heads the page.
pub const TITLE: &str = "我的IC卡";
/// What the page is for.
pub const PURPOSE: &str = "查看本人IC卡的状态和有效期，修改密码";
/// Opens the dialog in which the PIN is changed.
pub const CHANGE_PIN: &str = "修改密码";
/// What the dialog does.
pub const CHANGE_PIN_HINT: &str = "密码只保存在卡内，请牢记新密码。";
/// What the new PIN has to look like.
#[must_use]
pub fn new_pin_rules(policy: PinPolicy) -> String {
    format!("新密码为{}。", new_pin::rules(policy))
}

/// The PIN as it is.
pub const OLD_PIN: &str = "原密码";
/// The PIN was changed.
pub const CHANGED: &str = "密码修改成功";
/// What that means.
pub const CHANGED_HINT: &str = "请从现在起使用新密码登录。";
/// Another person's card is in the reader.
pub const NOT_YOURS: &str = "读卡器中不是您登录时使用的卡，没有修改。请插入您本人的卡。";
/// The new PIN is the old one.
pub const SAME: &str = "新密码不能与原密码相同，请重新输入。";
/// While the card is at work.
pub const CHANGING: &str = "正在修改，请不要拔卡…";
