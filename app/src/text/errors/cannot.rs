//! Why 延期 or 解锁 of a card can't begin, and what to do first.

use super::{
    super::{english, names},
    refusal_sentences,
};
use crate::api::operation::CannotOperate;

/// What is wrong, and what to do now.
#[must_use]
pub fn cannot_sentences(why: CannotOperate) -> (String, String) {
    match why {
        CannotOperate::State(refusal) => refusal_sentences(refusal),
        CannotOperate::Unfinished(action) => (
            say!(
                "这张卡上一次的{}操作还没有完成。", names::action(action);
                "The last {} of this card is not complete.", english::noun(action)
            ),
            String::from(text!(
                "请在上方的提示中继续办理或放弃；如果卡片已经写入，将它插入读卡器会自动完成。",
                "Continue it or give it up in the notice above. If the card has already been written to, insert it into the reader and it is completed by itself."
            )),
        ),
        CannotOperate::NotDue { days_left } => (
            say!(
                "证书还有 {days_left} 天到期，还不需要延期。";
                "The certificate expires in {} and need not be renewed yet.", english::many(&days_left, "day")
            ),
            String::from(text!(
                "请在证书即将到期时再办理延期。",
                "Renew it when the certificate is about to expire."
            )),
        ),
        CannotOperate::IssuerEnds => (
            String::from(text!(
                "签发机构（CA）的证书剩余有效期不足十年，不能签发新的证书，没有进行任何操作。",
                "The certificate of the issuing authority (CA) is valid for less than ten more years, so no new certificate can be issued. Nothing was done."
            )),
            String::from(text!(
                "请联系系统管理员更新签发机构的证书，然后再办理。",
                "Ask your system administrator to renew the certificate of the issuing authority, then try again."
            )),
        ),
        CannotOperate::PukUnknown => (
            String::from(text!(
                "这张卡的解锁码已无法确认，系统不会再尝试解锁。",
                "The unblocking code of this card is no longer certain, so it is not tried again."
            )),
            String::from(text!(
                "请为该操作员重新制卡。",
                "A new card has to be made for this operator."
            )),
        ),
    }
}
