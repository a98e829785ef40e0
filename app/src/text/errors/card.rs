//! Why a card could not do what was asked, and what its holder does now.

use card_protocol::{PinTries, PinWeakness, error::CardError};

use super::{
    bridge_refusal::{not_granted, not_proposed, program},
    status_sentences,
    unfit_card::unfit,
};
use crate::text::{Text, device::LAST_TRY, english};

/// What is wrong, and what to do now.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table, with two languages")]
pub fn card_sentences(error: CardError) -> (String, String) {
    let (message, next_step) = match error {
        CardError::WrongPin { tries_left } => return wrong_pin(tries_left),
        CardError::BridgeNotRunning => (
            text!(
                "没有连接到读卡程序。",
                "The card reader software is not connected."
            ),
            text!(
                "请启动本机的读卡程序，并核对网址与管理员允许的一致；启动后，本页会自动继续。",
                "Start the card reader software on this computer, and check that the address of this page is the one your administrator allowed. This page then continues by itself."
            ),
        ),
        CardError::BridgeTooOld => (
            text!(
                "本机的读卡程序版本过低。",
                "The card reader software on this computer is too old."
            ),
            text!(
                "请升级读卡程序后刷新本页。",
                "Update the card reader software, then refresh this page."
            ),
        ),
        CardError::PageTooOld => (
            text!(
                "本页的版本过旧，本机的读卡程序已不再支持。",
                "This page is too old for the card reader software on this computer."
            ),
            text!(
                "请刷新本页；如仍出现，请联系管理员升级本系统。",
                "Refresh this page. If that does not help, ask your administrator to update this system."
            ),
        ),
        CardError::SeveralBridges => (
            text!(
                "本机有多个程序自称是读卡程序，无法确认哪一个是您的，请勿输入密码。",
                "Several programs on this computer say that they are the card reader software. It is not certain which one is yours: don't enter your PIN."
            ),
            text!(
                "请关闭多余的程序，或请登录本机的其他用户退出；之后，本页会自动继续。",
                "Close the programs that don't belong there, or ask other users of this computer to log out. This page then continues by itself."
            ),
        ),
        CardError::UnknownBridge => (
            text!(
                "应答的程序不是本浏览器以前使用的读卡程序，请勿输入密码。",
                "The program that answers is not the card reader software this browser used before. Don't enter your PIN."
            ),
            text!(
                "如果刚刚重新安装过读卡程序，请在“环境检测”页面确认；否则，请联系管理员检查本机。",
                "If the card reader software was just installed again, confirm that on the page \"System check\". Otherwise ask your administrator to check this computer."
            ),
        ),
        CardError::BlockedByBrowser => (
            text!(
                "浏览器阻止了本页连接读卡程序。",
                "The browser does not let this page connect to the card reader software."
            ),
            text!(
                "请在浏览器地址栏左侧的网站设置中，允许访问本机设备，然后刷新本页。",
                "Open the site settings to the left of the browser's address bar, allow access to devices on this computer, and refresh this page."
            ),
        ),
        CardError::OriginNotAllowed => (
            text!(
                "读卡程序不允许当前网址读卡。",
                "The card reader software does not allow this address to read cards."
            ),
            text!(
                "请核对网址；如网址正确，请管理员在读卡程序中允许该网址。",
                "Check the address. If it is right, ask your administrator to allow it in the card reader software."
            ),
        ),
        CardError::OtherUser => (
            text!(
                "读卡程序的端口没有应答，可能由登录本机的另一位用户的读卡程序占用。",
                "The port of the card reader software does not answer. Another user logged in to this computer may be using it."
            ),
            text!(
                "请在您自己的用户下启动读卡程序；启动后，本页会自动继续。",
                "Start the card reader software as yourself. This page then continues by itself."
            ),
        ),
        CardError::TooManyPages => (
            text!(
                "本系统打开的页面过多，读卡程序不再接受新的页面。",
                "Too many pages of this system are open, and the card reader software accepts no more."
            ),
            text!(
                "请关闭其他页面；关闭后，本页会自动继续。",
                "Close the other pages. This page then continues by itself."
            ),
        ),
        CardError::OtherCard => (
            text!(
                "读卡器中的卡已不是您选择的卡，密码没有发送给这张卡。",
                "The card in the reader is no longer the one you chose. The PIN was not sent to it."
            ),
            text!(
                "请核对读卡器中的卡，重新选择后再试。",
                "Check the card in the reader, choose it again, and try again."
            ),
        ),
        CardError::LastTry => (
            text!(
                "这张卡的密码只能再尝试 1 次，读卡程序没有把密码发送给卡片。",
                "Only 1 try is left for the PIN of this card. The card reader software did not send the PIN to it."
            ),
            text!(
                "确定密码无误后，请拔出卡片，重新插入同一张卡，并在两分钟内再次输入；如忘记密码，请勿尝试，直接办理解锁。",
                "If you are sure of the PIN, take the card out, insert the same card again, and enter the PIN within two minutes. If you forgot it, don't try: have the card unblocked."
            ),
        ),
        CardError::TooManyTries => (
            text!(
                "一小时内密码输错的次数过多，读卡程序已暂停验证密码。",
                "The PIN was wrong too often within an hour. The card reader software checks no PIN for now."
            ),
            text!(
                "请一小时后再试，并请核对密码。",
                "Check your PIN, and try again in an hour."
            ),
        ),
        CardError::PinNotTaken => (
            text!(
                "本机的密码须在读卡程序的窗口或读卡器上输入，读卡程序没有接受网页中的密码。",
                "On this computer the PIN is entered in the window of the card reader software or on the reader. The PIN from the page was not accepted."
            ),
            text!("请刷新本页后重试。", "Refresh this page and try again."),
        ),
        CardError::NoReader => (
            text!("没有检测到读卡器。", "There is no card reader."),
            text!(
                "请连接IC卡读卡器，或将Ikey卡插入USB接口。",
                "Connect an IC card reader, or plug the Ikey into a USB port."
            ),
        ),
        CardError::NoCard => (
            text!("没有检测到IC卡。", "There is no IC card in the reader."),
            text!(
                "请将IC卡插入读卡器，芯片朝向读卡器。",
                "Insert the IC card into the reader, with the chip towards the reader."
            ),
        ),
        CardError::CardRemoved => (
            text!(
                "操作过程中卡片被拔出。",
                "The card was removed while it was in use."
            ),
            text!(
                "请重新插入同一张卡，再试一次。",
                "Insert the same card again and try once more."
            ),
        ),
        CardError::CardInUse => (
            text!(
                "卡片正在被其他程序使用。",
                "Another program is using the card."
            ),
            text!(
                "请关闭其他正在读卡的程序，稍候会自动继续。",
                "Close other programs that read cards. It continues by itself in a moment."
            ),
        ),
        CardError::CardMute => (
            text!(
                "卡片没有应答，操作已中止。",
                "The card did not answer, and the operation was stopped."
            ),
            text!(
                "请拔出卡片，检查方向并擦净芯片后重新插入；如仍失败，请更换读卡器或联系发卡单位。",
                "Take the card out, check which way round it is, wipe the chip, and insert it again. If that fails, use another reader or ask the card issuer."
            ),
        ),
        CardError::UnsupportedCard => (
            text!("不支持这种卡。", "This kind of card is not supported."),
            text!(
                "请确认插入的是本系统发放的IC卡，且方向正确。",
                "Check that it is an IC card issued for this system, and that it is the right way round."
            ),
        ),
        CardError::UnfitCard { reason } => unfit(reason),
        CardError::PinBlocked => (
            text!(
                "密码错误次数过多，卡片已锁定。",
                "The PIN was wrong too often, and the card is blocked."
            ),
            text!(
                "操作员卡请联系本企业法人办理解锁；法人卡请联系发卡单位。",
                "For an operator card, ask the legal person of your enterprise to unblock it. For a legal-person card, ask the card issuer."
            ),
        ),
        CardError::CardStatus { status } => return status_sentences(status),
        CardError::ReaderError => (
            text!("读卡失败。", "The card could not be read."),
            text!(
                "请拔出卡片，擦净芯片后重新插入；如仍失败，请更换读卡器。",
                "Take the card out, wipe the chip, and insert it again. If that fails, use another reader."
            ),
        ),
        CardError::WeakPin { weakness } => weak(weakness),
        CardError::PinRequired => (
            text!("需要再次验证登录密码。", "The PIN is needed again."),
            text!(
                "请输入法人卡的登录密码。",
                "Enter the PIN of the legal-person card."
            ),
        ),
        CardError::Cancelled => (
            text!("操作已取消。", "This was cancelled."),
            text!(
                "没有进行任何更改，可以重新办理。",
                "Nothing was changed. You can start over."
            ),
        ),
        CardError::Busy => (
            text!(
                "读卡程序正在处理另一项操作。",
                "The card reader software is busy with something else."
            ),
            text!("请等待上一项操作完成。", "Wait until that is done."),
        ),
        CardError::ProgramRefused { reason } => program(reason),
        CardError::NotGranted { reason } => not_granted(reason),
        CardError::NotProposed { reason } => not_proposed(reason),
        CardError::BadRequest => (
            text!(
                "读卡程序无法理解本页的请求。",
                "The card reader software does not understand this page."
            ),
            text!(
                "请刷新本页后重试；如仍出现，请升级读卡程序。",
                "Refresh this page and try again. If that does not help, update the card reader software."
            ),
        ),
    };
    (String::from(message), String::from(next_step))
}

