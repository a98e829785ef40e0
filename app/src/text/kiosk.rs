//! The words of the terminal's attract screen, and of what leads back to it.

use super::Text;

/// What the page is called in the browser's title.
pub const TITLE: Text = text!("自助办理", "Self-service");
/// What to do, large.
pub const INSERT: Text = text!("请插入法人卡", "Insert the legal-person card");
/// For whom else the terminal is.
pub const OPERATORS_TOO: Text = text!(
    "操作员请插入操作员卡，可以查看本人卡片、修改登录密码。",
    "Operators: insert your operator card to see it and to change its PIN."
);
/// A card that was in when the page came: somebody's, most likely left behind.
pub const LEFT: Text = text!("请取走您的卡", "Please take your card");
/// What to do with it.
pub const LEFT_HINT: Text = text!(
    "读卡器里还有一张IC卡。要继续办理，请点击下面的按钮。",
    "There is still an IC card in the reader. To go on, touch the button below."
);
/// Goes on with the card that is in.
pub const GO_ON: Text = text!("用这张卡登录", "Log in with this card");
/// No card can be read.
pub const OUT_OF_ORDER: Text = text!(
    "本终端暂时不能读卡",
    "This terminal can't read cards at the moment"
);
/// What to do then.
pub const OUT_OF_ORDER_HINT: Text = text!(
    "恢复后本页会自动更新。请使用其他终端，或联系现场工作人员。",
    "This page updates itself once it can. Use another terminal, or ask the staff here."
);
/// Heads the steps.
pub const STEPS: Text = text!("办理步骤", "How it works");
/// From the card to the card.
pub const STEP: [Text; 4] = [
    text!("插入IC卡", "Insert your IC card"),
    text!("输入登录密码", "Enter your PIN"),
    text!("选择要办理的业务", "Choose what to do"),
    text!(
        "办完后退出登录，取走IC卡",
        "When you are done, log out and take your card"
    ),
];
/// What can be done here.
pub const SERVICES: Text = text!(
    "可以办理：延期、挂失、解挂、冻结、解冻、解锁、综合查询",
    "You can: renew, report lost, cancel a loss report, freeze, unfreeze, unblock, and see records"
);
/// Whom to call.
pub const HELP: Text = text!(
    "需要帮助时，请联系现场工作人员。",
    "If you need help, ask the staff here."
);

/// The same with the one who is configured.
#[cfg(feature = "ssr")]
#[must_use]
pub fn help(contact: &crate::help::Contact) -> String {
    say!("{HELP}{}", "{HELP} {}", super::help::call(contact))
}

/// Nobody touched the page for a while.
pub const STILL_THERE: Text = text!(
    "长时间没有操作，即将返回首页：",
    "Nobody touched the page for a while. It goes back to the start in:"
);
/// The card is out.
pub const CARD_OUT: Text = text!(
    "IC卡已取出，正在返回首页…",
    "The IC card was taken out. Going back to the start…"
);
/// Stays.
pub const STAY: Text = text!("继续使用", "Go on");
