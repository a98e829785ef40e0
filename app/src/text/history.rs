//! The words of 综合查询: acts, outcomes, reasons, and what the verified mark
//! says.

use card_domain::{EventAct, EventOutcome, Reason};

use super::{Text, errors};
use crate::api::history::{Unverified, Verified};

/// What was done; an event of a newer version may be something unknown.
#[must_use]
pub const fn act_of(act: Option<EventAct>) -> Text {
    match act {
        Some(known) => self::act(known),
        None => text!("未知操作", "Unknown action"),
    }
}

/// What was done.
#[must_use]
pub const fn act(act: EventAct) -> Text {
    match act {
        EventAct::Renew => text!("延期", "Renew"),
        EventAct::RenewBegin => text!("延期（开始）", "Renew (begun)"),
        EventAct::ReportLoss => text!("挂失", "Report lost"),
        EventAct::CancelLoss => text!("解挂", "Cancel loss report"),
        EventAct::Freeze => text!("冻结", "Freeze"),
        EventAct::Unfreeze => text!("解冻", "Unfreeze"),
        EventAct::FreezeEnded => text!("冻结到期自动解冻", "Unfrozen at the end of a freeze"),
        EventAct::Unlock => text!("解锁", "Unblock"),
        EventAct::UnlockBegin => text!("解锁（开始）", "Unblock (begun)"),
        EventAct::Login => text!("登录", "Log in"),
        EventAct::Logout => text!("退出登录", "Log out"),
        EventAct::UnlockSession => text!(
            "法人卡插回，恢复会话",
            "Legal-person card back, session resumed"
        ),
        EventAct::Reveal => text!("显示证件编号", "Show ID number"),
        EventAct::Export => text!("导出", "Export"),
        EventAct::Issue => text!("制卡", "Make card"),
        EventAct::Enrol => text!("制卡（开始）", "Make card (begun)"),
        EventAct::Cancel => text!("注销", "Cancel card"),
        EventAct::AddEnterprise => text!("登记企业", "Register enterprise"),
        EventAct::AddCard => text!("登记人员", "Register person"),
        EventAct::Act => text!("卡操作", "Card action"),
        EventAct::Operation => text!("读卡器操作", "Card reader operation"),
        EventAct::Archive => text!("归档操作记录", "Archive records"),
        EventAct::AddAdminToken => text!("生成制卡凭证", "Create card-making token"),
        EventAct::RegisterBaseline => text!("登记簿基线", "Register: baseline"),
        EventAct::RegisterCarry => text!("登记簿结转", "Register: carried over"),
        EventAct::RegisterUpdate => text!("登记簿更新", "Register: updated"),
        EventAct::RegisterExplained => text!("登记簿启用核对", "Register: check begun"),
        EventAct::Unexplained => text!("登记簿核对不符", "Register: check failed"),
        EventAct::KeyConfirmed => text!("首次登录，密钥得到确认", "First login, key confirmed"),
        EventAct::RevokeAdminToken => text!("收回制卡凭证", "Withdraw card-making token"),
        EventAct::ClockConfirmed => text!(
            "服务器时间已由管理员确认",
            "Server time confirmed by an administrator"
        ),
        EventAct::RefusedUnproven => text!(
            "未经证实的请求（每小时计数）",
            "Unproven requests (counted by the hour)"
        ),
    }
}

/// The acts that a person looks for, in groups. What only the service writes, and what
/// was refused before it was known what it was, is seen where nothing is filtered.
pub const ACT_GROUPS: [(Text, &[EventAct]); 4] = [
    (
        text!("卡的业务", "Actions on cards"),
        &[
            EventAct::Renew,
            EventAct::ReportLoss,
            EventAct::CancelLoss,
            EventAct::Freeze,
            EventAct::Unfreeze,
            EventAct::FreezeEnded,
            EventAct::Unlock,
            EventAct::Cancel,
        ],
    ),
    (
        text!("业务的开始", "Actions begun"),
        &[EventAct::RenewBegin, EventAct::UnlockBegin, EventAct::Enrol],
    ),
    (
        text!("登录与查看", "Logging in and looking"),
        &[
            EventAct::Login,
            EventAct::Logout,
            EventAct::UnlockSession,
            EventAct::Reveal,
            EventAct::Export,
        ],
    ),
    (
        text!("登记与制卡", "Registering and making cards"),
        &[EventAct::AddEnterprise, EventAct::AddCard, EventAct::Issue],
    ),
];

