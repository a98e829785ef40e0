//! The words of the page on which an operator sees the own card.

use card_protocol::PinPolicy;

use super::{Text, new_pin};

/// Heads the page.
pub const TITLE: Text = text!("我的IC卡", "My IC card");
/// What the page is for.
pub const PURPOSE: Text = text!(
    "查看本人IC卡的状态和有效期，修改密码",
    "See the status and the validity of your own IC card, and change its PIN"
);
/// Opens the dialog in which the PIN is changed.
pub const CHANGE_PIN: Text = text!("修改密码", "Change the PIN");
/// What the dialog does.
pub const CHANGE_PIN_HINT: Text = text!(
    "密码只保存在卡内，请牢记新密码。",
    "The PIN is kept on the card alone. Remember the new one well."
);
/// What the new PIN has to look like.
#[must_use]
pub fn new_pin_rules(policy: PinPolicy) -> String {
    say!(
        "新密码为{}。",
        "The new PIN has {}.",
        new_pin::rules(policy)
    )
}

/// The PIN as it is.
pub const OLD_PIN: Text = text!("原密码", "Old PIN");
/// The PIN was changed.
pub const CHANGED: Text = text!("密码修改成功", "The PIN was changed");
/// What that means.
pub const CHANGED_HINT: Text = text!("请从现在起使用新密码登录。", "Use the new PIN from now on.");
/// Another person's card is in the reader.
pub const NOT_YOURS: Text = text!(
    "读卡器中不是您登录时使用的卡，没有修改。请插入您本人的卡。",
    "The card in the reader is not the one you logged in with. Nothing was changed. Insert your own card."
);
/// The new PIN is the old one.
pub const SAME: Text = text!(
    "新密码不能与原密码相同，请重新输入。",
    "The new PIN can't be the old one. Please enter another."
);
/// While the card is at work.
pub const CHANGING: Text = text!(
    "正在修改，请不要拔卡…",
    "Changing the PIN. Don't remove the card…"
);
