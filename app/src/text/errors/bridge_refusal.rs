//! What the bridge refused to do for the page: a program, a grant, a proposal that is not
//! signed as it has to be.

use card_protocol::error::{GrantRefusal, ProgramRefusal, ProposalRefusal};

use crate::text::Text;

pub(super) const fn program(reason: ProgramRefusal) -> (Text, Text) {
    match reason {
        ProgramRefusal::Signature => (
            text!(
                "写卡指令的签名没有通过验证，读卡程序已拒绝执行。",
                "The signature of the instructions for the card is not right. The card reader software refused them."
            ),
            text!(
                "请管理员在读卡程序中重新登记本系统的网址。",
                "Ask your administrator to register the address of this system again in the card reader software."
            ),
        ),
        ProgramRefusal::Expired => (
            text!(
                "写卡指令已过期，读卡程序没有执行。",
                "The instructions for the card are out of date. The card reader software did not carry them out."
            ),
            text!(
                "请核对本机时间是否准确，然后重新办理。",
                "Check that the clock of this computer is right, then start over."
            ),
        ),
        ProgramRefusal::Origin => (
            text!(
                "写卡指令不是发给当前网址的，读卡程序已拒绝执行。",
                "The instructions for the card are not meant for this address. The card reader software refused them."
            ),
            text!(
                "请从正确的网址重新登录办理。",
                "Log in again at the right address."
            ),
        ),
        ProgramRefusal::Chip => (
            text!(
                "插入的卡不是本次要操作的卡，没有写入任何内容。",
                "The card in the reader is not the one this is about. Nothing was written to it."
            ),
            text!(
                "请插入要被操作的卡后重试。",
                "Insert the right card and try again."
            ),
        ),
        ProgramRefusal::Exchange => (
            text!(
                "卡片与系统的联系中断过，写卡指令没有执行，也没有写入任何内容。",
                "The connection between the card and the system was broken. The instructions were not carried out, and nothing was written."
            ),
            text!(
                "请保持卡片插好，系统会重新检查这张卡；如没有继续，请拔出后重新插入。",
                "Leave the card in: it is checked again. If nothing happens, take it out and insert it again."
            ),
        ),
        ProgramRefusal::NotNoted => (
            text!(
                "浏览器现在不能为本网站保存数据，写卡指令没有执行，也没有写入任何内容。",
                "The browser can't keep data for this site now. The instructions were not carried out, and nothing was written."
            ),
            text!(
                "请在浏览器的设置中允许本网站保存数据，15分钟后再试；如仍出现，请联系管理员。",
                "Allow this site to keep data in the browser's settings, and try again in 15 minutes. If that does not help, ask your administrator."
            ),
        ),
    }
}

pub(super) const fn not_granted(reason: GrantRefusal) -> (Text, Text) {
    match reason {
        GrantRefusal::Signature => (
            text!(
                "读卡程序不认可本网站的签名密钥，没有读卡。",
                "The card reader software does not accept the signing key of this site. No card was read."
            ),
            text!(
                "请核对网址；如网址正确，请管理员在读卡程序中重新登记本系统的网址。",
                "Check the address. If it is right, ask your administrator to register the address of this system again in the card reader software."
            ),
        ),
        GrantRefusal::Purpose => (
            text!(
                "当前没有登录，读卡程序没有进行签名或改密。",
                "Nobody is logged in. The card reader software did not sign or change a PIN."
            ),
            text!("请重新登录后办理。", "Log in again and start over."),
        ),
        GrantRefusal::Missing
        | GrantRefusal::Origin
        | GrantRefusal::Nonce
        | GrantRefusal::Expired
        | GrantRefusal::Session => (
            text!(
                "读卡许可已失效，没有进行任何操作。",
                "The permission to read cards has run out. Nothing was done."
            ),
            text!(
                "请稍候，本页会自动重新连接读卡程序，然后重试。",
                "Wait a moment: this page connects to the card reader software again by itself. Then try again."
            ),
        ),
    }
}

pub(super) const fn not_proposed(reason: ProposalRefusal) -> (Text, Text) {
    match reason {
        ProposalRefusal::Card => (
            text!(
                "读卡器中的卡不是登录时使用的法人卡，没有签名。",
                "The card in the reader is not the legal-person card you logged in with. Nothing was signed."
            ),
            text!(
                "请插入登录时使用的法人卡后重试。",
                "Insert the legal-person card you logged in with and try again."
            ),
        ),
        ProposalRefusal::Expired => (
            text!(
                "待签名的内容已过期，没有签名。",
                "What was to be signed is out of date. Nothing was signed."
            ),
            text!(
                "请点击“取消”，重新办理。",
                "Click \"Cancel\" and start over."
            ),
        ),
        ProposalRefusal::Signature
        | ProposalRefusal::Origin
        | ProposalRefusal::Content
        | ProposalRefusal::Certificate => (
            text!(
                "待签名的内容与服务器给出的不一致，读卡程序已拒绝签名。",
                "What was to be signed is not what the server gave out. The card reader software refused to sign it."
            ),
            text!(
                "请停止操作并告知系统管理员：本机的浏览器可能被篡改。",
                "Stop, and tell your system administrator: somebody may have tampered with the browser on this computer."
            ),
        ),
    }
}
