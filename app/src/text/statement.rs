//! The sentence that the legal person reads and the legal-person card signs
//! with every act. It is proof: once events hold it, its wording is only ever
//! extended, and never depends on a setting.

use std::fmt::Write as _;

use card_domain::{Action, Cause};
use jiff::Timestamp;

use super::{dates, names};

mod reading;

pub use reading::{IN_CHINESE, READING, in_english};

/// What a statement is about.
#[derive(Clone, Copy, Debug)]
pub struct StatementFields<'a> {
    /// The act.
    pub action: Action,
    /// Why, of 挂失 and 冻结; one of before it could be said has none.
    pub cause: Option<&'a Cause>,
    /// When a 冻结 ends by itself.
    pub until: Option<Timestamp>,
    /// IC卡号 of the operator card.
    pub card_no: &'a str,
    /// 操作员编号.
    pub operator_no: &'a str,
    /// 操作员姓名.
    pub holder_name: &'a str,
    /// The enterprise's name.
    pub enterprise_name: &'a str,
    /// The enterprise's code.
    pub enterprise_code: &'a str,
    /// When it was proposed.
    pub at: Timestamp,
}

/// The statement, one fact a line, in Beijing time.
#[must_use]
pub fn text(facts: &StatementFields<'_>) -> String {
    format!(
        "本人以企业法人身份确认：对下列操作员卡进行{action}操作。\n\
         操作：{action}\n\
         {cause}{end}IC卡号：{card_no}\n\
         操作员编号：{operator_no}\n\
         操作员姓名：{holder_name}\n\
         企业名称：{enterprise_name}\n\
         企业代码：{enterprise_code}\n\
         时间：{at}（北京时间）",
        action = names::action(facts.action).chinese(),
        cause = line_of(facts.cause),
        end = line_of_end(facts.until),
        card_no = facts.card_no,
        operator_no = facts.operator_no,
        holder_name = facts.holder_name,
        enterprise_name = facts.enterprise_name,
        enterprise_code = facts.enterprise_code,
        at = dates::second(facts.at),
    )
}

/// The line that says why; empty where nothing does.
fn line_of(cause: Option<&Cause>) -> String {
    cause.map_or_else(String::new, |cause| {
        let name = names::cause(cause.kind()).chinese();
        match cause.words() {
            Some(words) => format!("原因：{name}（{words}）\n"),
            None => format!("原因：{name}\n"),
        }
    })
}

/// The line that says when a freeze ends by itself; empty where nobody said it.
fn line_of_end(until: Option<Timestamp>) -> String {
    until.map_or_else(String::new, |until| {
        format!("自动解冻：{}（北京时间）\n", dates::second(until))
    })
}

/// The statement over several cards: the facts that they share once, then a
/// line for each card. Empty for none.
#[must_use]
pub fn text_of_many(cards: &[StatementFields<'_>]) -> String {
    let Some(first) = cards.first() else {
        return String::new();
    };
    let mut text = format!(
        "本人以企业法人身份确认：对下列 {count} 张操作员卡进行{action}操作。\n操作：{action}\n{cause}{end}",
        count = cards.len(),
        action = names::action(first.action).chinese(),
        cause = line_of(first.cause),
        end = line_of_end(first.until),
    );
    for (place, card) in (1..).zip(cards) {
        let _infallible = writeln!(
            text,
            "第 {place} 张：IC卡号 {}，操作员编号 {}，操作员姓名 {}",
            card.card_no, card.operator_no, card.holder_name
        );
    }
    let _infallible = write!(
        text,
        "企业名称：{}\n企业代码：{}\n\
         时间：{}（北京时间）",
        first.enterprise_name,
        first.enterprise_code,
        dates::second(first.at),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> StatementFields<'static> {
        StatementFields {
            action: Action::Freeze,
            cause: None,
            until: None,
            card_no: "8600000000017",
            operator_no: "0017",
            holder_name: "李四",
            enterprise_name: "演示企业有限公司",
            enterprise_code: "91000000DEMO000001",
            at: "2026-11-22T16:30:05Z".parse().unwrap(),
        }
    }

    #[test]
    fn it_says_who_what_and_when() {
        assert_eq!(
            text(&fields()),
            "本人以企业法人身份确认：对下列操作员卡进行冻结操作。\n\
             操作：冻结\n\
             IC卡号：8600000000017\n\
             操作员编号：0017\n\
             操作员姓名：李四\n\
             企业名称：演示企业有限公司\n\
             企业代码：91000000DEMO000001\n\
             时间：2026-11-23 00:30:05（北京时间）"
        );
    }

    #[test]
    fn it_says_why_in_a_line_of_its_own() {
        let facts = |cause| StatementFields {
            action: Action::ReportLoss,
            cause,
            ..fields()
        };
        let before = text(&facts(None));
        let other = Cause::Other(String::from("留在出租车上"));
        for (cause, line) in [
            (&Cause::Stolen, "原因：被盗"),
            (&other, "原因：其他（留在出租车上）"),
        ] {
            let expected = before.replace("操作：挂失\n", &format!("操作：挂失\n{line}\n"));
            assert_eq!(text(&facts(Some(cause))), expected);
            let many = text_of_many(&[facts(Some(cause)), facts(Some(cause))]);
            assert!(
                many.contains(&format!("操作：挂失\n{line}\n第 1 张")),
                "{many}"
            );
        }
    }

    #[test]
    fn it_says_when_a_freeze_ends() {
        let facts = |until| StatementFields {
            cause: Some(&Cause::OffDuty),
            until,
            ..fields()
        };
        let timed = facts(Some("2026-12-05T16:00:00Z".parse().unwrap()));
        let lines = "原因：离岗\n自动解冻：2026-12-06 00:00:00（北京时间）\n";
        let expected = text(&facts(None)).replace("原因：离岗\n", lines);
        assert_eq!(text(&timed), expected);
        let many = text_of_many(&[timed, timed]);
        assert!(
            many.contains(&format!("操作：冻结\n{lines}第 1 张")),
            "{many}"
        );
    }

    #[test]
    fn many_cards_have_a_line_each() {
        let facts = |card_no, operator_no, holder_name| StatementFields {
            action: Action::Renew,
            card_no,
            operator_no,
            holder_name,
            ..fields()
        };
        let text = text_of_many(&[
            facts("8600000000017", "0017", "李四"),
            facts("8600000000025", "0018", "张三"),
        ]);
        assert_eq!(
            text,
            "本人以企业法人身份确认：对下列 2 张操作员卡进行延期操作。\n\
             操作：延期\n\
             第 1 张：IC卡号 8600000000017，操作员编号 0017，操作员姓名 李四\n\
             第 2 张：IC卡号 8600000000025，操作员编号 0018，操作员姓名 张三\n\
             企业名称：演示企业有限公司\n\
             企业代码：91000000DEMO000001\n\
             时间：2026-11-23 00:30:05（北京时间）"
        );
        assert_eq!(text_of_many(&[]), "");
    }
}
