//! The words of the page with everything about one card.

use card_domain::{Action, Cause, KeyConfirmation, Menu};
use jiff::{SignedDuration, Timestamp};

use super::{Text, dates, english, names};

/// Heads the page.
pub const TITLE: Text = text!("操作员详细信息", "Operator card details");
/// Heads the fields of the person.
pub const PERSON: Text = text!("操作员信息", "Operator");
/// Heads the fields of the card.
pub const CARD: Text = text!("IC卡信息", "IC card");
/// Heads the fields of the certificate.
pub const CERTIFICATE: Text = text!("证书信息", "Certificate");
/// A PIN that has tries.
pub const PIN_FINE: Text = text!("未锁定", "Not blocked");
/// A PIN without tries.
pub const PIN_BLOCKED: Text = text!("密码已锁定", "PIN blocked");
/// Nobody saw the card yet.
pub const PIN_UNKNOWN: Text = text!("尚无记录", "Nothing recorded yet");
/// A card without a certificate.
pub const NO_CERTIFICATE: Text = text!("尚无证书", "No certificate yet");
/// A certificate with a warning.
pub const EXPIRED: Text = text!("已过期", "Expired");
/// A certificate with a warning.
pub const NOT_YET_VALID: Text = text!("尚未生效", "Not valid yet");
/// A certificate without a warning.
pub const GOOD: Text = text!("有效", "Valid");
/// Nobody logged in with it yet.
pub const NEVER: Text = text!("从未登录", "Never logged in");
/// How it is known that the card itself has the key of its certificate.
#[must_use]
pub const fn key(confirmed: Option<KeyConfirmation>) -> Text {
    match confirmed {
        Some(KeyConfirmation::Attested) => text!("由卡片证明", "Proven by the card itself"),
        Some(KeyConfirmation::Login) => text!("已由首次登录确认", "Confirmed by the first login"),
        None => text!("待首次登录确认", "To be confirmed by the first login"),
    }
}

/// Why the card is lost or frozen.
#[must_use]
pub fn because(cause: &Cause) -> String {
    say!("原因：{}", "Reason: {}", names::cause_in_words(cause))
}

/// With which day a freeze ends by itself: the one before the midnight of its end.
#[must_use]
pub fn frozen_until(end: Timestamp) -> String {
    let last = end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
    say!("冻结至 {}", "Frozen until the end of {}", dates::day(last))
}

/// Heads the reason why an act can't be done.
#[must_use]
pub fn not_possible(action: Action) -> String {
    say!("现在不能{}", names::action(action); "You can't {} now", english::to_it(action))
}

/// Leads to the menu where the other act is done.
#[must_use]
pub fn go_to(menu: Menu) -> String {
    say!("去{}", "Go to \"{}\"", names::menu(menu))
}

/// A certificate that ends soon.
#[must_use]
pub fn expiring(days_left: i64) -> String {
    match days_left {
        0 => String::from(text!("今日到期", "Expires today")),
        1 => String::from(text!("明日到期", "Expires tomorrow")),
        days => say!("即将过期，剩 {days} 天", "Expires soon: {days} days left"),
    }
}

/// The same in the narrow column of a list.
#[must_use]
pub fn expiring_in_list(days_left: i64) -> String {
    match days_left {
        0 => String::from(text!("今日到期", "Expires today")),
        1 => String::from(text!("明日到期", "Expires tomorrow")),
        days => say!("{days} 天后过期", "Expires in {days} days"),
    }
}

/// Until when a card's certificate is good after 延期.
#[must_use]
pub fn valid_now(holder: &str, until: &str) -> String {
    say!(
        "{holder}的证书有效期至 {until}。",
        "The certificate of {holder} is valid until {until}."
    )
}

/// How a card is after an act.
#[must_use]
pub fn is_now(holder: &str, state: &str) -> String {
    say!(
        "{holder}的卡现在的状态为“{state}”。",
        "The card of {holder} is now \"{state}\"."
    )
}

/// Since when a card is in its state.
#[must_use]
pub fn since(time: &str) -> String {
    say!("自 {time} 起", "since {time}")
}

/// The state that 解挂 leads back to.
#[must_use]
pub fn came_from(state: &str) -> String {
    say!(
        "挂失前为“{state}”",
        "\"{state}\" before it was reported lost"
    )
}

/// How many tries a PIN had when the card was last seen.
#[must_use]
pub fn pin_tries(tries: u8) -> String {
    say!("{PIN_FINE}，还可尝试 {tries} 次"; "{PIN_FINE}, {} left", english::tries(tries))
}

/// 解锁 of a card that is not blocked, as far as anybody knows.
#[must_use]
pub fn not_blocked(tries: u8) -> String {
    say!(
        "这张卡上次读卡时密码没有锁定（还可尝试 {tries} 次），通常不需要解锁。";
        "The PIN was not blocked when this card was last read ({} left). Usually it need not be unblocked.", english::tries(tries)
    )
}

/// When the card was last seen.
#[must_use]
pub fn seen_at(time: &str) -> String {
    say!("{time} 读卡时", "when the card was read on {time}")
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
