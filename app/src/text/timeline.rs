//! The words of the pages of 综合查询: a timeline, an operation, its receipt.

use crate::text::{Text, english};
use card_domain::{CardNo, CardState, EventAct, EventOutcome, OperationState, Role};

use super::names;
use crate::api::history::{HistoryRow, PersonView, SignerView};

/// Where nothing is exported: what is a terminal's stays there.
pub const EXPORT_AT_A_DESK: Text = text!(
    "自助终端不提供导出和打印；需要文件时，请在办公电脑上登录办理。",
    "A self-service terminal neither exports nor prints. If you need a file, log in at an office computer."
);
/// Heads a card's operations.
pub const OF_CARD: Text = text!(
    "操作员被操作明细信息",
    "What was done to this operator card"
);
/// Heads the operations of the whole enterprise.
pub const OF_ALL: Text = text!("全部操作记录", "All records");
/// Heads what the legal person did.
pub const OF_LEGAL_PERSON: Text = text!("法人操作记录", "Records of the legal person");
/// What the two lists are.
pub const LISTS: Text = text!("操作记录", "Records");
/// Heads the page of an operation.
pub const EVENT: Text = text!("操作详细信息", "Details of a record");
/// The list on the page of a card.
pub const EVENTS: Text = text!("操作记录", "Records");
/// A filter that is off.
pub const ANY: Text = text!("全部", "All");
/// The filter by act.
pub const ACT: Text = text!("操作", "Action");
/// The filter by outcome.
pub const OUTCOME: Text = text!("结果", "Outcome");
/// The filter by time.
pub const FROM: Text = text!("开始日期", "From");
/// The filter by time.
pub const TO: Text = text!("结束日期", "To");
/// Names the filters for assistive technology.
pub const FILTERS: Text = text!("筛选条件", "Filters");
/// Nothing to show.
pub const NOTHING: Text = text!("没有符合条件的操作记录", "No record matches");
/// What to do about it.
pub const NOTHING_HINT: Text = text!(
    "请放宽筛选条件，或点击“重置”查看全部记录。",
    "Loosen the filters, or click \"Reset\" for all records."
);
/// What to do about dates that no time lies between.
pub const DATES_CROSSED: Text = text!(
    "结束日期早于开始日期，请重新选择。",
    "The last day is before the first. Please choose again."
);
/// The search stopped before the page was full.
pub const CUT_SHORT: Text = text!(
    "符合条件的记录较少，本页只查找了一部分；点击“较早”继续查找。",
    "Few records match, and only a part was searched for this page. Click \"Older\" to search on."
);
/// The page of newer events.
pub const NEWER: Text = text!("较新", "Newer");
/// The page of older events.
pub const OLDER: Text = text!("较早", "Older");
/// Downloads a table.
pub const EXPORT_CSV: Text = text!("导出表格（CSV）", "Export a table (CSV)");
/// Downloads the proof.
pub const EXPORT_PROOF: Text = text!("导出证明文件", "Export a proof");
/// What the exports are.
pub const EXPORT_HINT: Text = text!(
    "导出当前筛选的全部记录；证明文件可以交给他人，凭本系统公布的公钥离线验证。",
    "Exports all records of the current filter. A proof can be given to others, who verify it offline with the public key that this system publishes."
);
/// While an export is under way.
pub const EXPORTING: Text = text!("正在导出", "Exporting");
/// An export that broke off.
pub const EXPORT_FAILED: Text = text!(
    "导出中断，文件不完整，没有保存。请重试。",
    "The export broke off. The file was not complete and was not saved. Please try again."
);
/// An export is complete.
pub const EXPORTED: Text = text!(
    "导出完成，文件已保存到浏览器的下载文件夹。",
    "The export is complete. The file is in the browser's download folder."
);
/// Prints the receipt.
pub const PRINT: Text = text!("打印回执", "Print a receipt");
/// Heads a printed receipt.
pub const RECEIPT: Text = text!("IC卡自主管理操作回执", "IC Card Self-Service: receipt");
/// When it was printed.
pub const PRINTED_AT: Text = text!("打印时间", "Printed on");
/// The number of the record.
pub const NUMBER: Text = text!("记录编号", "Record number");
/// The time of an event.
pub const TIME: Text = text!("操作时间", "Time");
/// Who did it.
pub const ACTOR: Text = text!("操作人", "Done by");
/// To whom.
pub const TARGET: Text = text!("被操作卡", "Card");
/// Nobody with a card: the issuer's command line.
pub const ISSUER: Text = text!("发卡单位", "Card issuer");
/// Nobody: a freeze had its end.
pub const CLOCK: Text = text!("系统（到期自动）", "System (at the end of the freeze)");
/// The record of the freeze that had its end.
pub const FREEZE: Text = text!("对应的冻结记录", "Record of the freeze");
/// A login that was refused.
pub const NOBODY: Text = text!("未登录", "Not logged in");
/// The state before and after.
pub const CHANGE: Text = text!("卡状态变化", "Change of status");
/// Why it was refused.
pub const REASON: Text = text!("原因", "Reason");
/// Remarks on how it came about.
pub const REMARK: Text = text!("备注", "Remark");
/// Heads what was done.
pub const WHAT: Text = text!("操作内容", "What was done");
/// Heads from where it came.
pub const WHERE: Text = text!("操作来源", "Where it came from");
/// The client's address.
pub const ADDRESS: Text = text!("客户端地址", "Client address");
/// The terminal.
pub const TERMINAL: Text = text!("终端", "Terminal");
/// The browser.
pub const BROWSER: Text = text!("浏览器", "Browser");
/// The request's id.
pub const REQUEST: Text = text!("请求编号", "Request number");
/// Heads the statement.
pub const STATEMENT: Text = text!(
    "法人签名的操作声明",
    "The statement that the legal person signed"
);
/// For which origin it was signed.
pub const ORIGIN: Text = text!("签名网址", "Signed for the address");
/// The nonce of the statement.
pub const NONCE: Text = text!("随机数", "Nonce");
/// The signature.
pub const SIGNATURE: Text = text!("签名值", "Signature");
/// The certificate of the signature.
pub const SIGNED_WITH: Text = text!("签名证书序列号", "Serial number of the signing certificate");
/// Who signed.
pub const SIGNER: Text = text!("签名人", "Signer");

