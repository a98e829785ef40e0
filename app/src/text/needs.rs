//! What needs the legal person, in numbers, and what happened last.

use crate::api::needs::Counted;

/// Heads the numbers.
pub const TITLE: &str = "需要处理";
/// All numbers are nought.
pub const NOTHING: &str = "目前没有需要处理的操作员卡。";
/// 已挂失.
pub const LOST: &str = "已挂失";
/// 已冻结.
pub const FROZEN: &str = "已冻结";
/// Operations that are not finished.
pub const UNFINISHED: &str = "未完成的操作";
/// Heads the last events.
pub const LAST_ACTS: &str = "最近操作";
/// Leads to all of them.
pub const ALL_ACTS: &str = "全部操作记录";
/// The legal-person card itself.
pub const OWN_CARD: &str = "您的法人卡";
/// What to do about its certificate's end.
pub const OWN_CARD_HINT: &str = "请在到期前联系发卡单位办理法人卡延期；过期后不能登录。";

/// A number, and that there are more.
#[must_use]
pub fn count(counted: Counted) -> String {
    if counted.is_lower_bound {
        format!("{}+", counted.count)
    } else {
        counted.count.to_string()
    }
}

/// The end of the legal-person card's certificate.
#[must_use]
pub fn own_card_ends(day: &str, days_left: i64) -> String {
    format!("您的法人卡证书将于 {day} 到期（还有 {days_left} 天）。")
}
