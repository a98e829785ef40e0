//! The words of keys that a page opens itself (`WebUSB`).

use crate::device::KeyFault;

/// Heads the offer.
pub const OFFER: &str = "使用USB Ikey";
/// What it is, and what the browser will ask.
pub const OFFER_HINT: &str = "无需安装读卡程序。插好Ikey后点击“选择Ikey”，在浏览器列出的设备中选中您的Ikey，再点击“连接”。每个Ikey只需选择一次，以后插入即可使用。";
/// Has the browser ask.
pub const CHOOSE: &str = "选择Ikey";

/// What is the matter with a key, and what to do.
#[must_use]
pub fn fault(name: &str, fault: &KeyFault) -> (String, String) {
    let (message, next_step) = match fault {
        KeyFault::Protected => (
            "不能由浏览器直接使用。",
            "它是标准智能卡设备，浏览器不向网页开放；请安装读卡程序后使用。",
        ),
        KeyFault::Refused => (
            "系统不允许浏览器打开它。",
            "请联系管理员开放使用权限，或安装读卡程序。",
        ),
        KeyFault::OtherTab(title) => {
            return (
                format!("“{}”正在被另一个页面使用。", shown(name)),
                format!("请关闭页面“{title}”；关闭后，本页会自动继续。"),
            );
        }
        KeyFault::OtherProgram => (
            "正在被其他程序使用。",
            "请关闭使用它的其他程序或浏览器；关闭后，本页会自动继续。",
        ),
        KeyFault::NoReader => ("不是Ikey。", "请选择您的Ikey。"),
        KeyFault::Unsupported => (
            "的型号不能由浏览器直接使用。",
            "请安装读卡程序后使用，或联系技术支持。",
        ),
        KeyFault::Failed => ("没有应答。", "请拔出后重新插入。"),
    };
    (
        format!("“{}”{message}", shown(name)),
        String::from(next_step),
    )
}

/// A device that does not say what it is called.
fn shown(name: &str) -> &str {
    if name.is_empty() { "USB设备" } else { name }
}

/// Heads the part of 环境检测.
pub const CHECK: &str = "USB Ikey（浏览器直接连接）";
/// The browser opens none.
pub const UNSUPPORTED: &str = "此浏览器不能直接连接Ikey。请使用新版Chrome或Edge，或安装读卡程序。";
/// None is there.
pub const NONE: &str = "没有可用的Ikey。";
/// For the help desk.
pub const DESCRIBE: &str = "显示USB设备的描述";
/// What that is for.
pub const DESCRIBE_HINT: &str =
    "供技术支持判断某个Ikey能否由浏览器直接使用。不含姓名、卡号和密码。";

/// A key that can be used.
#[must_use]
pub fn usable(name: &str) -> String {
    format!("“{name}”可以使用。")
}

/// A key that can't be used, with the code for the help desk.
#[must_use]
pub fn coded(name: &str, fault: &KeyFault) -> String {
    format!("“{}”不能使用，检测代码 {}。", shown(name), fault.code())
}