fn wrong_pin(tries_left: PinTries) -> (String, String) {
    let next_step = match tries_left.0 {
        1 => LAST_TRY,
        _ => text!(
            "请核对后重新输入；次数用完后，卡片将被锁定。",
            "Check it and enter it again. When no tries are left, the card is blocked."
        ),
    };
    (
        say!(
            "密码错误，还可尝试 {} 次。", tries_left.0;
            "The PIN is wrong: {} left.", english::tries(tries_left.0)
        ),
        String::from(next_step),
    )
}

/// The same after a PIN was typed: the page does not keep it, so it is not what goes on
/// by itself.
#[must_use]
pub fn pin_sentences(error: CardError) -> (String, String) {
    match error {
        CardError::CardInUse => (
            String::from(text!(
                "卡片正在被其他程序使用，密码没有发送给卡片。",
                "Another program is using the card. The PIN was not sent to it."
            )),
            String::from(text!(
                "请关闭其他正在读卡的程序，然后重新输入密码。",
                "Close other programs that read cards, then enter the PIN again."
            )),
        ),
        CardError::CardMute => (
            String::from(text!(
                "卡片没有应答，操作已中止。密码可能已送达卡片，不能确定是否用去一次机会。",
                "The card did not answer, and the operation was stopped. The PIN may have reached the card: it is not certain whether a try was used up."
            )),
            String::from(text!(
                "请拔出卡片，检查方向并擦净芯片后重新插入，再看剩余次数；如仍失败，请更换读卡器或联系发卡单位。",
                "Take the card out, check which way round it is, wipe the chip, and insert it again, then see how many tries are left. If that fails, use another reader or ask the card issuer."
            )),
        ),
        error => card_sentences(error),
    }
}

const fn weak(weakness: PinWeakness) -> (Text, Text) {
    match weakness {
        PinWeakness::Length => (
            text!(
                "新密码的位数不符合要求，或含有数字以外的字符，卡片没有更改。",
                "The new PIN is too short or too long, or holds something other than digits. The card was not changed."
            ),
            text!(
                "请按提示的要求重新输入新密码。",
                "Enter a new PIN as described."
            ),
        ),
        PinWeakness::Run => (
            text!(
                "新密码是连续的数字（如123456），容易被猜到，卡片没有更改。",
                "The new PIN is a run of digits (like 123456) and easy to guess. The card was not changed."
            ),
            text!(
                "请换一个不连续的密码。",
                "Choose a PIN that is not a run of digits."
            ),
        ),
        PinWeakness::Repeat => (
            text!(
                "新密码是重复的数字（如000000、121212），容易被猜到，卡片没有更改。",
                "The new PIN repeats itself (like 000000 or 121212) and is easy to guess. The card was not changed."
            ),
            text!(
                "请换一个不重复的密码。",
                "Choose a PIN that does not repeat itself."
            ),
        ),
    }
}
