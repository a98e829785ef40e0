//! The words of the terminal's attract screen, and of what leads back to it.

/// What the page is called in the browser's title.
pub const TITLE: &str = "自助办理";
/// What to do, large.
pub const INSERT: &str = "请插入法人卡";
/// For whom else the terminal is.
pub const OPERATORS_TOO: &str = "操作员请插入操作员卡，可以查看本人卡片、修改登录密码。";
/// A card that was in when the page came: somebody's, most likely left behind.
pub const LEFT: &str = "请取走您的卡";
/// What to do with it.
pub const LEFT_HINT: &str = "读卡器里还有一张IC卡。要继续办理，请点击下面的按钮。";
/// Goes on with the card that is in.
pub const GO_ON: &str = "用这张卡登录";
/// No card can be read.
pub const OUT_OF_ORDER: &str = "本终端暂时不能读卡";
/// What to do then.
pub const OUT_OF_ORDER_HINT: &str = "恢复后本页会自动更新。请使用其他终端，或联系现场工作人员。";
/// Heads the steps.
pub const STEPS: &str = "办理步骤";
/// From the card to the card.
pub const STEP: [&str; 4] = [
    "插入IC卡",
    "输入登录密码",
    "选择要办理的业务",
    "办完后退出登录，取走IC卡",
];
/// What can be done here.
pub const SERVICES: &str = "可以办理：延期、挂失、解挂、冻结、解冻、解锁、综合查询";
/// Whom to call.
pub const HELP: &str = "需要帮助时，请联系现场工作人员。";

/// The same with the one who is configured.
#[cfg(feature = "ssr")]
#[must_use]
pub fn help(contact: &crate::help::Contact) -> String {
    format!("{HELP}{}", super::help::call(contact))
}

/// Nobody touched the page for a while.
pub const STILL_THERE: &str = "长时间没有操作，即将返回首页：";
/// The card is out.
pub const CARD_OUT: &str = "IC卡已取出，正在返回首页…";
/// Stays.
pub const STAY: &str = "继续使用";
