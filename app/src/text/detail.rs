//! The words of the page with everything about one card.

use card_domain::{Action, Cause, KeyConfirmation, Menu};
use jiff::{SignedDuration, Timestamp};

use super::{dates, names};

/// Heads the page.
pub const TITLE: &str = "操作员详细信息";
/// Heads the fields of the person.
pub const PERSON: &str = "操作员信息";
/// Heads the fields of the card.
pub const CARD: &str = "IC卡信息";
/// Heads the fields of the certificate.
pub const CERTIFICATE: &str = "证书信息";
/// A PIN that has tries.
pub const PIN_FINE: &str = "未锁定";
/// A PIN without tries.
pub const PIN_BLOCKED: &str = "密码已锁定";
/// Nobody saw the card yet.
pub const PIN_UNKNOWN: &str = "尚无记录";
/// A card without a certificate.
pub const NO_CERTIFICATE: &str = "尚无证书";
/// A certificate with a warning.
pub const EXPIRED: &str = "已过期";
/// A certificate with a warning.
pub const NOT_YET_VALID: &str = "尚未生效";
/// A certificate without a warning.
pub const GOOD: &str = "有效";
/// Nobody logged in with it yet.
pub const NEVER: &str = "从未登录";
/// How it is known that the card itself has the key of its certificate.
#[must_use]
pub const fn key(confirmed: Option<KeyConfirmation>) -> &'static str {
    match confirmed {
        Some(KeyConfirmation::Attested) => "由卡片证明",
        Some(KeyConfirmation::Login) => "已由首次登录确认",
        None => "待首次登录确认",
    }
}

/// Why the card is lost or frozen.
#[must_use]
pub fn because(cause: &Cause) -> String {
    format!("原因：{}", names::cause_in_words(cause))
}

/// With which day a freeze ends by itself: the one before the midnight of its end.
#[must_use]
pub fn frozen_until(end: Timestamp) -> String {
    let last = end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
    format!("冻结至 {}", dates::day(last))
}

/// Heads the reason why an act can't be done.
#[must_use]
pub fn not_possible(action: Action) -> String {
    format!("现在不能{}", names::action(action))
}

/// Leads to the menu where the other act is done.
#[must_use]
pub fn go_to(menu: Menu) -> String {
    format!("去{}", names::menu(menu))
}

/// A certificate that ends soon.
#[must_use]
pub fn expiring(days_left: i64) -> String {
    match days_left {
        0 => String::from("今日到期"),
        1 => String::from("明日到期"),
        days => format!("即将过期，剩 {days} 天"),
    }
}

/// The same in the narrow column of a list.
#[must_use]
pub fn expiring_in_list(days_left: i64) -> String {
    match days_left {
        0 => String::from("今日到期"),
        1 => String::from("明日到期"),
        days => format!("{days} 天后过期"),
    }
}

/// Until when a card's certificate is good after 延期.
#[must_use]
pub fn valid_now(holder: &str, until: &str) -> String {
    format!("{holder}的证书有效期至 {until}。")
}

/// How a card is after an act.
#[must_use]
pub fn is_now(holder: &str, state: &str) -> String {
    format!("{holder}的卡现在的状态为“{state}”。")
}

/// Since when a card is in its state.
#[must_use]
pub fn since(time: &str) -> String {
    format!("自 {time} 起")
}

/// The state that 解挂 leads back to.
#[must_use]
pub fn came_from(state: &str) -> String {
    format!("挂失前为“{state}”")
}

/// How many tries a PIN had when the card was last seen.
#[must_use]
pub fn pin_tries(tries: u8) -> String {
    format!("{PIN_FINE}，还可尝试 {tries} 次")
}

/// 解锁 of a card that is not blocked, as far as anybody knows.
#[must_use]
pub fn not_blocked(tries: u8) -> String {
    format!("这张卡上次读卡时密码没有锁定（还可尝试 {tries} 次），通常不需要解锁。")
}

/// When the card was last seen.
#[must_use]
pub fn seen_at(time: &str) -> String {
    format!("{time} 读卡时")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_days_have_names() {
        let words = [0, 1, 2].map(|days| (expiring(days), expiring_in_list(days)));
        assert_eq!(
            words.map(|(long, brief)| format!("{long} {brief}")),
            [
                "今日到期 今日到期",
                "明日到期 明日到期",
                "即将过期，剩 2 天 2 天后过期",
            ]
        );
    }
}
