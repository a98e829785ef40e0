//! The words of the pages of 综合查询: a timeline, an operation, its receipt.

use card_domain::{CardNo, CardState, EventAct, EventOutcome, OperationState, Role};

use super::names;
use crate::api::history::{HistoryRow, PersonView, SignerView};

/// Where nothing is exported: what is a terminal's stays there.
pub const EXPORT_AT_A_DESK: &str = "自助终端不提供导出和打印；需要文件时，请在办公电脑上登录办理。";
/// Heads a card's operations.
pub const OF_CARD: &str = "操作员被操作明细信息";
/// Heads the operations of the whole enterprise.
pub const OF_ALL: &str = "全部操作记录";
/// Heads what the legal person did.
pub const OF_LEGAL_PERSON: &str = "法人操作记录";
/// What the two lists are.
pub const LISTS: &str = "操作记录";
/// Heads the page of an operation.
pub const EVENT: &str = "操作详细信息";
/// The list on the page of a card.
pub const EVENTS: &str = "操作记录";
/// A filter that is off.
pub const ANY: &str = "全部";
/// The filter by act.
pub const ACT: &str = "操作";
/// The filter by outcome.
pub const OUTCOME: &str = "结果";
/// The filter by time.
pub const FROM: &str = "开始日期";
/// The filter by time.
pub const TO: &str = "结束日期";
/// Names the filters for assistive technology.
pub const FILTERS: &str = "筛选条件";
/// Nothing to show.
pub const NOTHING: &str = "没有符合条件的操作记录";
/// What to do about it.
pub const NOTHING_HINT: &str = "请放宽筛选条件，或点击“重置”查看全部记录。";
/// What to do about dates that no time lies between.
pub const DATES_CROSSED: &str = "结束日期早于开始日期，请重新选择。";
/// The search stopped before the page was full.
pub const CUT_SHORT: &str = "符合条件的记录较少，本页只查找了一部分；点击“较早”继续查找。";
/// The page of newer events.
pub const NEWER: &str = "较新";
/// The page of older events.
pub const OLDER: &str = "较早";
/// Downloads a table.
pub const EXPORT_CSV: &str = "导出表格（CSV）";
/// Downloads the proof.
pub const EXPORT_PROOF: &str = "导出证明文件";
/// What the exports are.
pub const EXPORT_HINT: &str =
    "导出当前筛选的全部记录；证明文件可以交给他人，凭本系统公布的公钥离线验证。";
/// While an export is under way.
pub const EXPORTING: &str = "正在导出";
/// An export that broke off.
pub const EXPORT_FAILED: &str = "导出中断，文件不完整，没有保存。请重试。";
/// An export is complete.
pub const EXPORTED: &str = "导出完成，文件已保存到浏览器的下载文件夹。";
/// Prints the receipt.
pub const PRINT: &str = "打印回执";
/// Heads a printed receipt.
pub const RECEIPT: &str = "IC卡自主管理操作回执";
/// When it was printed.
pub const PRINTED_AT: &str = "打印时间";
/// The number of the record.
pub const NUMBER: &str = "记录编号";
/// The time of an event.
pub const TIME: &str = "操作时间";
/// Who did it.
pub const ACTOR: &str = "操作人";
/// To whom.
pub const TARGET: &str = "被操作卡";
/// Nobody with a card: the issuer's command line.
pub const ISSUER: &str = "发卡单位";
/// Nobody: a freeze had its end.
pub const CLOCK: &str = "系统（到期自动）";
/// The record of the freeze that had its end.
pub const FREEZE: &str = "对应的冻结记录";
/// A login that was refused.
pub const NOBODY: &str = "未登录";
/// The state before and after.
pub const CHANGE: &str = "卡状态变化";
/// Why it was refused.
pub const REASON: &str = "原因";
/// Remarks on how it came about.
pub const REMARK: &str = "备注";
/// Heads what was done.
pub const WHAT: &str = "操作内容";
/// Heads from where it came.
pub const WHERE: &str = "操作来源";
/// The client's address.
pub const ADDRESS: &str = "客户端地址";
/// The terminal.
pub const TERMINAL: &str = "终端";
/// The browser.
pub const BROWSER: &str = "浏览器";
/// The request's id.
pub const REQUEST: &str = "请求编号";
/// Heads the statement.
pub const STATEMENT: &str = "法人签名的操作声明";
/// For which origin it was signed.
pub const ORIGIN: &str = "签名网址";
/// The nonce of the statement.
pub const NONCE: &str = "随机数";
/// The signature.
pub const SIGNATURE: &str = "签名值";
/// The certificate of the signature.
pub const SIGNED_WITH: &str = "签名证书序列号";
/// Who signed.
pub const SIGNER: &str = "签名人";