/// How an act came out. What was begun is not done yet.
#[must_use]
pub const fn outcome_of(act: Option<EventAct>, came_out: EventOutcome) -> Text {
    match (came_out, act) {
        (EventOutcome::Done, Some(act)) if act.only_begins() => text!("已开始", "Begun"),
        _ => outcome(came_out),
    }
}

/// How something came out.
#[must_use]
pub const fn outcome(outcome: EventOutcome) -> Text {
    match outcome {
        EventOutcome::Done => text!("成功", "Done"),
        EventOutcome::Refused => text!("被拒绝", "Refused"),
        EventOutcome::Failed => text!("未完成", "Not complete"),
    }
}

/// The verified mark, in two words.
#[must_use]
pub const fn verified(verified: Verified) -> Text {
    match verified {
        Verified::Yes => text!("已验证", "Verified"),
        Verified::No(Unverified::NotYetSequenced) => text!("待验证", "To be verified"),
        Verified::No(Unverified::SignedBeforeProof) => {
            text!("签名未验证", "Signature not verified")
        }
        Verified::No(Unverified::SignerNotSigned) => text!("签名人未证明", "Signer not proven"),
        Verified::No(_) => text!("验证失败", "Verification failed"),
    }
}

/// Why an event is not verified, in a sentence.
#[must_use]
pub const fn unverified(why: Unverified) -> Text {
    match why {
        Unverified::NotYetSequenced => text!(
            "该记录刚刚写入，通常一秒内进入防篡改日志，刷新后即可验证。",
            "This record was only just written. It usually enters the tamper-proof log within a second: refresh the page to verify it."
        ),
        Unverified::SignedBeforeProof => {
            text!(
                "该记录的签名早于系统保存验签所需数据的版本，记录本身已在防篡改日志中，但签名无法重新验证。",
                "This record was signed before the system kept what its signature is verified with. The record itself is in the tamper-proof log, but its signature can't be verified again."
            )
        }
        Unverified::NotIncluded => text!(
            "该记录不在防篡改日志中，请联系系统管理员核查。",
            "This record is not in the tamper-proof log. Ask your system administrator to look into it."
        ),
        Unverified::LeafDiffers => {
            text!(
                "该记录与写入防篡改日志时不一致，可能已被修改，请联系系统管理员核查。",
                "This record is not what was written to the tamper-proof log and may have been changed. Ask your system administrator to look into it."
            )
        }
        Unverified::LogDiffers => text!(
            "防篡改日志与已签名的检查点不一致，请联系系统管理员核查。",
            "The tamper-proof log does not agree with its signed checkpoint. Ask your system administrator to look into it."
        ),
        Unverified::CheckpointBad => text!(
            "防篡改日志没有有效的签名检查点，请联系系统管理员核查。",
            "The tamper-proof log has no valid signed checkpoint. Ask your system administrator to look into it."
        ),
        Unverified::SignatureBad => text!(
            "法人卡的签名与签名内容不符，请联系系统管理员核查。",
            "The signature of the legal-person card does not fit what was signed. Ask your system administrator to look into it."
        ),
        Unverified::CertificateForeign => {
            text!(
                "签名使用的证书不属于该操作人在本企业的法人卡，或不是由受信任的机构签发，请联系系统管理员核查。",
                "The certificate of the signature does not belong to this person's legal-person card in this enterprise, or was not issued by a trusted authority. Ask your system administrator to look into it."
            )
        }
        Unverified::SignerNotSigned => {
            text!(
                "签名人不在签名内容中：签名有效，但签名内容和证书均未写明由谁签名，操作人仅以登记为准。",
                "What was signed does not name the signer: the signature is valid, but neither the signed content nor the certificate says whose it is. Who did it is known from the register alone."
            )
        }
    }
}

