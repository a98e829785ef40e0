//! The questions and messages of an act, as the manual has them.

use card_domain::{Action, CauseKind};

use super::{Text, english, names};
use crate::api::many::CardDone;

/// The first question.
#[must_use]
pub fn question(action: Action) -> String {
    say!(
        "确认要进行{}操作吗？", names::action(action);
        "Do you want to go ahead with the {}?", english::noun(action)
    )
}

/// Heads the second question, over the statement that will be signed.
#[must_use]
pub fn second_question(action: Action) -> String {
    say!(
        "请再次确认{}操作", names::action(action);
        "Please confirm the {} once more", english::noun(action)
    )
}

/// The act is done.
#[must_use]
pub fn success(action: Action) -> String {
    say!("{}成功", names::action(action); "{}", english::success(action))
}

/// Whose card it was done to.
#[must_use]
pub fn whose(holder: &str, operator_no: &str) -> String {
    say!(
        "{holder}（操作员编号 {operator_no}）",
        "{holder} (operator number {operator_no})"
    )
}

/// How many cards an act is about.
#[must_use]
pub fn cards(count: usize) -> String {
    say!("共 {count} 张操作员卡："; "{}:", english::many(&count, "operator card"))
}

/// The state after the act.
#[must_use]
pub fn state_now(state: &str) -> String {
    say!("卡状态：{state}", "Card status: {state}")
}

/// The number of the record.
#[must_use]
pub fn recorded(event: i64) -> String {
    say!(
        "已签名存证，记录编号 {event}",
        "Signed and recorded, record number {event}"
    )
}

/// Asks why, before the first question.
#[must_use]
pub fn why(action: Action) -> String {
    say!(
        "请选择{}原因", names::action(action);
        "Choose the reason for the {}", english::noun(action)
    )
}

/// Names the cause wherever it is shown.
pub const CAUSE: Text = text!("原因", "Reason");
/// Says what becomes of it.
pub const CAUSE_SIGNED: Text = text!(
    "原因将写入法人签名的操作声明，并保存在操作记录中。",
    "The reason is written into the statement that the legal person signs, and kept in the records."
);
/// Nothing was chosen.
pub const CAUSE_MISSING: Text = text!("请先选择原因。", "Please choose a reason first.");
/// 其他 without words.
pub const WORDS_MISSING: Text = text!(
    "请填写其他原因的说明。",
    "Please describe the other reason."
);
/// Names the field for the words of 其他.
pub const WORDS: Text = text!("说明（1至40字）", "Description (1 to 40 characters)");
/// Names the keys that write whole words.
pub const PHRASES: Text = text!("常用说明", "Common descriptions");

/// When a cause is the right one.
#[must_use]
pub const fn cause_hint(cause: CauseKind) -> Text {
    match cause {
        CauseKind::Lost => text!("卡片找不到了", "The card can't be found"),
        CauseKind::Stolen => text!("卡片被他人拿走", "Somebody else took the card"),
        CauseKind::OffDuty => text!(
            "暂时离开岗位，以后恢复使用",
            "Away from the job for a while, and coming back"
        ),
        CauseKind::Resigned => text!("已离开本企业", "Has left the enterprise"),
        CauseKind::Other => text!("请另外说明", "Please describe it"),
    }
}

/// Words that a touch writes, where there is no keyboard for them.
#[must_use]
pub const fn phrases(action: Action) -> &'static [Text] {
    const LOST: &[Text] = &[
        text!("卡片未交还", "Card not returned"),
        text!("遗落在外", "Left somewhere"),
        text!("邮寄途中丢失", "Lost in the post"),
        text!("卡片损毁", "Card damaged"),
    ];
    const FROZEN: &[Text] = &[
        text!("借调", "On loan elsewhere"),
        text!("停职", "Suspended"),
        text!("调换岗位", "Changed position"),
        text!("卡片交回保管", "Card handed in"),
        text!("密码可能泄露", "PIN may be known"),
    ];
    match action {
        Action::ReportLoss => LOST,
        Action::Freeze => FROZEN,
        _ => &[],
    }
}

/// Heads the cards that an act was done to.
#[must_use]
pub fn done_to(count: usize) -> String {
    say!(
        "已签名存证 {count} 张：";
        "Signed and recorded for {}:", english::many(&count, "card")
    )
}

/// Heads the cards that an act was not done to, because they changed meanwhile: by somebody,
/// or by the clock.
#[must_use]
pub fn not_done_to(action: Action, count: usize) -> String {
    say!(
        "以下 {count} 张刚刚发生了变化，没有{}：", names::action(action);
        "The {} was not done for {}, which changed a moment ago:", english::noun(action), english::many(&count, "card")
    )
}

/// What became of one of several cards.
#[must_use]
pub fn outcome(card: &CardDone) -> String {
    let whose = whose(&card.holder_name, &card.operator_no.0);
    let state = names::state(card.state);
    match card.event {
        Some(event) => say!(
            "{whose}：{state}，记录编号 {event}",
            "{whose}: {state}, record number {event}"
        ),
        None => say!("{whose}：现在是“{state}”", "{whose}: now \"{state}\""),
    }
}

/// Names the field for the last day of a freeze.
pub const UNTIL: Text = text!("冻结至（可不填）", "Frozen until (optional)");
/// What that means.
pub const UNTIL_HINT: Text = text!(
    "当日24:00（北京时间）自动解冻；不填则一直冻结，直到办理解冻。",
    "The card is unfrozen by itself at 24:00 of that day (Beijing time). If you leave this empty, it stays frozen until somebody unfreezes it."
);
/// A last day was begun and not finished.
pub const UNTIL_HALF: Text = text!(
    "冻结截止日期没有填写完整，请填完整或清空。",
    "The last day of the freeze is only half filled in. Complete it or clear it."
);
/// Names the end of a freeze.
pub const END: Text = text!("冻结至", "Frozen until");

/// With which day a freeze ends by itself.
#[must_use]
pub fn ends_with(day: &str) -> String {
    say!(
        "{day}，当日24:00（北京时间）自动解冻",
        "{day}: unfrozen by itself at 24:00 (Beijing time)"
    )
}
