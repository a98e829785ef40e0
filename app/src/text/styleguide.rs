//! The words of the sheet of components that belong to nothing else.

/// Heads the sheet.
pub const TITLE: &str = "组件样张";
/// What it is for.
pub const PURPOSE: &str = "全部组件的全部状态，仅供开发时查看。";
/// Heads the buttons.
pub const BUTTONS: &str = "按钮";
/// Heads the fields.
pub const FIELDS: &str = "输入框";
/// Heads the small labels.
pub const LABELS: &str = "状态标签";
/// Heads what is told.
pub const NOTICES: &str = "提示";
/// Heads the ways to a card.
pub const CARD_STATUS: &str = "读卡状态";
/// Heads the lists.
pub const LISTS: &str = "列表";
/// Heads the acts.
pub const ACTS: &str = "业务操作";
/// Heads the events.
pub const EVENTS: &str = "记录";
/// Heads the facts.
pub const FACTS: &str = "详细信息";
/// Heads the steps.
pub const STEPS: &str = "办理步骤";
/// Heads what a dialog holds.
pub const DIALOGS: &str = "对话框";
/// Heads the pad.
pub const PAD: &str = "密码键盘";
/// A name that is not short.
pub const LONG_NAME: &str = "阿不都热合曼·买买提依明·吐尔逊";
/// A name.
pub const NAME: &str = "李示例";
/// An enterprise.
pub const ENTERPRISE: &str = "示例进出口有限公司（演示）";
/// Something that went wrong.
pub const TROUBLE: &str = "登录密码错误，还可尝试 2 次。";
/// What to do about it.
pub const NEXT_STEP: &str = "请核对后重新输入。";