/// How far it is proven who signed.
#[must_use]
pub fn signer(signer: &SignerView) -> String {
    match signer {
        SignerView::Signed(CardNo(number)) => {
            say!(
                "IC卡号 {number}，本企业法人卡（签名内容与证书均写明）",
                "Card number {number}, legal-person card of this enterprise (named in what was signed and in the certificate)"
            )
        }
        SignerView::Certificate(CardNo(number)) => {
            say!(
                "IC卡号 {number}（取自证书；角色和企业不在签名内容中）",
                "Card number {number} (from the certificate; role and enterprise are not in what was signed)"
            )
        }
        SignerView::Unnamed => String::from(text!(
            "签名人不在签名内容中",
            "What was signed does not name the signer"
        )),
    }
}

/// Heads the steps.
pub const STEPS: Text = text!("办理步骤", "Steps");
/// The place in the log.
pub const LEAF: Text = text!("日志位置", "Place in the log");
/// The hash in the log.
pub const LEAF_HASH: Text = text!("记录哈希", "Hash of the record");
/// How many events the checkpoint covers.
pub const SIZE: Text = text!("检查点记录数", "Records under the checkpoint");
/// The root of the checkpoint.
pub const ROOT: Text = text!("检查点根哈希", "Root hash of the checkpoint");
/// When the checkpoint was signed.
pub const CHECKPOINT_AT: Text = text!("检查点签名时间", "Checkpoint signed on");
/// Certificates of 延期.
pub const SERIALS: Text = text!("证书序列号", "Certificate serial number");
/// Whether it was verified.
pub const VERIFIED: Text = text!("验证", "Verification");
/// Shows a number in full.
pub const REVEAL: Text = text!("显示", "Show");
/// Hides it again.
pub const HIDE: Text = text!("隐藏", "Hide");
/// What showing means.
pub const REVEAL_HINT: Text = text!(
    "显示完整证件编号，本次显示会被记录",
    "Shows the whole ID number, and records that it was shown"
);

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

