//! The words around a new PIN, the same for 修改密码 and 解锁.

use card_protocol::PinPolicy;

use super::Text;

/// The PIN as it shall be.
pub const NEW_PIN: Text = text!("新密码", "New PIN");
/// The same again.
pub const REPEAT_PIN: Text = text!("确认新密码", "Repeat the new PIN");
/// The two new PINs differ.
pub const DIFFERENT: Text = text!(
    "两次输入的新密码不一致，请重新输入。",
    "The two new PINs are not the same. Please enter them again."
);

/// How long a new PIN is.
#[must_use]
pub fn digits(policy: PinPolicy) -> String {
    let (min, max) = (policy.min_digits, policy.max_digits);
    if min == max {
        say!("{min}位数字", "{min} digits")
    } else {
        say!("{min}至{max}位数字", "{min} to {max} digits")
    }
}

/// What a new PIN has to look like.
#[must_use]
pub fn rules(policy: PinPolicy) -> String {
    let mut rules = digits(policy);
    if policy.no_runs {
        rules.push_str(&text!("，不能是连续的数字", ", not a run of digits"));
    }
    if policy.no_repeats {
        rules.push_str(&text!("，不能是重复的数字", ", not repeating itself"));
    }
    rules
}
