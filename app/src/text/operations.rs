//! The sentences of operations on a card in the reader: what is in the reader,
//! what is being done, what stood in the way, what was healed.

use super::{
    errors::refusal_sentences,
    names::{action, state},
};
use crate::api::operation::{Doing, FoundCard, Healed, PendingReason, Problem};

/// What is in the reader instead of the right card, and what to do now. Nothing
/// was written to it.
#[must_use]
pub fn found_sentences(found: &FoundCard) -> (String, String) {
    let change = "没有写入任何内容；请拔出这张卡，插入要被操作的卡。";
    let message = match found {
        FoundCard::Operator {
            operator_no,
            holder_name,
            card_no,
            ..
        } => format!(
            "读卡器中是操作员 {}（{holder_name}）的卡，卡号 {}，不是要被操作的卡。",
            operator_no.0, card_no.0
        ),
        FoundCard::LegalPerson { holder_name } => {
            format!("读卡器中仍是法人卡（{holder_name}）。")
        }
        FoundCard::OtherEnterprise => String::from("读卡器中是其他企业的卡。"),
        FoundCard::Unknown => String::from("读卡器中的卡不是本系统发放的卡。"),
        FoundCard::NotPiv => String::from("无法识别读卡器中的卡。"),
        FoundCard::NotGenuine => {
            return (
                String::from("读卡器中的卡没有通过真伪验证，没有写入任何内容。"),
                String::from("请核对卡片；如确为本系统发放的卡，请联系技术支持人员。"),
            );
        }
    };
    (message, String::from(change))
}

/// What is being done, for the progress.
#[must_use]
pub const fn doing(doing: Doing) -> &'static str {
    match doing {
        Doing::Checking => "正在验证卡片",
        Doing::MakingKey => "正在由卡片生成新的密钥",
        Doing::Writing => "正在写入新证书并读回核对",
        Doing::ReadingBack => "正在读回核对",
        Doing::SettingPin => "正在设置新密码",
        Doing::ReplacingPuk => "正在更换解锁码",
        Doing::Restoring => "正在恢复原证书",
    }
}

/// What stood in the way, and what to do now.
#[must_use]
pub fn problem_sentences(problem: &Problem) -> (String, String) {
    let (message, next_step) = match problem {
        Problem::PinNotBlocked { tries_left } => {
            let tries =
                tries_left.map_or_else(String::new, |left| format!("，登录密码还可尝试 {left} 次"));
            return (
                format!("这张卡没有锁定{tries}，不需要解锁，卡片没有更改。"),
                String::from("请持卡人用登录密码登录；如要更换密码，登录后可修改密码。"),
            );
        }
        Problem::PukRefused { .. } => (
            "卡片拒绝了解锁码，系统不会再次尝试，密码没有更改。",
            "请为该操作员重新制卡。",
        ),
        Problem::PukUnknown => (
            "无法确认卡片上的解锁码，系统没有尝试，密码没有更改。",
            "请为该操作员重新制卡。",
        ),
        Problem::State { refusal } => return refusal_sentences(*refusal),
        Problem::CardRefused { step, status } => {
            return (
                format!("卡片拒绝执行（{step}，{status}）。"),
                String::from("请拔出卡片重新插入；如仍失败，请联系技术支持人员。"),
            );
        }
        Problem::ReadBack => (
            "从卡片读回的内容与写入的不一致，登记内容没有更改。",
            "请拔出卡片重新插入，系统会再次写入。",
        ),
        Problem::Attestation => (
            "卡片的密钥证明与报告的新密钥或这张卡不符，没有签发证书。",
            "请换一台可信的终端，拔出卡片重新插入；如仍失败，请联系技术支持人员。",
        ),
        Problem::PukKept => ("新密码已设置，但卡片没有更换解锁码。", "可以正常使用。"),
        Problem::PukLost => (
            "新密码已设置；但更换解锁码时卡片被拔出，这张卡今后无法再次解锁。",
            "可以正常使用；如再次锁定，请重新制卡。",
        ),
    };
    (String::from(message), String::from(next_step))
}

/// What became of an unfinished operation.
#[must_use]
pub fn healed_sentence(healed: &Healed) -> String {
    match healed {
        Healed::Completed { action: act, .. } => {
            format!("上一次没有完成的{}操作，现已自动完成。", action(*act))
        }
        Healed::RolledBack { action: act, .. } => {
            format!("上一次没有完成的{}操作已撤销，卡片保持原样。", action(*act))
        }
    }
}

/// Why an unfinished operation stays so for now.
#[must_use]
pub fn pending_sentence(why: PendingReason) -> String {
    match why {
        PendingReason::WaitsForLegalPerson { seconds } => format!(
            "这张卡有一项操作正由法人办理，请在法人的页面继续。该页面已经关闭的，请把卡留在读卡器中：\
             最迟 {} 分钟后系统会自动完成。",
            seconds.div_ceil(60).max(1)
        ),
        PendingReason::CardState(name) => format!(
            "这张卡有一项没有完成的操作，但卡状态为“{}”，恢复为正常后会自动完成。",
            state(name)
        ),
        PendingReason::TryAgain => {
            String::from("这张卡有一项没有完成的操作，请拔出卡片重新插入，系统会自动完成。")
        }
        PendingReason::NotGenuine => String::from("读卡器中的卡没有通过真伪验证。"),
    }
}
