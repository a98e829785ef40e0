//! The sentences of operations on a card in the reader: what is in the reader,
//! what is being done, what stood in the way, what was healed.

use super::{
    Text, english,
    errors::refusal_sentences,
    names::{action, state},
};
use crate::api::operation::{Doing, FoundCard, Healed, PendingReason, Problem};

/// What is in the reader instead of the right card, and what to do now. Nothing
/// was written to it.
#[must_use]
pub fn found_sentences(found: &FoundCard) -> (String, String) {
    let change = text!(
        "没有写入任何内容；请拔出这张卡，插入要被操作的卡。",
        "Nothing was written to it. Take it out and insert the right card."
    );
    let message = match found {
        FoundCard::Operator {
            operator_no,
            holder_name,
            card_no,
            ..
        } => say!(
            "读卡器中是操作员 {}（{holder_name}）的卡，卡号 {}，不是要被操作的卡。",
            "The card in the reader is that of operator {} ({holder_name}), card number {}, and not the right one.",
            operator_no.0,
            card_no.0
        ),
        FoundCard::LegalPerson { holder_name } => {
            say!(
                "读卡器中仍是法人卡（{holder_name}）。",
                "The legal-person card ({holder_name}) is still in the reader."
            )
        }
        FoundCard::OtherEnterprise => String::from(text!(
            "读卡器中是其他企业的卡。",
            "The card in the reader belongs to another enterprise."
        )),
        FoundCard::Unknown => String::from(text!(
            "读卡器中的卡不是本系统发放的卡。",
            "The card in the reader was not issued for this system."
        )),
        FoundCard::NotPiv => String::from(text!(
            "无法识别读卡器中的卡。",
            "The card in the reader can't be recognised."
        )),
        FoundCard::NotGenuine => {
            return (
                String::from(text!(
                    "读卡器中的卡没有通过真伪验证，没有写入任何内容。",
                    "The card in the reader could not prove that it is genuine. Nothing was written to it."
                )),
                String::from(text!(
                    "请核对卡片；如确为本系统发放的卡，请联系技术支持人员。",
                    "Check the card. If it was issued for this system, ask technical support."
                )),
            );
        }
    };
    (message, String::from(change))
}

/// What is being done, for the progress.
#[must_use]
pub const fn doing(doing: Doing) -> Text {
    match doing {
        Doing::Checking => text!("正在验证卡片", "Checking the card"),
        Doing::MakingKey => text!("正在由卡片生成新的密钥", "The card is making a new key"),
        Doing::Writing => text!(
            "正在写入新证书并读回核对",
            "Writing the new certificate and checking it"
        ),
        Doing::ReadingBack => text!("正在读回核对", "Reading back and checking"),
        Doing::SettingPin => text!("正在设置新密码", "Setting the new PIN"),
        Doing::ReplacingPuk => text!("正在更换解锁码", "Replacing the unblocking code"),
        Doing::Restoring => text!("正在恢复原证书", "Restoring the old certificate"),
    }
}

