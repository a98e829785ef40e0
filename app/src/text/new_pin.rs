//! The words around a new PIN, the same for 修改密码 and 解锁.

use card_protocol::PinPolicy;

/// The PIN as it shall be.
pub const NEW_PIN: &str = "新密码";
/// The same again.
pub const REPEAT_PIN: &str = "确认新密码";
/// The two new PINs differ.
pub const DIFFERENT: &str = "两次输入的新密码不一致，请重新输入。";

/// How long a new PIN is.
#[must_use]
pub fn digits(policy: PinPolicy) -> String {
    let (min, max) = (policy.min_digits, policy.max_digits);
    if min == max {
        format!("{min}位数字")
    } else {
        format!("{min}至{max}位数字")
    }
}

/// What a new PIN has to look like.
#[must_use]
pub fn rules(policy: PinPolicy) -> String {
    let mut rules = digits(policy);
    if policy.no_runs {
        rules.push_str("，不能是连续的数字");
    }
    if policy.no_repeats {
        rules.push_str("，不能是重复的数字");
    }
    rules
}
