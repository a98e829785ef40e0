//! Why a card could not do what was asked, and what its holder does now.

use card_protocol::{
    CardFault, PinTries, PinWeakness,
    error::{CardError, GrantRefusal, ProgramRefusal, ProposalRefusal},
};

use super::status_sentences;
use crate::text::device::LAST_TRY;

/// What is wrong, and what to do now.
#[must_use]
pub fn card_sentences(error: CardError) -> (String, String) {
    let (message, next_step) = match error {
        CardError::WrongPin { tries_left } => return wrong_pin(tries_left),
        CardError::BridgeNotRunning => (
            "没有连接到读卡程序。",
            "请启动本机的读卡程序，并核对网址与管理员允许的一致；启动后，本页会自动继续。",
        ),
        CardError::BridgeTooOld => ("本机的读卡程序版本过低。", "请升级读卡程序后刷新本页。"),
        CardError::PageTooOld => (
            "本页的版本过旧，本机的读卡程序已不再支持。",
            "请刷新本页；如仍出现，请联系管理员升级本系统。",
        ),
        CardError::SeveralBridges => (
            "本机有多个程序自称是读卡程序，无法确认哪一个是您的，请勿输入密码。",
            "请关闭多余的程序，或请登录本机的其他用户退出；之后，本页会自动继续。",
        ),
        CardError::UnknownBridge => (
            "应答的程序不是本浏览器以前使用的读卡程序，请勿输入密码。",
            "如果刚刚重新安装过读卡程序，请在“环境检测”页面确认；否则，请联系管理员检查本机。",
        ),
        CardError::BlockedByBrowser => (
            "浏览器阻止了本页连接读卡程序。",
            "请在浏览器地址栏左侧的网站设置中，允许访问本机设备，然后刷新本页。",
        ),
        CardError::OriginNotAllowed => (
            "读卡程序不允许当前网址读卡。",
            "请核对网址；如网址正确，请管理员在读卡程序中允许该网址。",
        ),
        CardError::OtherUser => (
            "读卡程序的端口没有应答，可能由登录本机的另一位用户的读卡程序占用。",
            "请在您自己的用户下启动读卡程序；启动后，本页会自动继续。",
        ),
        CardError::TooManyPages => (
            "本系统打开的页面过多，读卡程序不再接受新的页面。",
            "请关闭其他页面；关闭后，本页会自动继续。",
        ),
        CardError::OtherCard => (
            "读卡器中的卡已不是您选择的卡，密码没有发送给这张卡。",
            "请核对读卡器中的卡，重新选择后再试。",
        ),
        CardError::LastTry => (
            "这张卡的密码只能再尝试 1 次，读卡程序没有把密码发送给卡片。",
            "确定密码无误后，请拔出卡片，重新插入同一张卡，并在两分钟内再次输入；如忘记密码，请勿尝试，直接办理解锁。",
        ),
        CardError::TooManyTries => (
            "一小时内密码输错的次数过多，读卡程序已暂停验证密码。",
            "请一小时后再试，并请核对密码。",
        ),
        CardError::PinNotTaken => (
            "本机的密码须在读卡程序的窗口或读卡器上输入，读卡程序没有接受网页中的密码。",
            "请刷新本页后重试。",
        ),
        CardError::NoReader => (
            "没有检测到读卡器。",
            "请连接IC卡读卡器，或将Ikey卡插入USB接口。",
        ),
        CardError::NoCard => ("没有检测到IC卡。", "请将IC卡插入读卡器，芯片朝向读卡器。"),
        CardError::CardRemoved => ("操作过程中卡片被拔出。", "请重新插入同一张卡，再试一次。"),
        CardError::CardInUse => (
            "卡片正在被其他程序使用。",
            "请关闭其他正在读卡的程序，稍候会自动继续。",
        ),
        CardError::CardMute => (
            "卡片没有应答，操作已中止。",
            "请拔出卡片，检查方向并擦净芯片后重新插入；如仍失败，请更换读卡器或联系发卡单位。",
        ),
        CardError::UnsupportedCard => (
            "不支持这种卡。",
            "请确认插入的是本系统发放的IC卡，且方向正确。",
        ),
        CardError::UnfitCard { reason } => unfit(reason),
        CardError::PinBlocked => (
            "密码错误次数过多，卡片已锁定。",
            "操作员卡请联系本企业法人办理解锁；法人卡请联系发卡单位。",
        ),
        CardError::CardStatus { status } => return status_sentences(status),
        CardError::ReaderError => (
            "读卡失败。",
            "请拔出卡片，擦净芯片后重新插入；如仍失败，请更换读卡器。",
        ),
        CardError::WeakPin { weakness } => weak(weakness),
        CardError::PinRequired => ("需要再次验证登录密码。", "请输入法人卡的登录密码。"),
        CardError::Cancelled => ("操作已取消。", "没有进行任何更改，可以重新办理。"),
        CardError::Busy => ("读卡程序正在处理另一项操作。", "请等待上一项操作完成。"),
        CardError::ProgramRefused { reason } => program(reason),
        CardError::NotGranted { reason } => not_granted(reason),
        CardError::NotProposed { reason } => not_proposed(reason),
        CardError::BadRequest => (
            "读卡程序无法理解本页的请求。",
            "请刷新本页后重试；如仍出现，请升级读卡程序。",
        ),
    };
    (String::from(message), String::from(next_step))
}

fn wrong_pin(tries_left: PinTries) -> (String, String) {
    let next_step = match tries_left.0 {
        1 => LAST_TRY,
        _ => "请核对后重新输入；次数用完后，卡片将被锁定。",
    };
    (
        format!("密码错误，还可尝试 {} 次。", tries_left.0),
        String::from(next_step),
    )
}

