//! Why 延期 or 解锁 of a card can't begin, and what to do first.

use super::{super::names, refusal_sentences};
use crate::api::operation::CannotOperate;

/// What is wrong, and what to do now.
#[must_use]
pub fn cannot_sentences(why: CannotOperate) -> (String, String) {
    match why {
        CannotOperate::State(refusal) => refusal_sentences(refusal),
        CannotOperate::Unfinished(action) => (
            format!("这张卡上一次的{}操作还没有完成。", names::action(action)),
            String::from(
                "请在上方的提示中继续办理或放弃；如果卡片已经写入，将它插入读卡器会自动完成。",
            ),
        ),
        CannotOperate::NotDue { days_left } => (
            format!("证书还有 {days_left} 天到期，还不需要延期。"),
            String::from("请在证书即将到期时再办理延期。"),
        ),
        CannotOperate::IssuerEnds => (
            String::from(
                "签发机构（CA）的证书剩余有效期不足十年，不能签发新的证书，没有进行任何操作。",
            ),
            String::from("请联系系统管理员更新签发机构的证书，然后再办理。"),
        ),
        CannotOperate::PukUnknown => (
            String::from("这张卡的解锁码已无法确认，系统不会再尝试解锁。"),
            String::from("请为该操作员重新制卡。"),
        ),
    }
}
