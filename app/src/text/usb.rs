//! The words of keys that a page opens itself (`WebUSB`).

use super::Text;
use crate::device::KeyFault;

/// Heads the offer.
pub const OFFER: Text = text!("使用USB Ikey", "Use a USB Ikey");
/// What it is, and what the browser will ask.
pub const OFFER_HINT: Text = text!(
    "无需安装读卡程序。插好Ikey后点击“选择Ikey”，在浏览器列出的设备中选中您的Ikey，再点击“连接”。每个Ikey只需选择一次，以后插入即可使用。",
    "No card reader software needs to be installed. Plug the Ikey in, click \"Choose the Ikey\", pick yours from the list of the browser and click \"Connect\". Each Ikey is chosen once; later it only has to be plugged in."
);
/// Has the browser ask.
pub const CHOOSE: Text = text!("选择Ikey", "Choose the Ikey");

/// What is the matter with a key, and what to do.
#[must_use]
pub fn fault(name: &str, fault: &KeyFault) -> (String, String) {
    let (message, next_step) = match fault {
        KeyFault::Protected => (
            text!(
                "不能由浏览器直接使用。",
                "can't be used by the browser directly."
            ),
            text!(
                "它是标准智能卡设备，浏览器不向网页开放；请安装读卡程序后使用。",
                "It is a standard smart card device, which browsers don't open to pages. Install the card reader software to use it."
            ),
        ),
        KeyFault::Refused => (
            text!(
                "系统不允许浏览器打开它。",
                "can't be opened: the system does not let the browser."
            ),
            text!(
                "请联系管理员开放使用权限，或安装读卡程序。",
                "Ask your administrator for permission, or install the card reader software."
            ),
        ),
        KeyFault::OtherTab(title) => {
            return (
                say!(
                    "“{}”正在被另一个页面使用。",
                    "\"{}\" is being used by another page.",
                    shown(name)
                ),
                say!(
                    "请关闭页面“{title}”；关闭后，本页会自动继续。",
                    "Close the page \"{title}\". This page then continues by itself."
                ),
            );
        }
        KeyFault::OtherProgram => (
            text!("正在被其他程序使用。", "is being used by another program."),
            text!(
                "请关闭使用它的其他程序或浏览器；关闭后，本页会自动继续。",
                "Close the program or browser that uses it. This page then continues by itself."
            ),
        ),
        KeyFault::NoReader => (
            text!("不是Ikey。", "is not an Ikey."),
            text!("请选择您的Ikey。", "Choose your Ikey."),
        ),
        KeyFault::Unsupported => (
            text!(
                "的型号不能由浏览器直接使用。",
                "is of a kind that the browser can't use directly."
            ),
            text!(
                "请安装读卡程序后使用，或联系技术支持。",
                "Install the card reader software to use it, or ask technical support."
            ),
        ),
        KeyFault::Failed => (
            text!("没有应答。", "does not answer."),
            text!("请拔出后重新插入。", "Take it out and plug it in again."),
        ),
    };
    (
        say!("“{}”{message}", "\"{}\" {message}", shown(name)),
        String::from(next_step),
    )
}

/// A device that does not say what it is called.
fn shown(name: &str) -> &str {
    if name.is_empty() {
        text!("USB设备", "USB device").here()
    } else {
        name
    }
}

/// Heads the part of 环境检测.
pub const CHECK: Text = text!(
    "USB Ikey（浏览器直接连接）",
    "USB Ikey (connected by the browser)"
);
/// The browser opens none.
pub const UNSUPPORTED: Text = text!(
    "此浏览器不能直接连接Ikey。请使用新版Chrome或Edge，或安装读卡程序。",
    "This browser can't connect to an Ikey directly. Use a recent Chrome or Edge, or install the card reader software."
);
/// None is there.
pub const NONE: Text = text!("没有可用的Ikey。", "There is no Ikey that can be used.");
/// For the help desk.
pub const DESCRIBE: Text = text!("显示USB设备的描述", "Show descriptions of USB devices");
/// What that is for.
pub const DESCRIBE_HINT: Text = text!(
    "供技术支持判断某个Ikey能否由浏览器直接使用。不含姓名、卡号和密码。",
    "For technical support, to tell whether an Ikey can be used by the browser directly. Holds no names, card numbers or PINs."
);

/// A key that can be used.
#[must_use]
pub fn usable(name: &str) -> String {
    say!("“{name}”可以使用。", "\"{name}\" can be used.")
}

/// A key that can't be used, with the code for the help desk.
#[must_use]
pub fn coded(name: &str, fault: &KeyFault) -> String {
    say!(
        "“{}”不能使用，检测代码 {}。",
        "\"{}\" can't be used, check code {}.",
        shown(name),
        fault.code()
    )
}
