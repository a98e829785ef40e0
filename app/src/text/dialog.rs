//! The questions and messages of an act, as the manual has them.

use card_domain::Action;

use super::names;

/// The first question.
#[must_use]
pub fn question(action: Action) -> String {
    format!("确认要进行{}操作吗？", names::action(action))
}

/// Heads the second question, over the statement that will be signed.
#[must_use]
pub fn second_question(action: Action) -> String {
    format!("请再次确认{}操作", names::action(action))
}

/// The act is done.
#[must_use]
pub fn success(action: Action) -> String {
    format!("{}成功", names::action(action))
}

/// Whose card it was done to.
#[must_use]
pub fn whose(holder: &str, operator_no: &str) -> String {
    format!("{holder}（操作员编号 {operator_no}）")
}

/// How many cards an act is about.
#[must_use]
pub fn cards(count: usize) -> String {
    format!("共 {count} 张操作员卡：")
}

/// The state after the act.
#[must_use]
pub fn state_now(state: &str) -> String {
    format!("卡状态：{state}")
}

/// The number of the record.
#[must_use]
pub fn recorded(event: i64) -> String {
    format!("已签名存证，记录编号 {event}")
}
