//! A sentence and a next step for every error code. Each says what did (not)
//! happen, in the reader's words, and never what went wrong inside.

mod cannot;
mod card;
mod login;
pub mod misdirected;
mod refusal;
mod status;

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
pub fn sentences(code: ErrorCode) -> (String, String) {
    let (message, next_step) = match code {
        ErrorCode::Refused(refusal) => return refusal_sentences(refusal),
        ErrorCode::Login(refusal) => login_sentences(refusal),
        ErrorCode::CardStopped(state) => return stopped(state),
        ErrorCode::Conflict(state) => {
            return (
                format!(
                    "这张卡刚刚发生了变化，现在是“{}”，本次操作没有进行。",
                    names::state(state)
                ),
                String::from("请查看最新状态，再决定是否继续。"),
            );
        }
        ErrorCode::BadRequest => (
            "提交的内容不符合要求，没有进行任何操作。",
            "请检查填写的内容后重新提交。",
        ),
        ErrorCode::NotLoggedIn => ("您还没有登录。", "请插入IC卡，输入登录密码登录。"),
        ErrorCode::SessionEnded => (
            "您已长时间没有操作，系统已自动退出登录。",
            "请重新登录后继续。",
        ),
        ErrorCode::NotAllowed => (
            "您的IC卡没有办理此业务的权限。",
            "此业务需要使用法人卡办理，请联系本企业法人。",
        ),
        ErrorCode::CauseWords => (
            "“其他”原因的说明不能使用，没有进行任何操作。",
            "请填写1至40个字，不要使用表情和看不见的字符。",
        ),
        ErrorCode::FreezeEnd => (
            "冻结的截止日期不能使用，没有进行任何操作。",
            "请选择今天或以后、十年以内的日期，或留空。",
        ),
        ErrorCode::NotFound => ("在本企业没有找到这张操作员卡。", "请返回列表，重新查询。"),
        ErrorCode::ProposalVoid => (
            "本次确认已经失效，没有进行任何操作。",
            "请点击“取消”，重新办理。",
        ),
        ErrorCode::StatementSignature => (
            "签名的卡不是当前登录的法人卡，没有进行任何操作。",
            "请插入登录时使用的法人卡，重新办理。",
        ),
        ErrorCode::SessionLocked => (
            "法人卡已取出，系统已锁定，等待法人卡插回。",
            "请将登录时使用的法人卡插回读卡器，输入登录密码解除锁定。",
        ),
        ErrorCode::TicketVoid => (
            "本次办理的时限已过，或已在别处继续。",
            "请插回法人卡，重新办理；已写入卡片的内容会在下次插卡时自动完成。",
        ),
        ErrorCode::CannotOperate(why) => return cannot_sentences(why),
        ErrorCode::CardRecord => (
            "该卡的登记记录与操作日志不一致，系统已停止受理。",
            "请联系系统管理员核查该卡的登记记录。",
        ),
        ErrorCode::TooMany => ("操作过于频繁，系统暂停受理。", "请等待一分钟后再试。"),
        ErrorCode::ExportRuns => (
            "本次登录已有一个导出正在进行，没有开始新的导出。",
            "请等待该导出完成，或取消浏览器中的该下载，再重新导出。",
        ),
        ErrorCode::ReceiptTooLong => (
            "这条记录的内容较多，一个二维码放不下。",
            "请在办公电脑上登录，打开这条记录后打印，或导出操作记录证明。",
        ),
        ErrorCode::ReceiptUnproven => (
            "这条记录未通过验证，不能生成凭证。",
            "请把页面上的记录编号告诉系统管理员。",
        ),
        ErrorCode::ExportTooLong => (
            "符合条件的操作员卡超过20000张，不能导出为一个Excel文件。",
            "请缩小查询范围后重新导出，或改用CSV格式导出。",
        ),
        ErrorCode::Unavailable => (
            "系统暂时无法读取或保存数据。",
            "请稍后重试；如正在办理业务，请先查看该卡的最新状态。",
        ),
        ErrorCode::Internal => (
            "系统出现内部错误，本次请求没有完成。",
            "请稍后重试；如仍出现，请将错误编号告知技术支持人员。",
        ),
        ErrorCode::Network => (
            "无法连接服务器。",
            "请检查网络后重试；如正在办理业务，请先查看该卡的最新状态。",
        ),
    };
    (String::from(message), String::from(next_step))
}

/// The session was ended because its card is no longer 正常.
fn stopped(state: StateName) -> (String, String) {
    let next_step = match state {
        StateName::Lost => "如已找回卡片，请联系本企业法人办理解挂。",
        StateName::Frozen => "如需恢复使用，请联系本企业法人办理解冻。",
        StateName::Cancelled | StateName::NotIssued => "如需继续使用，请联系本企业法人重新制卡。",
        StateName::Normal => "请重新登录。",
    };
    (
        format!("您的IC卡状态为“{}”，系统已退出登录。", names::state(state)),
        String::from(next_step),
    )
}
