//! The product's names, and the buttons and words that every page shares.

/// The whole system, as the manual's pictures head it.
pub const SYSTEM: &str = "中国电子口岸身份认证系统";
/// The part of the system that this product is.
pub const PRODUCT: &str = "IC卡自主管理";

/// Leaves the session.
pub const LOG_OUT: &str = "退出登录";
/// Type one step larger, and more room.
pub const LARGE_TYPE: &str = "大字版";
/// Says yes in a dialog.
pub const CONFIRM: &str = "确认";
/// Leads to the next question of a dialog.
pub const NEXT: &str = "下一步";
/// Says no in a dialog.
pub const CANCEL: &str = "取消";
/// Leads back to where one came from.
pub const BACK: &str = "返回";
/// Asks the service again.
pub const RETRY: &str = "重试";
/// Shows the page as it is now.
pub const REFRESH: &str = "刷新页面";
/// The page was left open, and shows what was.
pub const OUTDATED: &str = "本页显示的内容已有变化，请刷新页面查看最新状态。";
/// Closes a dialog that has nothing more to ask.
pub const CLOSE: &str = "关闭";
/// Leads to the login page.
pub const TO_LOGIN: &str = "重新登录";
/// Leads to the first page of the session.
pub const TO_HOME: &str = "返回首页";
/// Heads what is folded: numbers that no act needs.
pub const TECHNICAL: &str = "技术信息";
/// Stands before a request's id.
pub const REQUEST_ID: &str = "错误编号";
/// Where there is nothing to show.
pub const NONE: &str = "—";
/// Jumps over header and menu.
pub const SKIP: &str = "跳到主要内容";
/// Names the navigation for assistive technology.
pub const MAIN_MENU: &str = "功能菜单";
/// While something is under way.
pub const LOADING: &str = "正在加载…";
/// For browsers without JavaScript.
pub const NO_SCRIPT: &str =
    "您的浏览器没有启用 JavaScript：可以查询和查看，但登录和办理业务需要读卡，请启用后刷新页面。";
/// Heads the page of a broken session.
pub const STOPPED: &str = "已退出登录";
/// Heads a page that can't be shown.
pub const FAILED: &str = "页面暂时无法显示";
/// Heads the page for an address that leads nowhere.
pub const NOT_FOUND: &str = "没有找到这个页面";
/// Explains it.
pub const NOT_FOUND_HINT: &str = "地址可能有误，或者页面已经不存在。";

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
        format!("超过 {count} 条")
    } else {
        format!("共 {count} 条")
    }
}
