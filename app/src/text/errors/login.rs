//! Why a login was refused, and what the card's holder can do about it.

use card_domain::LoginRefusal;

use crate::text::Text;

/// What is wrong, and what to do now.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table, with two languages")]
pub const fn login_sentences(refusal: LoginRefusal) -> (Text, Text) {
    match refusal {
        LoginRefusal::ChallengeUsed => (
            text!(
                "本次登录请求已经使用过，不能重复使用。",
                "This login request was used before and can't be used again."
            ),
            text!(
                "请重新输入登录密码，再次点击“确定”。",
                "Enter your PIN again and click \"OK\"."
            ),
        ),
        LoginRefusal::ChallengeLate => (
            text!(
                "本次登录请求已超过5分钟，已经失效。",
                "This login request is older than 5 minutes and no longer valid."
            ),
            text!(
                "请重新输入登录密码，再次点击“确定”。",
                "Enter your PIN again and click \"OK\"."
            ),
        ),
        LoginRefusal::ForeignOrigin => (
            text!(
                "读卡程序签名的网址与本系统不符，已拒绝登录。",
                "The address that the card reader software signed is not that of this system. The login was refused."
            ),
            text!(
                "请核对浏览器地址栏中的网址，从正确的网址登录。",
                "Check the address in the browser's address bar, and log in at the right one."
            ),
        ),
        LoginRefusal::BadSignature => (
            text!(
                "卡片的签名没有通过验证，已拒绝登录。",
                "The signature of the card is not right. The login was refused."
            ),
            text!(
                "请拔出IC卡重新插入后再试；如仍出现，请联系发卡单位检查卡片。",
                "Take the card out, insert it again and try once more. If it happens again, ask the card issuer to check the card."
            ),
        ),
        LoginRefusal::UnusableCertificate => (
            text!(
                "无法识别卡内的证书。",
                "The certificate on the card can't be recognised."
            ),
            text!(
                "请确认插入的是本系统发放的IC卡；如卡片损坏，请联系发卡单位。",
                "Check that it is an IC card issued for this system. If the card is damaged, ask the card issuer."
            ),
        ),
        LoginRefusal::UntrustedIssuer => (
            text!(
                "卡内的证书不是本系统签发的。",
                "The certificate on the card was not issued for this system."
            ),
            text!(
                "请更换为本系统发放的IC卡后登录。",
                "Log in with an IC card issued for this system."
            ),
        ),
        LoginRefusal::IssuerNotValid => (
            text!(
                "卡内证书的签发机构（CA）的证书已过期或尚未生效，不能登录。",
                "The certificate of the authority (CA) that issued the card's certificate has expired or is not valid yet. You can't log in."
            ),
            text!(
                "请联系系统管理员更新签发机构的证书。",
                "Ask your system administrator to renew the certificate of the issuing authority."
            ),
        ),
        LoginRefusal::WrongKeyUsage => (
            text!(
                "卡内的证书不能用于登录。",
                "The certificate on the card can't be used to log in."
            ),
            text!(
                "请更换为用于登录的IC卡，或联系发卡单位。",
                "Use an IC card that is meant for logging in, or ask the card issuer."
            ),
        ),
        LoginRefusal::NotYetValid => (
            text!(
                "卡内的证书尚未生效。",
                "The certificate on the card is not valid yet."
            ),
            text!(
                "请在证书有效期开始后再登录。",
                "Log in once its validity has begun."
            ),
        ),
        LoginRefusal::Expired => (
            text!(
                "卡内的证书已过期，不能登录。",
                "The certificate on the card has expired. You can't log in."
            ),
            text!(
                "请联系本企业法人办理延期。",
                "Ask the legal person of your enterprise to renew it."
            ),
        ),
        LoginRefusal::UnknownCard => (
            text!(
                "这张IC卡没有在本系统登记。",
                "This IC card is not registered in this system."
            ),
            text!(
                "请确认插入的卡片是否正确，或联系发卡单位。",
                "Check that it is the right card, or ask the card issuer."
            ),
        ),
        LoginRefusal::NotConfirmed => (
            text!(
                "卡内的证书已被替换或尚未启用，不能登录。",
                "The certificate on the card was replaced or is not in use yet. You can't log in."
            ),
            text!(
                "请联系本企业法人，对这张卡重新办理延期。",
                "Ask the legal person of your enterprise to renew this card again."
            ),
        ),
        LoginRefusal::Lost => (
            text!(
                "这张IC卡已挂失，不能登录。",
                "This IC card was reported lost. You can't log in."
            ),
            text!(
                "如已找回卡片，请联系本企业法人办理解挂。",
                "If the card has been found, ask the legal person of your enterprise to cancel the loss report."
            ),
        ),
        LoginRefusal::Frozen => (
            text!(
                "这张IC卡已冻结，不能登录。",
                "This IC card is frozen. You can't log in."
            ),
            text!(
                "如需恢复使用，请联系本企业法人办理解冻。",
                "To use it again, ask the legal person of your enterprise to unfreeze it."
            ),
        ),
        LoginRefusal::Cancelled => (
            text!(
                "这张IC卡已注销，不能登录。",
                "This IC card was cancelled. You can't log in."
            ),
            text!(
                "如需继续使用，请联系本企业法人重新制卡。",
                "To go on, ask the legal person of your enterprise for a new card."
            ),
        ),
    }
}
