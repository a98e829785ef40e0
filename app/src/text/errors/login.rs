//! Why a login was refused, and what the card's holder can do about it.

use card_domain::LoginRefusal;

/// What is wrong, and what to do now.
#[must_use]
pub const fn login_sentences(refusal: LoginRefusal) -> (&'static str, &'static str) {
    match refusal {
        LoginRefusal::ChallengeUsed => (
            "本次登录请求已经使用过，不能重复使用。",
            "请重新输入登录密码，再次点击“确定”。",
        ),
        LoginRefusal::ChallengeLate => (
            "本次登录请求已超过5分钟，已经失效。",
            "请重新输入登录密码，再次点击“确定”。",
        ),
        LoginRefusal::ForeignOrigin => (
            "读卡程序签名的网址与本系统不符，已拒绝登录。",
            "请核对浏览器地址栏中的网址，从正确的网址登录。",
        ),
        LoginRefusal::BadSignature => (
            "卡片的签名没有通过验证，已拒绝登录。",
            "请拔出IC卡重新插入后再试；如仍出现，请联系发卡单位检查卡片。",
        ),
        LoginRefusal::UnusableCertificate => (
            "无法识别卡内的证书。",
            "请确认插入的是本系统发放的IC卡；如卡片损坏，请联系发卡单位。",
        ),
        LoginRefusal::UntrustedIssuer => (
            "卡内的证书不是本系统签发的。",
            "请更换为本系统发放的IC卡后登录。",
        ),
        LoginRefusal::IssuerNotValid => (
            "卡内证书的签发机构（CA）的证书已过期或尚未生效，不能登录。",
            "请联系系统管理员更新签发机构的证书。",
        ),
        LoginRefusal::WrongKeyUsage => (
            "卡内的证书不能用于登录。",
            "请更换为用于登录的IC卡，或联系发卡单位。",
        ),
        LoginRefusal::NotYetValid => ("卡内的证书尚未生效。", "请在证书有效期开始后再登录。"),
        LoginRefusal::Expired => ("卡内的证书已过期，不能登录。", "请联系本企业法人办理延期。"),
        LoginRefusal::UnknownCard => (
            "这张IC卡没有在本系统登记。",
            "请确认插入的卡片是否正确，或联系发卡单位。",
        ),
        LoginRefusal::NotConfirmed => (
            "卡内的证书已被替换或尚未启用，不能登录。",
            "请联系本企业法人，对这张卡重新办理延期。",
        ),
        LoginRefusal::Lost => (
            "这张IC卡已挂失，不能登录。",
            "如已找回卡片，请联系本企业法人办理解挂。",
        ),
        LoginRefusal::Frozen => (
            "这张IC卡已冻结，不能登录。",
            "如需恢复使用，请联系本企业法人办理解冻。",
        ),
        LoginRefusal::Cancelled => (
            "这张IC卡已注销，不能登录。",
            "如需继续使用，请联系本企业法人重新制卡。",
        ),
    }
}
