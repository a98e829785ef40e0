//! The product's names, and the buttons and words that every page shares.

use super::{Text, english};

/// The whole system, as the manual's pictures head it.
pub const SYSTEM: Text = text!(
    "中国电子口岸身份认证系统",
    "China E-Port Identity Authentication System"
);
/// The part of the system that this product is.
pub const PRODUCT: Text = text!("IC卡自主管理", "IC Card Self-Service");
/// What it is for, for whoever finds its address somewhere.
pub const DESCRIPTION: Text = text!(
    "企业法人用法人卡自助办理本企业操作员卡的延期、挂失、解挂、冻结、解冻、解锁和查询。",
    "With the legal-person card an enterprise looks after its operator cards: renew, report lost, freeze and unblock them, and see their records."
);

/// Leaves the session.
pub const LOG_OUT: Text = text!("退出登录", "Log out");
/// Type one step larger, and more room.
pub const LARGE_TYPE: Text = text!("大字版", "Large type");
/// The language that a page is in, or could be in.
pub const LANGUAGE: Text = text!("中文", "English");
/// Says yes in a dialog.
pub const CONFIRM: Text = text!("确认", "Confirm");
/// Leads to the next question of a dialog.
pub const NEXT: Text = text!("下一步", "Next");
/// Says no in a dialog.
pub const CANCEL: Text = text!("取消", "Cancel");
/// Leads back to where one came from.
pub const BACK: Text = text!("返回", "Back");
/// Asks the service again.
pub const RETRY: Text = text!("重试", "Try again");
/// Shows the page as it is now.
pub const REFRESH: Text = text!("刷新页面", "Refresh the page");
/// The page was left open, and shows what was.
pub const OUTDATED: Text = text!(
    "本页显示的内容已有变化，请刷新页面查看最新状态。",
    "What this page shows has changed. Refresh it to see how things are now."
);
/// Closes a dialog that has nothing more to ask.
pub const CLOSE: Text = text!("关闭", "Close");
/// Leads to the login page.
pub const TO_LOGIN: Text = text!("重新登录", "Log in again");
/// Leads to the first page of the session.
pub const TO_HOME: Text = text!("返回首页", "Back to the start");
/// Heads what is folded: numbers that no act needs.
pub const TECHNICAL: Text = text!("技术信息", "Technical information");
/// Stands before a request's id.
pub const REQUEST_ID: Text = text!("错误编号", "Error number");
/// Where there is nothing to show.
pub const NONE: &str = "—";
/// Jumps over header and menu.
pub const SKIP: Text = text!("跳到主要内容", "Skip to the main content");
/// Names the navigation for assistive technology.
pub const MAIN_MENU: Text = text!("功能菜单", "Main menu");
/// While something is under way.
pub const LOADING: Text = text!("正在加载…", "Loading…");
/// For browsers without JavaScript.
pub const NO_SCRIPT: Text = text!(
    "您的浏览器没有启用 JavaScript：可以查询和查看，但登录和办理业务需要读卡，请启用后刷新页面。",
    "JavaScript is switched off in your browser. You can search and look, but to log in or to change a card, this page has to read cards: switch JavaScript on and refresh the page."
);
/// Heads the page of a broken session.
pub const STOPPED: Text = text!("已退出登录", "You are logged out");
/// Heads a page that can't be shown.
pub const FAILED: Text = text!("页面暂时无法显示", "This page can't be shown at the moment");
/// Heads the page for an address that leads nowhere.
pub const NOT_FOUND: Text = text!("没有找到这个页面", "This page was not found");
/// Explains it.
pub const NOT_FOUND_HINT: Text = text!(
    "地址可能有误，或者页面已经不存在。",
    "The address may be wrong, or the page is no longer there."
);

/// What stands in the browser's title for a page.
#[must_use]
pub fn title(page: &str) -> String {
    format!("{page} · {PRODUCT}")
}

/// Who a page is about, and what is done there.
#[must_use]
pub fn person_and(holder: &str, what: &str) -> String {
    format!("{holder} · {what}")
}

/// The length of a number of matches.
#[must_use]
pub fn total(count: u32, lower_bound: bool) -> String {
    if lower_bound {
        say!("超过 {count} 条", "more than {count} results")
    } else {
        say!("共 {count} 条"; "{}", english::many(&count, "result"))
    }
}