/// A card that no PIN is for: what it is, and which card is wanted.
const fn unfit(fault: CardFault) -> (&'static str, &'static str) {
    const OWN: &str = "请更换为本系统发放的IC卡；请勿在这张卡上输入密码。";
    match fault {
        CardFault::NoProtocol => (
            "不支持这种卡：这是一张存储卡，不是IC卡。",
            "请更换为本系统发放的IC卡。",
        ),
        CardFault::NoCertificate => ("这张卡没有制完，卡内没有证书。", "请联系发卡单位重新制卡。"),
        CardFault::Compressed => (
            "不支持这张卡：卡内的证书是压缩存放的。",
            "请更换为本系统发放的IC卡；如为本系统的卡，请联系发卡单位重新制卡。",
        ),
        CardFault::BadCertificate => ("卡内的证书已损坏，无法读取。", "请联系发卡单位检查卡片。"),
        CardFault::RsaKey => ("不支持这张卡：卡内是RSA密钥。", OWN),
        CardFault::OtherKey => ("不支持这张卡：卡内的密钥不是P-256密钥。", OWN),
        CardFault::SelfSigned => ("这张卡的证书是自行签发的，不是本系统的卡。", OWN),
        CardFault::OtherIssuer => ("这张卡是由其他机构签发的，不是本系统的卡。", OWN),
        CardFault::PinStatus => (
            "这张卡没有按标准告知密码的剩余次数，读卡程序不会发送密码。",
            "请联系发卡单位更换卡片。",
        ),
    }
}

/// The same after a PIN was typed: the page does not keep it, so it is not what goes on
/// by itself.
#[must_use]
pub fn pin_sentences(error: CardError) -> (String, String) {
    match error {
        CardError::CardInUse => (
            String::from("卡片正在被其他程序使用，密码没有发送给卡片。"),
            String::from("请关闭其他正在读卡的程序，然后重新输入密码。"),
        ),
        CardError::CardMute => (
            String::from(
                "卡片没有应答，操作已中止。密码可能已送达卡片，不能确定是否用去一次机会。",
            ),
            String::from(
                "请拔出卡片，检查方向并擦净芯片后重新插入，再看剩余次数；如仍失败，请更换读卡器或联系发卡单位。",
            ),
        ),
        error => card_sentences(error),
    }
}

const fn weak(weakness: PinWeakness) -> (&'static str, &'static str) {
    match weakness {
        PinWeakness::Length => (
            "新密码的位数不符合要求，或含有数字以外的字符，卡片没有更改。",
            "请按提示的要求重新输入新密码。",
        ),
        PinWeakness::Run => (
            "新密码是连续的数字（如123456），容易被猜到，卡片没有更改。",
            "请换一个不连续的密码。",
        ),
        PinWeakness::Repeat => (
            "新密码是重复的数字（如000000、121212），容易被猜到，卡片没有更改。",
            "请换一个不重复的密码。",
        ),
    }
}

const fn program(reason: ProgramRefusal) -> (&'static str, &'static str) {
    match reason {
        ProgramRefusal::Signature => (
            "写卡指令的签名没有通过验证，读卡程序已拒绝执行。",
            "请管理员在读卡程序中重新登记本系统的网址。",
        ),
        ProgramRefusal::Expired => (
            "写卡指令已过期，读卡程序没有执行。",
            "请核对本机时间是否准确，然后重新办理。",
        ),
        ProgramRefusal::Origin => (
            "写卡指令不是发给当前网址的，读卡程序已拒绝执行。",
            "请从正确的网址重新登录办理。",
        ),
        ProgramRefusal::Chip => (
            "插入的卡不是本次要操作的卡，没有写入任何内容。",
            "请插入要被操作的卡后重试。",
        ),
        ProgramRefusal::Exchange => (
            "卡片与系统的联系中断过，写卡指令没有执行，也没有写入任何内容。",
            "请保持卡片插好，系统会重新检查这张卡；如没有继续，请拔出后重新插入。",
        ),
        ProgramRefusal::NotNoted => (
            "浏览器现在不能为本网站保存数据，写卡指令没有执行，也没有写入任何内容。",
            "请在浏览器的设置中允许本网站保存数据，15分钟后再试；如仍出现，请联系管理员。",
        ),
    }
}

const fn not_granted(reason: GrantRefusal) -> (&'static str, &'static str) {
    match reason {
        GrantRefusal::Signature => (
            "读卡程序不认可本网站的签名密钥，没有读卡。",
            "请核对网址；如网址正确，请管理员在读卡程序中重新登记本系统的网址。",
        ),
        GrantRefusal::Purpose => (
            "当前没有登录，读卡程序没有进行签名或改密。",
            "请重新登录后办理。",
        ),
        GrantRefusal::Missing
        | GrantRefusal::Origin
        | GrantRefusal::Nonce
        | GrantRefusal::Expired
        | GrantRefusal::Session => (
            "读卡许可已失效，没有进行任何操作。",
            "请稍候，本页会自动重新连接读卡程序，然后重试。",
        ),
    }
}

const fn not_proposed(reason: ProposalRefusal) -> (&'static str, &'static str) {
    match reason {
        ProposalRefusal::Card => (
            "读卡器中的卡不是登录时使用的法人卡，没有签名。",
            "请插入登录时使用的法人卡后重试。",
        ),
        ProposalRefusal::Expired => ("待签名的内容已过期，没有签名。", "请点击“取消”，重新办理。"),
        ProposalRefusal::Signature
        | ProposalRefusal::Origin
        | ProposalRefusal::Content
        | ProposalRefusal::Certificate => (
            "待签名的内容与服务器给出的不一致，读卡程序已拒绝签名。",
            "请停止操作并告知系统管理员：本机的浏览器可能被篡改。",
        ),
    }
}
