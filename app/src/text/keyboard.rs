//! The words of a terminal's keyboard on the screen.

/// What the keyboard is, and for which field.
#[must_use]
pub fn name(field: &str) -> String {
    format!("屏幕键盘：{field}")
}

/// Takes the last character away.
pub const BACK: &str = "删除";
/// Empties the field.
pub const CLEAR: &str = "清除";
/// Goes away.
pub const CLOSE: &str = "收起键盘";
/// Over the letters: what they are for.
pub const INITIALS: &str = "按姓名的拼音首字母查询，例如张伟明：ZWM";
/// Over the letters where they are words.
pub const WORDS: &str = "没有合适的常用说明时，可用拼音或字母填写";
/// Shows letters, for papers whose number has some.
pub const LETTERS: &str = "字母";
/// Shows digits again.
pub const DIGITS: &str = "数字";
/// The day that it is.
pub const TODAY: &str = "今天";
/// A year back.
pub const YEAR_BACK: &str = "上一年";
/// A month back.
pub const MONTH_BACK: &str = "上个月";
/// A month on.
pub const MONTH_ON: &str = "下个月";
/// A year on.
pub const YEAR_ON: &str = "下一年";
/// The days of the week, Monday first.
pub const WEEK: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// Heads a month.
#[must_use]
pub fn month(year: i32, month: u32) -> String {
    format!("{year}年{month}月")
}

/// A day in full.
#[must_use]
pub fn day(year: i32, month: u32, day: u32) -> String {
    format!("{year}年{month}月{day}日")
}
