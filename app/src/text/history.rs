//! The words of 综合查询: acts, outcomes, reasons, and what the verified mark
//! says.

use card_domain::{EventAct, EventOutcome, Reason};

use super::errors;
use crate::api::history::{Unverified, Verified};

/// What was done; an event of a newer version may be something unknown.
#[must_use]
pub const fn act_of(act: Option<EventAct>) -> &'static str {
    match act {
        Some(known) => self::act(known),
        None => "未知操作",
    }
}

/// What was done.
#[must_use]
pub const fn act(act: EventAct) -> &'static str {
    match act {
        EventAct::Renew => "延期",
        EventAct::RenewBegin => "延期（开始）",
        EventAct::ReportLoss => "挂失",
        EventAct::CancelLoss => "解挂",
        EventAct::Freeze => "冻结",
        EventAct::Unfreeze => "解冻",
        EventAct::FreezeEnded => "冻结到期自动解冻",
        EventAct::Unlock => "解锁",
        EventAct::UnlockBegin => "解锁（开始）",
        EventAct::Login => "登录",
        EventAct::Logout => "退出登录",
        EventAct::UnlockSession => "法人卡插回，恢复会话",
        EventAct::Reveal => "显示证件编号",
        EventAct::Export => "导出",
        EventAct::Issue => "制卡",
        EventAct::Enrol => "制卡（开始）",
        EventAct::Cancel => "注销",
        EventAct::AddEnterprise => "登记企业",
        EventAct::AddCard => "登记人员",
        EventAct::Act => "卡操作",
        EventAct::Operation => "读卡器操作",
        EventAct::Archive => "归档操作记录",
        EventAct::AddAdminToken => "生成制卡凭证",
        EventAct::RegisterBaseline => "登记簿基线",
        EventAct::RegisterCarry => "登记簿结转",
        EventAct::RegisterUpdate => "登记簿更新",
        EventAct::RegisterExplained => "登记簿启用核对",
        EventAct::Unexplained => "登记簿核对不符",
        EventAct::KeyConfirmed => "首次登录，密钥得到确认",
        EventAct::RevokeAdminToken => "收回制卡凭证",
        EventAct::ClockConfirmed => "服务器时间已由管理员确认",
        EventAct::RefusedUnproven => "未经证实的请求（每小时计数）",
    }
}

/// The acts that a person looks for, in groups. What only the service writes, and what
/// was refused before it was known what it was, is seen where nothing is filtered.
pub const ACT_GROUPS: [(&str, &[EventAct]); 4] = [
    (
        "卡的业务",
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
        "业务的开始",
        &[EventAct::RenewBegin, EventAct::UnlockBegin, EventAct::Enrol],
    ),
    (
        "登录与查看",
        &[
            EventAct::Login,
            EventAct::Logout,
            EventAct::UnlockSession,
            EventAct::Reveal,
            EventAct::Export,
        ],
    ),
    (
        "登记与制卡",
        &[EventAct::AddEnterprise, EventAct::AddCard, EventAct::Issue],
    ),
];

/// How an act came out. What was begun is not done yet.
#[must_use]
pub const fn outcome_of(act: Option<EventAct>, came_out: EventOutcome) -> &'static str {
    match (came_out, act) {
        (EventOutcome::Done, Some(act)) if act.only_begins() => "已开始",
        _ => outcome(came_out),
    }
}

/// How something came out.
#[must_use]
pub const fn outcome(outcome: EventOutcome) -> &'static str {
    match outcome {
        EventOutcome::Done => "成功",
        EventOutcome::Refused => "被拒绝",
        EventOutcome::Failed => "未完成",
    }
}

/// The verified mark, in two words.
#[must_use]
pub const fn verified(verified: Verified) -> &'static str {
    match verified {
        Verified::Yes => "已验证",
        Verified::No(Unverified::NotYetSequenced) => "待验证",
        Verified::No(Unverified::SignedBeforeProof) => "签名未验证",
        Verified::No(Unverified::SignerNotSigned) => "签名人未证明",
        Verified::No(_) => "验证失败",
    }
}

