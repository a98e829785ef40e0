//! The questions and messages of an act, as the manual has them.

use card_domain::{Action, CauseKind};

use super::names;
use crate::api::many::CardDone;

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

/// Asks why, before the first question.
#[must_use]
pub fn why(action: Action) -> String {
    format!("请选择{}原因", names::action(action))
}

/// Names the cause wherever it is shown.
pub const CAUSE: &str = "原因";
/// Says what becomes of it.
pub const CAUSE_SIGNED: &str = "原因将写入法人签名的操作声明，并保存在操作记录中。";
/// Nothing was chosen.
pub const CAUSE_MISSING: &str = "请先选择原因。";
/// 其他 without words.
pub const WORDS_MISSING: &str = "请填写其他原因的说明。";
/// Names the field for the words of 其他.
pub const WORDS: &str = "说明（1至40字）";
/// Names the keys that write whole words.
pub const PHRASES: &str = "常用说明";

/// When a cause is the right one.
#[must_use]
pub const fn cause_hint(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Lost => "卡片找不到了",
        CauseKind::Stolen => "卡片被他人拿走",
        CauseKind::OffDuty => "暂时离开岗位，以后恢复使用",
        CauseKind::Resigned => "已离开本企业",
        CauseKind::Other => "请另外说明",
    }
}

/// Words that a touch writes, where there is no keyboard for them.
#[must_use]
pub const fn phrases(action: Action) -> &'static [&'static str] {
    match action {
        Action::ReportLoss => &["卡片未交还", "遗落在外", "邮寄途中丢失", "卡片损毁"],
        Action::Freeze => &["借调", "停职", "调换岗位", "卡片交回保管", "密码可能泄露"],
        _ => &[],
    }
}

/// Heads the cards that an act was done to.
#[must_use]
pub fn done_to(count: usize) -> String {
    format!("已签名存证 {count} 张：")
}

/// Heads the cards that an act was not done to, because they changed meanwhile: by somebody,
/// or by the clock.
#[must_use]
pub fn not_done_to(action: Action, count: usize) -> String {
    let action = names::action(action);
    format!("以下 {count} 张刚刚发生了变化，没有{action}：")
}

/// What became of one of several cards.
#[must_use]
pub fn outcome(card: &CardDone) -> String {
    let whose = whose(&card.holder_name, &card.operator_no.0);
    let state = names::state(card.state);
    match card.event {
        Some(event) => format!("{whose}：{state}，记录编号 {event}"),
        None => format!("{whose}：现在是“{state}”"),
    }
}

/// Names the field for the last day of a freeze.
pub const UNTIL: &str = "冻结至（可不填）";
/// What that means.
pub const UNTIL_HINT: &str = "当日24:00（北京时间）自动解冻；不填则一直冻结，直到办理解冻。";
/// A last day was begun and not finished.
pub const UNTIL_HALF: &str = "冻结截止日期没有填写完整，请填完整或清空。";
/// Names the end of a freeze.
pub const END: &str = "冻结至";

/// With which day a freeze ends by itself.
#[must_use]
pub fn ends_with(day: &str) -> String {
    format!("{day}，当日24:00（北京时间）自动解冻")
}
