//! What needs the legal person, in numbers, and what happened last.

use crate::api::needs::Counted;
use crate::text::{Text, english};

/// Heads the numbers.
pub const TITLE: Text = text!("需要处理", "Needs attention");
/// All numbers are nought.
pub const NOTHING: Text = text!(
    "目前没有需要处理的操作员卡。",
    "No operator card needs attention at the moment."
);
/// 已挂失.
pub const LOST: Text = text!("已挂失", "Reported lost");
/// 已冻结.
pub const FROZEN: Text = text!("已冻结", "Frozen");
/// Operations that are not finished.
pub const UNFINISHED: Text = text!("未完成的操作", "Not complete");
/// Heads the last events.
pub const LAST_ACTS: Text = text!("最近操作", "Last actions");
/// Leads to all of them.
pub const ALL_ACTS: Text = text!("全部操作记录", "All records");
/// The legal-person card itself.
pub const OWN_CARD: Text = text!("您的法人卡", "Your legal-person card");
/// What to do about its certificate's end.
pub const OWN_CARD_HINT: Text = text!(
    "请在到期前联系发卡单位办理法人卡延期；过期后不能登录。",
    "Ask the card issuer to renew your legal-person card before then. Once it has expired you can't log in."
);

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
    say!(
        "您的法人卡证书将于 {day} 到期（还有 {days_left} 天）。";
        "The certificate of your legal-person card expires on {day} (in {}).", english::many(&days_left, "day")
    )
}
