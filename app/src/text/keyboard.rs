//! The words of a terminal's keyboard on the screen.

use super::{Text, english};

/// What the keyboard is, and for which field.
#[must_use]
pub fn name(field: &str) -> String {
    say!("屏幕键盘：{field}", "Screen keyboard: {field}")
}

/// Takes the last character away.
pub const BACK: Text = text!("删除", "Delete");
/// Empties the field.
pub const CLEAR: Text = text!("清除", "Clear");
/// Goes away.
pub const CLOSE: Text = text!("收起键盘", "Close the keyboard");
/// Over the letters: what they are for.
pub const INITIALS: Text = text!(
    "按姓名的拼音首字母查询，例如张伟明：ZWM",
    "The first letters of the name in pinyin, for example Zhang Weiming: ZWM"
);
/// Over the letters where they are words.
pub const WORDS: Text = text!(
    "没有合适的常用说明时，可用拼音或字母填写",
    "If no common description fits, write it in pinyin or letters"
);
/// Shows letters, for papers whose number has some.
pub const LETTERS: Text = text!("字母", "Letters");
/// Shows digits again.
pub const DIGITS: Text = text!("数字", "Digits");
/// The day that it is.
pub const TODAY: Text = text!("今天", "Today");
/// A year back.
pub const YEAR_BACK: Text = text!("上一年", "Previous year");
/// A month back.
pub const MONTH_BACK: Text = text!("上个月", "Previous month");
/// A month on.
pub const MONTH_ON: Text = text!("下个月", "Next month");
/// A year on.
pub const YEAR_ON: Text = text!("下一年", "Next year");
/// The days of the week, Monday first.
pub const WEEK: [Text; 7] = [
    text!("一", "Mo"),
    text!("二", "Tu"),
    text!("三", "We"),
    text!("四", "Th"),
    text!("五", "Fr"),
    text!("六", "Sa"),
    text!("日", "Su"),
];

/// Heads a month.
#[must_use]
pub fn month(year: i32, month: u32) -> String {
    say!("{year}年{month}月"; "{} {year}", english::month(month))
}

/// A day in full.
#[must_use]
pub fn day(year: i32, month: u32, day: u32) -> String {
    say!("{year}年{month}月{day}日"; "{day} {} {year}", english::month(month))
}