/// Who did it, in a line.
#[must_use]
pub fn actor_is(actor: &str) -> String {
    say!("{ACTOR}：{actor}", "{ACTOR}: {actor}")
}

/// To whom, in a line.
#[must_use]
pub fn target_is(target: &str) -> String {
    say!("{TARGET}：{target}", "{TARGET}: {target}")
}

/// Somebody with a card.
#[must_use]
pub fn person(person: &PersonView) -> String {
    let number = person.card_no.as_ref().map_or_else(String::new, |number| {
        say!("，卡号 {}", ", card number {}", number.0)
    });
    match (&person.role, &person.operator_no) {
        (Role::Operator, Some(operator)) => {
            say!(
                "{}（操作员编号 {}{number}）",
                "{} (operator number {}{number})",
                person.holder_name,
                operator.0
            )
        }
        (role, _) => say!(
            "{}（{}{number}）",
            "{} ({}{number})",
            person.holder_name,
            names::role(*role)
        ),
    }
}

/// The state before and after.
#[must_use]
pub fn change(before: Option<CardState>, after: Option<CardState>) -> Option<String> {
    let name = |state: CardState| names::state(state.name());
    match (before, after) {
        (Some(before), Some(after)) if before.name() == after.name() => {
            Some(say!("{}（不变）", "{} (no change)", name(after)))
        }
        (Some(before), Some(after)) => Some(format!("{} → {}", name(before), name(after))),
        (None, Some(after)) => Some(String::from(name(after))),
        (Some(before), None) => Some(String::from(name(before))),
        (None, None) => None,
    }
}

/// A step of 延期 or 解锁.
#[must_use]
pub const fn step(state: OperationState) -> Text {
    match state {
        OperationState::Prepared => text!("法人已签名", "Signed by the legal person"),
        OperationState::Issued => text!("已签发新证书", "New certificate issued"),
        OperationState::Written => text!("已写入卡片", "Written to the card"),
        OperationState::ReadBack => text!("已读回核对", "Read back and checked"),
        OperationState::Confirmed => text!("已确认", "Confirmed"),
        OperationState::Abandoned => text!("已放弃", "Given up"),
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
        Some(total) => say!(
            "{EXPORTING}：{done} / {total} 条",
            "{EXPORTING}: {done} of {total} records"
        ),
        None => say!("{EXPORTING}：{done} 条"; "{EXPORTING}: {}", english::many(&done, "record")),
    }
}

/// The accessible name of 查看 at an event.
#[must_use]
pub fn view_of(act: &str, time: &str) -> String {
    say!("查看 {act} {time}", "View {act} {time}")
}
/// What has to be known of how it came about, if anything.
#[must_use]
pub const fn remark(row: &HistoryRow) -> Option<Text> {
    match (row.healed, row.outcome) {
        (false, _) if row.holds_superseded => Some(HOLDS_SUPERSEDED),
        (false, _) => None,
        (true, EventOutcome::Done) => Some(text!(
            "办理曾中断，再次插入该卡时已自动完成",
            "It was interrupted, and completed by itself when the card was next inserted"
        )),
        (true, EventOutcome::Failed) => Some(text!(
            "办理曾中断，再次插入该卡时已恢复原状",
            "It was interrupted, and undone when the card was next inserted"
        )),
        (true, EventOutcome::Refused) => Some(text!(
            "办理曾中断，再次插入该卡时未能通过验证",
            "It was interrupted, and did not pass the check when the card was next inserted"
        )),
    }
}

/// A login with a certificate that another one superseded, over the same key.
const HOLDS_SUPERSEDED: Text = text!(
    "卡内仍是已被替换的证书，密钥相同，已准许登录；卡片需要重新写入证书",
    "The card still holds a certificate that was replaced. It has the same key, and the login was allowed. The card has to be written to again"
);