/// How far it is proven who signed.
#[must_use]
pub fn signer(signer: &SignerView) -> String {
    match signer {
        SignerView::Signed(CardNo(number)) => {
            format!("IC卡号 {number}，本企业法人卡（签名内容与证书均写明）")
        }
        SignerView::Certificate(CardNo(number)) => {
            format!("IC卡号 {number}（取自证书；角色和企业不在签名内容中）")
        }
        SignerView::Unnamed => String::from("签名人不在签名内容中"),
    }
}

/// Heads the steps.
pub const STEPS: &str = "办理步骤";
/// The place in the log.
pub const LEAF: &str = "日志位置";
/// The hash in the log.
pub const LEAF_HASH: &str = "记录哈希";
/// How many events the checkpoint covers.
pub const SIZE: &str = "检查点记录数";
/// The root of the checkpoint.
pub const ROOT: &str = "检查点根哈希";
/// When the checkpoint was signed.
pub const CHECKPOINT_AT: &str = "检查点签名时间";
/// Certificates of 延期.
pub const SERIALS: &str = "证书序列号";
/// Whether it was verified.
pub const VERIFIED: &str = "验证";
/// Shows a number in full.
pub const REVEAL: &str = "显示";
/// Hides it again.
pub const HIDE: &str = "隐藏";
/// What showing means.
pub const REVEAL_HINT: &str = "显示完整证件编号，本次显示会被记录";

/// Who did it: a login that was refused was nobody's, and what else has no card
/// was done at the issuer's command line.
#[must_use]
pub fn actor(row: &HistoryRow) -> String {
    match (&row.actor, row.act) {
        (Some(actor), _) => person(actor),
        (None, Some(EventAct::Login)) => String::from(NOBODY),
        (None, Some(EventAct::FreezeEnded)) => String::from(CLOCK),
        (None, _) => String::from(ISSUER),
    }
}

/// Somebody with a card.
#[must_use]
pub fn person(person: &PersonView) -> String {
    let number = person
        .card_no
        .as_ref()
        .map_or_else(String::new, |number| format!("，卡号 {}", number.0));
    match (&person.role, &person.operator_no) {
        (Role::Operator, Some(operator)) => {
            format!(
                "{}（操作员编号 {}{number}）",
                person.holder_name, operator.0
            )
        }
        (role, _) => format!("{}（{}{number}）", person.holder_name, names::role(*role)),
    }
}

/// The state before and after.
#[must_use]
pub fn change(before: Option<CardState>, after: Option<CardState>) -> Option<String> {
    let name = |state: CardState| names::state(state.name());
    match (before, after) {
        (Some(before), Some(after)) if before.name() == after.name() => {
            Some(format!("{}（不变）", name(after)))
        }
        (Some(before), Some(after)) => Some(format!("{} → {}", name(before), name(after))),
        (None, Some(after)) => Some(String::from(name(after))),
        (Some(before), None) => Some(String::from(name(before))),
        (None, None) => None,
    }
}

/// A step of 延期 or 解锁.
#[must_use]
pub const fn step(state: OperationState) -> &'static str {
    match state {
        OperationState::Prepared => "法人已签名",
        OperationState::Issued => "已签发新证书",
        OperationState::Written => "已写入卡片",
        OperationState::ReadBack => "已读回核对",
        OperationState::Confirmed => "已确认",
        OperationState::Abandoned => "已放弃",
    }
}

/// The certificates before and after, as far as they are known.
#[must_use]
pub fn serials(before: Option<&str>, after: Option<&str>) -> Option<String> {
    match (before, after) {
        (Some(before), Some(after)) if before != after => Some(format!("{before} → {after}")),
        (one, other) => one.or(other).map(String::from),
    }
}

/// How far an export is.
#[must_use]
pub fn exporting(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{EXPORTING}：{done} / {total} 条"),
        None => format!("{EXPORTING}：{done} 条"),
    }
}

/// The accessible name of 查看 at an event.
#[must_use]
pub fn view_of(act: &str, time: &str) -> String {
    format!("查看 {act} {time}")
}
/// What has to be known of how it came about, if anything.
#[must_use]
pub const fn remark(row: &HistoryRow) -> Option<&'static str> {
    match (row.healed, row.outcome) {
        (false, _) if row.holds_superseded => Some(HOLDS_SUPERSEDED),
        (false, _) => None,
        (true, EventOutcome::Done) => Some("办理曾中断，再次插入该卡时已自动完成"),
        (true, EventOutcome::Failed) => Some("办理曾中断，再次插入该卡时已恢复原状"),
        (true, EventOutcome::Refused) => Some("办理曾中断，再次插入该卡时未能通过验证"),
    }
}

/// A login with a certificate that another one superseded, over the same key.
const HOLDS_SUPERSEDED: &str = "卡内仍是已被替换的证书，密钥相同，已准许登录；卡片需要重新写入证书";