/// The mark and why, in a cell of a table.
#[must_use]
pub fn not_verified(mark: Verified, why: Unverified) -> String {
    let (mark, why) = (verified(mark), unverified(why));
    say!("{mark}：{why}", "{mark}: {why}")
}

/// What a mark that is good stands for.
pub const VERIFIED_MEANS: Text = text!(
    "法人卡签名和防篡改日志中的位置均已由服务器在本次查询时重新验证。",
    "The signature of the legal-person card and the place in the tamper-proof log were both verified again by the server for this page."
);

/// The same where nobody signed.
pub const VERIFIED_UNSIGNED: Text = text!(
    "防篡改日志中的位置已由服务器在本次查询时重新验证。本记录没有法人卡签名。",
    "The place in the tamper-proof log was verified again by the server for this page. This record has no signature of a legal-person card."
);

/// Why something was refused or not finished.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table, with two languages")]
pub const fn reason(reason: Reason) -> Text {
    match reason {
        Reason::Login(refusal) => errors::login_sentences(refusal).0,
        Reason::ProposalVoid => text!(
            "待确认的操作已失效或已被使用。",
            "The confirmation was no longer valid, or had been used."
        ),
        Reason::StatementSignature => text!(
            "操作声明没有由本次登录的法人卡签名。",
            "The statement was not signed by the legal-person card of the session."
        ),
        Reason::Conflict => text!(
            "卡在操作生效前发生了变化，本次操作没有进行。",
            "The card changed before this took effect. Nothing was done."
        ),
        Reason::SessionEnded => text!("会话当时已结束。", "The session was over by then."),
        Reason::NotAllowed => text!(
            "本次登录的卡无权进行该操作。",
            "The card of the session may not do this."
        ),
        Reason::NotFound => text!(
            "本企业没有这张卡。",
            "There is no such card in this enterprise."
        ),
        Reason::RuleSaysNo => text!(
            "卡的状态不允许该操作。",
            "The card's status does not allow it."
        ),
        Reason::Unfinished => text!(
            "这张卡还有未完成的办理。",
            "There is something unfinished on this card."
        ),
        Reason::NotDue => text!(
            "证书尚未临近到期，按本系统设置不能延期。",
            "The certificate was not close to its end, and the settings did not allow renewing it."
        ),
        Reason::IssuerEnds => text!(
            "签发机构（CA）的证书剩余有效期不足十年，没有签发新的证书。",
            "The certificate of the issuing authority (CA) was valid for less than ten more years. No new certificate was issued."
        ),
        Reason::WrongCard => text!(
            "读卡器中的卡不是要操作的卡。",
            "The card in the reader was not the right one."
        ),
        Reason::NotGenuine => text!(
            "卡未能证明其真实性。",
            "The card could not prove that it is genuine."
        ),
        Reason::RolledBack => text!(
            "操作已回退，卡的内容与登记一致。",
            "It was undone. The card is as it is registered."
        ),
        Reason::Cancelled => text!(
            "办理人取消了操作，卡片没有更改。",
            "Whoever was doing it cancelled it. The card was not changed."
        ),
        Reason::Abandoned => text!(
            "操作未在规定时间内完成，或已被放弃。",
            "It was not completed in time, or was given up."
        ),
        Reason::NotBegun => text!("操作未能开始。", "It could not be begun."),
        Reason::NotDone => text!("操作未能完成。", "It could not be completed."),
        Reason::PinNotBlocked => text!(
            "卡的登录密码没有锁定，无需解锁。",
            "The PIN of the card was not blocked. There was nothing to unblock."
        ),
        Reason::PukRefused => text!(
            "卡片拒绝了解锁码，系统不会再次尝试。",
            "The card refused the unblocking code. It is not tried again."
        ),
        Reason::PukUnknown => text!(
            "这张卡的解锁码已无法确认。",
            "The unblocking code of this card is no longer certain."
        ),
        Reason::CardRefused => text!(
            "卡片没有执行系统的指令。",
            "The card did not carry out what the system asked for."
        ),
        Reason::ReadBack => text!(
            "读回的内容与写入的不一致。",
            "What was read back was not what had been written."
        ),
        Reason::Attestation => text!(
            "卡片的密钥证明与报告的新密钥或这张卡不符，没有签发证书。",
            "What the card attests of its key does not fit the new key reported, or this card. No certificate was issued."
        ),
        Reason::NotBlank => text!(
            "卡片不是出厂状态，不能制卡。",
            "The card was not in its factory state, so no card could be made of it."
        ),
        Reason::WrongReport => text!(
            "读卡程序报告的结果与系统下达的步骤不符。",
            "What the card reader software reported does not fit the step the system gave out."
        ),
        Reason::AdminToken => text!(
            "没有有效的管理员令牌。",
            "There was no valid administrator token."
        ),
        Reason::Unexplained => text!(
            "登记簿与防篡改日志不符，已拒绝，请联系系统管理员核查。",
            "The register does not agree with the tamper-proof log. It was refused. Ask your system administrator to look into it."
        ),
        Reason::TooMany => text!("请求过于频繁。", "There were too many requests."),
        Reason::Unavailable => text!(
            "数据库当时无法写入。",
            "The database could not be written to."
        ),
        Reason::Internal => text!(
            "系统内部错误，系统管理员可按请求编号查询。",
            "An internal error. The system administrator can look it up by the request number."
        ),
        Reason::Other => text!(
            "其他原因，系统管理员可按请求编号查询。",
            "Another reason. The system administrator can look it up by the request number."
        ),
    }
}

