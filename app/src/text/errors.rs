//! A sentence and a next step for every error code. Each says what did (not)
//! happen, in the reader's words, and never what went wrong inside.

mod bridge_refusal;
mod cannot;
mod card;
mod login;
pub mod misdirected;
mod refusal;
mod status;
mod unfit_card;

use card_domain::StateName;

pub use cannot::cannot_sentences;
pub use card::{card_sentences, pin_sentences};
pub use login::login_sentences;
pub use refusal::refusal_sentences;
pub use status::status_sentences;

use super::names;
use crate::api::ErrorCode;

/// For a connection that finds no room.
pub const TOO_MANY_CONNECTIONS: &str = "连接过多，请稍后再试。 Too many connections.\n";

/// What is wrong, and what to do now.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table, with two languages")]
pub fn sentences(code: ErrorCode) -> (String, String) {
    let (message, next_step) = match code {
        ErrorCode::Refused(refusal) => return refusal_sentences(refusal),
        ErrorCode::Login(refusal) => login_sentences(refusal),
        ErrorCode::CardStopped(state) => return stopped(state),
        ErrorCode::Conflict(state) => {
            return (
                say!(
                    "这张卡刚刚发生了变化，现在是“{}”，本次操作没有进行。",
                    "This card changed a moment ago and is now \"{}\". Nothing was done.",
                    names::state(state)
                ),
                String::from(text!(
                    "请查看最新状态，再决定是否继续。",
                    "Look at how it is now, then decide whether to go on."
                )),
            );
        }
        ErrorCode::BadRequest => (
            text!(
                "提交的内容不符合要求，没有进行任何操作。",
                "What was sent is not right, and nothing was done."
            ),
            text!(
                "请检查填写的内容后重新提交。",
                "Check what you filled in and send it again."
            ),
        ),
        ErrorCode::NotLoggedIn => (
            text!("您还没有登录。", "You are not logged in."),
            text!(
                "请插入IC卡，输入登录密码登录。",
                "Insert your IC card and log in with your PIN."
            ),
        ),
        ErrorCode::SessionEnded => (
            text!(
                "您已长时间没有操作，系统已自动退出登录。",
                "You did nothing for a long time, and were logged out automatically."
            ),
            text!("请重新登录后继续。", "Log in again to go on."),
        ),
        ErrorCode::NotAllowed => (
            text!(
                "您的IC卡没有办理此业务的权限。",
                "Your IC card may not do this."
            ),
            text!(
                "此业务需要使用法人卡办理，请联系本企业法人。",
                "This needs the legal-person card. Ask the legal person of your enterprise."
            ),
        ),
        ErrorCode::CauseWords => (
            text!(
                "“其他”原因的说明不能使用，没有进行任何操作。",
                "The description for the reason \"Other\" can't be used, and nothing was done."
            ),
            text!(
                "请填写1至40个字，不要使用表情和看不见的字符。",
                "Enter 1 to 40 characters, without emoji or invisible characters."
            ),
        ),
        ErrorCode::FreezeEnd => (
            text!(
                "冻结的截止日期不能使用，没有进行任何操作。",
                "The last day of the freeze can't be used, and nothing was done."
            ),
            text!(
                "请选择今天或以后、十年以内的日期，或留空。",
                "Choose today or a later day within ten years, or leave it empty."
            ),
        ),
        ErrorCode::NotFound => (
            text!(
                "在本企业没有找到这张操作员卡。",
                "This operator card was not found in your enterprise."
            ),
            text!(
                "请返回列表，重新查询。",
                "Go back to the list and search again."
            ),
        ),
        ErrorCode::ProposalVoid => (
            text!(
                "本次确认已经失效，没有进行任何操作。",
                "This confirmation is no longer valid, and nothing was done."
            ),
            text!(
                "请点击“取消”，重新办理。",
                "Click \"Cancel\" and start over."
            ),
        ),
        ErrorCode::StatementSignature => (
            text!(
                "签名的卡不是当前登录的法人卡，没有进行任何操作。",
                "The card that signed is not the legal-person card you are logged in with. Nothing was done."
            ),
            text!(
                "请插入登录时使用的法人卡，重新办理。",
                "Insert the legal-person card you logged in with and start over."
            ),
        ),
        ErrorCode::SessionLocked => (
            text!(
                "法人卡已取出，系统已锁定，等待法人卡插回。",
                "The legal-person card was taken out. The page is locked until it is back."
            ),
            text!(
                "请将登录时使用的法人卡插回读卡器，输入登录密码解除锁定。",
                "Insert the legal-person card you logged in with and enter its PIN to unlock the page."
            ),
        ),
        ErrorCode::TicketVoid => (
            text!(
                "本次办理的时限已过，或已在别处继续。",
                "The time for this has run out, or it was continued elsewhere."
            ),
            text!(
                "请插回法人卡，重新办理；已写入卡片的内容会在下次插卡时自动完成。",
                "Insert the legal-person card again and start over. What was already written to the card is completed by itself when the card is next inserted."
            ),
        ),
        ErrorCode::CannotOperate(why) => return cannot_sentences(why),
        ErrorCode::CardRecord => (
            text!(
                "该卡的登记记录与操作日志不一致，系统已停止受理。",
                "What is registered about this card does not agree with the log. Nothing more is done with it."
            ),
            text!(
                "请联系系统管理员核查该卡的登记记录。",
                "Ask your system administrator to check how this card is registered."
            ),
        ),
        ErrorCode::TooMany => (
            text!(
                "操作过于频繁，系统暂停受理。",
                "Too many requests were made. No more are accepted for now."
            ),
            text!("请等待一分钟后再试。", "Wait a minute and try again."),
        ),
        ErrorCode::ExportRuns => (
            text!(
                "本次登录已有一个导出正在进行，没有开始新的导出。",
                "An export is already running in this session. No new one was started."
            ),
            text!(
                "请等待该导出完成，或取消浏览器中的该下载，再重新导出。",
                "Wait until it is complete, or cancel the download in the browser, and export again."
            ),
        ),
        ErrorCode::ReceiptTooLong => (
            text!(
                "这条记录的内容较多，一个二维码放不下。",
                "This record holds too much for one QR code."
            ),
            text!(
                "请在办公电脑上登录，打开这条记录后打印，或导出操作记录证明。",
                "Log in at an office computer, open this record and print it, or export a proof."
            ),
        ),
        ErrorCode::ReceiptUnproven => (
            text!(
                "这条记录未通过验证，不能生成凭证。",
                "This record is not verified, so there is no proof of it to be given."
            ),
            text!(
                "请把页面上的记录编号告诉系统管理员。",
                "Tell your system administrator the record number on this page."
            ),
        ),
        ErrorCode::ExportTooLong => (
            text!(
                "符合条件的操作员卡超过20000张，不能导出为一个Excel文件。",
                "More than 20,000 operator cards match. That is too many for one Excel file."
            ),
            text!(
                "请缩小查询范围后重新导出，或改用CSV格式导出。",
                "Narrow the search and export again, or export as CSV."
            ),
        ),
        ErrorCode::Unavailable => (
            text!(
                "系统暂时无法读取或保存数据。",
                "Data can't be read or saved at the moment."
            ),
            text!(
                "请稍后重试；如正在办理业务，请先查看该卡的最新状态。",
                "Try again later. If you were changing a card, look at how it is now first."
            ),
        ),
        ErrorCode::Internal => (
            text!(
                "系统出现内部错误，本次请求没有完成。",
                "There was an internal error, and this request was not completed."
            ),
            text!(
                "请稍后重试；如仍出现，请将错误编号告知技术支持人员。",
                "Try again later. If it happens again, tell technical support the error number."
            ),
        ),
        ErrorCode::Network => (
            text!("无法连接服务器。", "The server can't be reached."),
            text!(
                "请检查网络后重试；如正在办理业务，请先查看该卡的最新状态。",
                "Check the network and try again. If you were changing a card, look at how it is now first."
            ),
        ),
    };
    (String::from(message), String::from(next_step))
}

/// What is wrong and what to do, in one line.
#[must_use]
pub fn in_one((message, next_step): (String, String)) -> String {
    say!("{message}{next_step}", "{message} {next_step}")
}

/// The session was ended because its card is no longer 正常.
fn stopped(state: StateName) -> (String, String) {
    let next_step = match state {
        StateName::Lost => text!(
            "如已找回卡片，请联系本企业法人办理解挂。",
            "If the card has been found, ask the legal person of your enterprise to cancel the loss report."
        ),
        StateName::Frozen => text!(
            "如需恢复使用，请联系本企业法人办理解冻。",
            "To use it again, ask the legal person of your enterprise to unfreeze it."
        ),
        StateName::Cancelled | StateName::NotIssued => text!(
            "如需继续使用，请联系本企业法人重新制卡。",
            "To go on, ask the legal person of your enterprise for a new card."
        ),
        StateName::Normal => text!("请重新登录。", "Please log in again."),
    };
    (
        say!(
            "您的IC卡状态为“{}”，系统已退出登录。",
            "Your IC card is \"{}\", and you were logged out.",
            names::state(state)
        ),
        String::from(next_step),
    )
}