/// What stood in the way, and what to do now.
#[must_use]
pub fn problem_sentences(problem: &Problem) -> (String, String) {
    let (message, next_step) = match problem {
        Problem::PinNotBlocked { tries_left } => {
            let tries = tries_left.map_or_else(String::new, |left| {
                say!(
                    "，登录密码还可尝试 {left} 次";
                    " ({} left for its PIN)", english::tries(left)
                )
            });
            return (
                say!(
                    "这张卡没有锁定{tries}，不需要解锁，卡片没有更改。",
                    "This card is not blocked{tries} and need not be unblocked. It was not changed."
                ),
                String::from(text!(
                    "请持卡人用登录密码登录；如要更换密码，登录后可修改密码。",
                    "The holder can log in with the PIN, and change it after logging in."
                )),
            );
        }
        Problem::PukRefused { .. } => (
            text!(
                "卡片拒绝了解锁码，系统不会再次尝试，密码没有更改。",
                "The card refused the unblocking code. It is not tried again, and the PIN was not changed."
            ),
            text!(
                "请为该操作员重新制卡。",
                "A new card has to be made for this operator."
            ),
        ),
        Problem::PukUnknown => (
            text!(
                "无法确认卡片上的解锁码，系统没有尝试，密码没有更改。",
                "The unblocking code of the card is not certain, so it was not tried. The PIN was not changed."
            ),
            text!(
                "请为该操作员重新制卡。",
                "A new card has to be made for this operator."
            ),
        ),
        Problem::State { refusal } => return refusal_sentences(*refusal),
        Problem::CardRefused { step, status } => {
            return (
                say!(
                    "卡片拒绝执行（{step}，{status}）。",
                    "The card refused ({step}, {status})."
                ),
                String::from(text!(
                    "请拔出卡片重新插入；如仍失败，请联系技术支持人员。",
                    "Take the card out and insert it again. If that fails, ask technical support."
                )),
            );
        }
        Problem::ReadBack => (
            text!(
                "从卡片读回的内容与写入的不一致，登记内容没有更改。",
                "What was read back from the card was not what had been written. What is registered was not changed."
            ),
            text!(
                "请拔出卡片重新插入，系统会再次写入。",
                "Take the card out and insert it again: it is then written again."
            ),
        ),
        Problem::Attestation => (
            text!(
                "卡片的密钥证明与报告的新密钥或这张卡不符，没有签发证书。",
                "What the card attests of its key does not fit the new key reported, or this card. No certificate was issued."
            ),
            text!(
                "请换一台可信的终端，拔出卡片重新插入；如仍失败，请联系技术支持人员。",
                "Use a terminal that you trust, take the card out and insert it again. If that fails, ask technical support."
            ),
        ),
        Problem::PukKept => (
            text!(
                "新密码已设置，但卡片没有更换解锁码。",
                "The new PIN is set, but the card did not replace its unblocking code."
            ),
            text!("可以正常使用。", "The card can be used."),
        ),
        Problem::PukLost => (
            text!(
                "新密码已设置；但更换解锁码时卡片被拔出，这张卡今后无法再次解锁。",
                "The new PIN is set, but the card was removed while its unblocking code was being replaced. It can't be unblocked again in future."
            ),
            text!(
                "可以正常使用；如再次锁定，请重新制卡。",
                "The card can be used. If it is blocked again, a new card has to be made."
            ),
        ),
    };
    (String::from(message), String::from(next_step))
}

/// What became of an unfinished operation.
#[must_use]
pub fn healed_sentence(healed: &Healed) -> String {
    match healed {
        Healed::Completed { action: act, .. } => {
            say!(
                "上一次没有完成的{}操作，现已自动完成。", action(*act);
                "The {} that was interrupted has now been completed.", english::noun(*act)
            )
        }
        Healed::RolledBack { action: act, .. } => {
            say!(
                "上一次没有完成的{}操作已撤销，卡片保持原样。", action(*act);
                "The {} that was interrupted was undone. The card is as it was.", english::noun(*act)
            )
        }
    }
}

/// What holds now, and what is not as it should be all the same.
#[must_use]
pub fn and_then(holds: &str, message: &str, next_step: &str) -> String {
    say!(
        "{holds}。{message}{next_step}",
        "{holds}. {message} {next_step}"
    )
}

/// Why an unfinished operation stays so for now.
#[must_use]
pub fn pending_sentence(why: PendingReason) -> String {
    match why {
        PendingReason::WaitsForLegalPerson { seconds } => say!(
            "这张卡有一项操作正由法人办理，请在法人的页面继续。该页面已经关闭的，请把卡留在读卡器中：\
             最迟 {} 分钟后系统会自动完成。", seconds.div_ceil(60).max(1);
            "The legal person is working on this card: continue on the legal person's page. If that page is closed, leave the card in the reader: it is completed by itself within {}.",
            english::many(&seconds.div_ceil(60).max(1), "minute")
        ),
        PendingReason::CardState(name) => say!(
            "这张卡有一项没有完成的操作，但卡状态为“{}”，恢复为正常后会自动完成。",
            "There is something unfinished on this card, but the card is \"{}\". It is completed by itself once the card is normal again.",
            state(name)
        ),
        PendingReason::TryAgain => String::from(text!(
            "这张卡有一项没有完成的操作，请拔出卡片重新插入，系统会自动完成。",
            "There is something unfinished on this card. Take it out and insert it again: it is then completed by itself."
        )),
        PendingReason::NotGenuine => String::from(text!(
            "读卡器中的卡没有通过真伪验证。",
            "The card in the reader could not prove that it is genuine."
        )),
    }
}
