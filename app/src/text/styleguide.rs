//! The words of the sheet of components that belong to nothing else.

use super::Text;

/// Heads the sheet.
pub const TITLE: Text = text!("组件样张", "Sheet of components");
/// What it is for.
pub const PURPOSE: Text = text!(
    "全部组件的全部状态，仅供开发时查看。",
    "All components in all states, for development only."
);
/// Heads the buttons.
pub const BUTTONS: Text = text!("按钮", "Buttons");
/// Heads the fields.
pub const FIELDS: Text = text!("输入框", "Fields");
/// Heads the small labels.
pub const LABELS: Text = text!("状态标签", "Labels");
/// Heads what is told.
pub const NOTICES: Text = text!("提示", "Notices");
/// Heads the ways to a card.
pub const CARD_STATUS: Text = text!("读卡状态", "Card status");
/// Heads the lists.
pub const LISTS: Text = text!("列表", "Lists");
/// Heads the acts.
pub const ACTS: Text = text!("业务操作", "Actions");
/// Heads the events.
pub const EVENTS: Text = text!("记录", "Records");
/// Heads the facts.
pub const FACTS: Text = text!("详细信息", "Details");
/// Heads the steps.
pub const STEPS: Text = text!("办理步骤", "Steps");
/// Heads what a dialog holds.
pub const DIALOGS: Text = text!("对话框", "Dialogs");
/// Heads the pad.
pub const PAD: Text = text!("密码键盘", "PIN pad");
/// A name that is not short.
pub const LONG_NAME: &str = "阿不都热合曼·买买提依明·吐尔逊";
/// A name.
pub const NAME: &str = "李示例";
/// An enterprise.
pub const ENTERPRISE: &str = "示例进出口有限公司（演示）";
/// Something that went wrong.
pub const TROUBLE: Text = text!(
    "登录密码错误，还可尝试 2 次。",
    "The PIN is wrong. 2 tries are left."
);
/// What to do about it.
pub const NEXT_STEP: Text = text!("请核对后重新输入。", "Check it and enter it again.");
