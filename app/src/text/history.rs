//! The words of 综合查询: acts, outcomes, reasons, and what the verified mark
//! says.

use crate::api::history::{EventOutcome, HistoryAct, Reason, Unverified, Verified};

use super::errors;

/// What was done.
#[must_use]
pub const fn act(act: HistoryAct) -> &'static str {
    match act {
        HistoryAct::Renew => "延期",
        HistoryAct::RenewBegin => "延期（开始）",
        HistoryAct::ReportLoss => "挂失",
        HistoryAct::CancelLoss => "解挂",
        HistoryAct::Freeze => "冻结",
        HistoryAct::Unfreeze => "解冻",
        HistoryAct::Unlock => "解锁",
        HistoryAct::UnlockBegin => "解锁（开始）",
        HistoryAct::Login => "登录",
        HistoryAct::Logout => "退出登录",
        HistoryAct::UnlockSession => "法人卡插回，恢复会话",
        HistoryAct::Reveal => "显示证件编号",
        HistoryAct::Export => "导出操作记录",
        HistoryAct::Issue => "制卡",
        HistoryAct::Enrol => "制卡（开始）",
        HistoryAct::Cancel => "注销",
        HistoryAct::AddEnterprise => "登记企业",
        HistoryAct::AddCard => "登记人员",
        HistoryAct::Act => "卡操作",
        HistoryAct::Operation => "读卡器操作",
        HistoryAct::Archive => "归档操作记录",
        HistoryAct::Unknown => "未知操作",
    }
}

/// How an act came out. What was begun is not done yet.
#[must_use]
pub const fn outcome_of(act: HistoryAct, came_out: EventOutcome) -> &'static str {
    match came_out {
        EventOutcome::Done if act.only_begins() => "已开始",
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
        Reason::Conflict => "卡的状态刚刚在别处被更改，本次操作没有进行。",
        Reason::SessionEnded => "会话当时已结束。",
        Reason::RuleSaysNo => "卡的状态不允许该操作。",
        Reason::WrongCard => "读卡器中的卡不是要操作的卡。",
        Reason::NotGenuine => "卡未能证明其真实性。",
        Reason::RolledBack => "操作已回退，卡的内容与登记一致。",
        Reason::Cancelled => "办理人取消了操作，卡片没有更改。",
        Reason::Abandoned => "操作未在规定时间内完成，或已被放弃。",
        Reason::NotBegun => "操作未能开始。",
        Reason::NotDone => "操作未能完成。",
        Reason::Unavailable => "数据库当时无法写入。",
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
