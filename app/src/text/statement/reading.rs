//! A signed statement read in English: line by line, out of the signed text itself. A line
//! that this does not know stands as it is.

use card_domain::{Action, CauseKind};

use crate::text::{Language, Text, english, fields, names};

/// Stands over the reading.
pub const READING: Text = text!("英文译文，仅供阅读：", "In English, for reading only:");
/// Stands between the reading and what is signed.
pub const IN_CHINESE: Text = text!(
    "以下为签名的中文原文：",
    "The text that is signed, in Chinese:"
);

const ACTION: Text = text!("操作", "Action");
const CAUSE: Text = text!("原因", "Reason");
const UNFROZEN: Text = text!("自动解冻", "Unfrozen by itself");
const ENTERPRISE_CODE: Text = text!("企业代码", "Enterprise code");
const TIME: Text = text!("时间", "Time");

/// Its lines in English.
#[must_use]
pub fn in_english(statement: &str) -> String {
    let lines: Vec<_> = statement.lines().map(line).collect();
    lines.join("\n")
}

fn line(line: &str) -> String {
    heading(line)
        .or_else(|| card(line))
        .or_else(|| fact(line))
        .unwrap_or_else(|| line.to_owned())
}

fn heading(line: &str) -> Option<String> {
    let rest = line.strip_prefix("本人以企业法人身份确认：对下列")?;
    let (cards, act) = rest.strip_suffix("操作。")?.split_once("操作员卡进行")?;
    let cards = match cards {
        "" => String::from("operator card"),
        cards => {
            let count = cards.strip_prefix(' ')?.strip_suffix(" 张")?;
            english::many(&count, "operator card")
        }
    };
    let noun = english::noun(action(act)?);
    Some(format!(
        "As the legal person of the enterprise I confirm the {noun} of the following {cards}."
    ))
}

fn action(name: &str) -> Option<Action> {
    Action::ALL
        .into_iter()
        .find(|action| names::action(*action).chinese() == name)
}

/// The line of one of several cards.
fn card(line: &str) -> Option<String> {
    let (place, card) = line.strip_prefix("第 ")?.split_once(" 张：IC卡号 ")?;
    let (card_no, operator) = card.split_once("，操作员编号 ")?;
    let (operator_no, holder) = operator.split_once("，操作员姓名 ")?;
    Some(format!(
        "Card {place}: card number {card_no}, operator number {operator_no}, operator name {holder}"
    ))
}

fn fact(line: &str) -> Option<String> {
    let (name, value) = line.split_once('：')?;
    let said = |name: Text, value: String| {
        let name = name.of(Language::English);
        Some(format!("{name}: {value}"))
    };
    let fields = [
        fields::CARD_NO,
        fields::OPERATOR_NO,
        fields::HOLDER_NAME,
        fields::ENTERPRISE,
        ENTERPRISE_CODE,
    ];
    if let Some(field) = fields.into_iter().find(|field| field.chinese() == name) {
        return said(field, value.to_owned());
    }
    if name == ACTION.chinese() {
        let act = names::action(action(value)?).of(Language::English);
        return said(ACTION, act.to_owned());
    }
    if name == CAUSE.chinese() {
        return said(CAUSE, cause(value)?);
    }
    let time = [UNFROZEN, TIME]
        .into_iter()
        .find(|time| time.chinese() == name)?;
    let at = value.strip_suffix("（北京时间）")?;
    said(time, format!("{at} (Beijing time)"))
}

fn cause(value: &str) -> Option<String> {
    let (name, words) = match value.split_once('（') {
        Some((name, words)) => (name, Some(words.strip_suffix('）')?)),
        None => (value, None),
    };
    let kinds = Action::ALL.into_iter().flat_map(CauseKind::of);
    let name = kinds
        .map(|kind| names::cause(*kind))
        .find(|cause| cause.chinese() == name)?
        .of(Language::English);
    Some(words.map_or_else(|| name.to_owned(), |words| format!("{name} ({words})")))
}

#[cfg(test)]
mod tests {
    use card_domain::Cause;

    use super::{
        super::{StatementFields, text, text_of_many},
        *,
    };

    fn facts(cause: Option<&Cause>) -> StatementFields<'_> {
        StatementFields {
            action: Action::Freeze,
            cause,
            until: Some("2026-12-05T16:00:00Z".parse().unwrap()),
            card_no: "8600000000017",
            operator_no: "0017",
            holder_name: "Li",
            enterprise_name: "Demo",
            enterprise_code: "91000000DEMO000001",
            at: "2026-11-22T16:30:05Z".parse().unwrap(),
        }
    }

    #[test]
    fn every_line_is_read() {
        let other = Cause::Other(String::from("abroad"));
        assert_eq!(
            in_english(&text(&facts(Some(&other)))),
            "As the legal person of the enterprise I confirm the freeze of the following operator \
             card.\nAction: Freeze\nReason: Other (abroad)\n\
             Unfrozen by itself: 2026-12-06 00:00:00 (Beijing time)\n\
             Card number: 8600000000017\nOperator no.: 0017\nOperator name: Li\n\
             Enterprise: Demo\nEnterprise code: 91000000DEMO000001\n\
             Time: 2026-11-23 00:30:05 (Beijing time)"
        );
        for action in Action::ALL {
            let one = StatementFields {
                action,
                ..facts(Some(&Cause::OffDuty))
            };
            for statement in [text(&one), text_of_many(&[one, one])] {
                let read = in_english(&statement);
                assert!(read.is_ascii(), "{read}");
                assert_eq!(read.lines().count(), statement.lines().count());
            }
        }
    }

    #[test]
    fn what_nobody_knows_stands_as_it_is() {
        for strange in [
            "",
            "操作：飞",
            "原因：飞（",
            "时间：今天",
            "甲：乙",
            "第 1 张：",
        ] {
            assert_eq!(in_english(strange), strange);
        }
    }
}