/// Why an event is not verified, in a sentence.
#[must_use]
pub const fn unverified(why: Unverified) -> &'static str {
    match why {
        Unverified::NotYetSequenced => "该记录刚刚写入，通常一秒内进入防篡改日志，刷新后即可验证。",
        Unverified::SignedBeforeProof => {
            "该记录的签名早于系统保存验签所需数据的版本，记录本身已在防篡改日志中，但签名无法重新验证。"
        }
        Unverified::NotIncluded => "该记录不在防篡改日志中，请联系系统管理员核查。",
        Unverified::LeafDiffers => {
            "该记录与写入防篡改日志时不一致，可能已被修改，请联系系统管理员核查。"
        }
        Unverified::LogDiffers => "防篡改日志与已签名的检查点不一致，请联系系统管理员核查。",
        Unverified::CheckpointBad => "防篡改日志没有有效的签名检查点，请联系系统管理员核查。",
        Unverified::SignatureBad => "法人卡的签名与签名内容不符，请联系系统管理员核查。",
        Unverified::CertificateForeign => {
            "签名使用的证书不属于该操作人在本企业的法人卡，或不是由受信任的机构签发，请联系系统管理员核查。"
        }
        Unverified::SignerNotSigned => {
            "签名人不在签名内容中：签名有效，但签名内容和证书均未写明由谁签名，操作人仅以登记为准。"
        }
    }
}

/// What a mark that is good stands for.
pub const VERIFIED_MEANS: &str = "法人卡签名和防篡改日志中的位置均已由服务器在本次查询时重新验证。";

/// The same where nobody signed.
pub const VERIFIED_UNSIGNED: &str =
    "防篡改日志中的位置已由服务器在本次查询时重新验证。本记录没有法人卡签名。";

/// Why something was refused or not finished.
#[must_use]
pub const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Login(refusal) => errors::login_sentences(refusal).0,
        Reason::ProposalVoid => "待确认的操作已失效或已被使用。",
        Reason::StatementSignature => "操作声明没有由本次登录的法人卡签名。",
        Reason::Conflict => "卡在操作生效前发生了变化，本次操作没有进行。",
        Reason::SessionEnded => "会话当时已结束。",
        Reason::NotAllowed => "本次登录的卡无权进行该操作。",
        Reason::NotFound => "本企业没有这张卡。",
        Reason::RuleSaysNo => "卡的状态不允许该操作。",
        Reason::Unfinished => "这张卡还有未完成的办理。",
        Reason::NotDue => "证书尚未临近到期，按本系统设置不能延期。",
        Reason::IssuerEnds => "签发机构（CA）的证书剩余有效期不足十年，没有签发新的证书。",
        Reason::WrongCard => "读卡器中的卡不是要操作的卡。",
        Reason::NotGenuine => "卡未能证明其真实性。",
        Reason::RolledBack => "操作已回退，卡的内容与登记一致。",
        Reason::Cancelled => "办理人取消了操作，卡片没有更改。",
        Reason::Abandoned => "操作未在规定时间内完成，或已被放弃。",
        Reason::NotBegun => "操作未能开始。",
        Reason::NotDone => "操作未能完成。",
        Reason::PinNotBlocked => "卡的登录密码没有锁定，无需解锁。",
        Reason::PukRefused => "卡片拒绝了解锁码，系统不会再次尝试。",
        Reason::PukUnknown => "这张卡的解锁码已无法确认。",
        Reason::CardRefused => "卡片没有执行系统的指令。",
        Reason::ReadBack => "读回的内容与写入的不一致。",
        Reason::Attestation => "卡片的密钥证明与报告的新密钥或这张卡不符，没有签发证书。",
        Reason::NotBlank => "卡片不是出厂状态，不能制卡。",
        Reason::WrongReport => "读卡程序报告的结果与系统下达的步骤不符。",
        Reason::AdminToken => "没有有效的管理员令牌。",
        Reason::Unexplained => "登记簿与防篡改日志不符，已拒绝，请联系系统管理员核查。",
        Reason::TooMany => "请求过于频繁。",
        Reason::Unavailable => "数据库当时无法写入。",
        Reason::Internal => "系统内部错误，系统管理员可按请求编号查询。",
        Reason::Other => "其他原因，系统管理员可按请求编号查询。",
    }
}

/// The headings of the exported table, in their order.
pub const CSV_HEADINGS: [&str; 19] = [
    "序号",
    "时间（北京时间）",
    "操作",
    "结果",
    "操作人",
    "操作人角色",
    "操作人IC卡号",
    "被操作人",
    "操作员编号",
    "被操作IC卡号",
    "法人卡签名",
    "原证书序列号",
    "新证书序列号",
    "验证",
    "原因",
    "备注",
    "客户端地址",
    "终端",
    "请求编号",
];

/// Yes and no in the exported table.
#[must_use]
pub const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "是" } else { "否" }
}

/// The name of a downloaded table.
pub const CSV_NAME: &str = "操作记录.csv";

/// The name of a downloaded proof.
pub const PROOF_NAME: &str = "操作记录证明.jsonl";

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