/// The headings of the exported table, in their order.
pub const CSV_HEADINGS: [Text; 19] = [
    text!("序号", "Number"),
    text!("时间（北京时间）", "Time (Beijing)"),
    text!("操作", "Action"),
    text!("结果", "Outcome"),
    text!("操作人", "Done by"),
    text!("操作人角色", "Done by: role"),
    text!("操作人IC卡号", "Done by: card number"),
    text!("被操作人", "Done to"),
    text!("操作员编号", "Operator no."),
    text!("被操作IC卡号", "Done to: card number"),
    text!("法人卡签名", "Signature of the legal-person card"),
    text!("原证书序列号", "Old certificate serial number"),
    text!("新证书序列号", "New certificate serial number"),
    text!("验证", "Verification"),
    text!("原因", "Reason"),
    text!("备注", "Remark"),
    text!("客户端地址", "Client address"),
    text!("终端", "Terminal"),
    text!("请求编号", "Request number"),
];

/// Yes and no in the exported table.
#[must_use]
pub const fn yes_or_no(yes: bool) -> Text {
    if yes {
        text!("是", "yes")
    } else {
        text!("否", "no")
    }
}

/// The name of a downloaded table.
pub const CSV_NAME: Text = text!("操作记录.csv", "records.csv");

/// The name of a downloaded proof.
pub const PROOF_NAME: Text = text!("操作记录证明.jsonl", "records-proof.jsonl");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_of_an_enterprise_is_offered_once_or_is_the_service_s_own() {
        const OWN: [EventAct; 7] = [
            EventAct::Act,
            EventAct::Operation,
            EventAct::RegisterBaseline,
            EventAct::RegisterCarry,
            EventAct::RegisterUpdate,
            EventAct::Unexplained,
            EventAct::KeyConfirmed,
        ];
        for act in EventAct::ALL {
            let offered = ACT_GROUPS.iter().flat_map(|(_, acts)| acts.iter());
            let times = offered.filter(|offered| **offered == act).count();
            let expected = usize::from(act.concerns_an_enterprise() && !OWN.contains(&act));
            assert_eq!(times, expected, "{act:?}");
        }
    }
}
