//! The way to a card in words: what is missing, and the one thing to do.

use crate::{
    device::{DeviceStatus, FaceKind},
    text::errors::card_sentences,
};

/// Lets the browser ask for its permission.
pub const CONNECT: &str = "连接读卡器";
/// Names the live status for assistive technology.
pub const STATUS: &str = "读卡器状态";
/// Over the readers when several have a card.
pub const CHOOSE_READER: &str = "检测到多张IC卡，请选择要使用的一张";
/// Leads to how one begins.
pub const FIRST_STEPS: &str = "第一次使用？查看安装步骤";
/// Before the command that allows an origin.
pub const ALLOW_COMMAND: &str = "管理员可在本机运行：";

/// What is missing, and what to do now. `Ready` needs nothing.
#[must_use]
pub fn status_sentences(status: &DeviceStatus) -> (String, String) {
    let (message, next_step) = match status {
        DeviceStatus::NotStarted | DeviceStatus::Connecting => ("正在连接读卡程序…", ""),
        DeviceStatus::NeedsPermission => (
            "连接读卡程序需要您的允许。",
            "请点击“连接读卡器”，并在浏览器的询问中选择“允许”。",
        ),
        DeviceStatus::BridgeTooOld {
            version: Some(version),
        } => {
            return (
                format!("本机的读卡程序版本过低（{version}）。"),
                String::from("请升级读卡程序；升级后，本页会自动继续。"),
            );
        }
        DeviceStatus::NoGrant => (
            "没有得到服务器的读卡许可。",
            "请检查网络；连接恢复后，本页会自动继续。",
        ),
        DeviceStatus::ServiceMissing => (
            "本机的智能卡服务没有运行。",
            "请启动智能卡服务（pcscd）；启动后，本页会自动继续。",
        ),
        DeviceStatus::ServiceRefused => (
            "系统策略不允许当前用户使用读卡器。",
            "请联系管理员开放智能卡服务的使用权限；开放后，本页会自动继续。",
        ),
        DeviceStatus::CardMute => (
            "读卡器中的卡没有应答。",
            "请检查卡片方向，将芯片朝向读卡器重新插入。",
        ),
        DeviceStatus::Ready => ("已检测到IC卡。", ""),
        DeviceStatus::BlockedByBrowser
        | DeviceStatus::BridgeMissing
        | DeviceStatus::OtherUsersBridge
        | DeviceStatus::TooManyPages
        | DeviceStatus::BridgeTooOld { version: None }
        | DeviceStatus::PageTooOld
        | DeviceStatus::SeveralBridges
        | DeviceStatus::UnknownBridge
        | DeviceStatus::OriginNotAllowed
        | DeviceStatus::GrantRefused
        | DeviceStatus::NoReader
        | DeviceStatus::NoCard => {
            return status.error().map(card_sentences).unwrap_or_default();
        }
    };
    (String::from(message), String::from(next_step))
}

/// The status in a few characters, for the header.
#[must_use]
pub const fn status_brief(status: &DeviceStatus) -> &'static str {
    match status {
        DeviceStatus::NotStarted | DeviceStatus::Connecting => "正在连接读卡程序",
        DeviceStatus::NeedsPermission => "等待允许连接",
        DeviceStatus::BlockedByBrowser => "浏览器阻止连接",
        DeviceStatus::BridgeMissing => "未连接读卡程序",
        DeviceStatus::OtherUsersBridge => "读卡程序属于其他用户",
        DeviceStatus::TooManyPages => "打开的页面过多",
        DeviceStatus::BridgeTooOld { .. } => "读卡程序需升级",
        DeviceStatus::PageTooOld => "网页需刷新",
        DeviceStatus::SeveralBridges => "无法确认读卡程序",
        DeviceStatus::UnknownBridge => "读卡程序不符",
        DeviceStatus::OriginNotAllowed => "网址未被允许",
        DeviceStatus::NoGrant => "未得到读卡许可",
        DeviceStatus::GrantRefused => "读卡许可被拒绝",
        DeviceStatus::ServiceMissing => "智能卡服务未运行",
        DeviceStatus::ServiceRefused => "系统策略不允许读卡",
        DeviceStatus::NoReader => "未检测到读卡器",
        DeviceStatus::NoCard => "未插入IC卡",
        DeviceStatus::CardMute => "卡片没有应答",
        DeviceStatus::Ready => "IC卡已就绪",
    }
}

/// A newer bridge is to be had. Where the one that is there is too old, that was said.
#[must_use]
pub fn bridge_update(newest: &str, is_too_old: bool) -> String {
    if is_too_old {
        return format!("读卡程序的新版本是{newest}。");
    }
    format!("读卡程序有新版本（{newest}），请在方便时升级。")
}
/// Leads to it.
pub const BRIDGE_UPDATE: &str = "下载新版本";

/// Whose card is in the reader, for the header.
#[must_use]
pub fn card_of(holder: &str) -> String {
    format!("IC卡：{holder}")
}

/// Another card than the one that has to sign is in the reader.
#[must_use]
pub fn not_the_signer(holder: &str, signer: &str) -> (String, String) {
    (
        format!("读卡器中是“{holder}”的卡，不是登录时使用的法人卡。"),
        format!("请插入“{signer}”的法人卡；请勿在这张卡上输入密码。"),
    )
}

/// What a card in a reader shows of itself, and what to do about it.
#[must_use]
pub fn face_sentences(face: &FaceKind) -> (String, String) {
    match face {
        FaceKind::Made {
            holder, pin_tries, ..
        } => {
            let message = holder.as_ref().map_or_else(
                || String::from("已检测到IC卡。"),
                |holder| format!("已检测到IC卡：{holder}"),
            );
            let next_step = match pin_tries {
                Some(0) => card_sentences(card_protocol::CardError::PinBlocked),
                Some(1) => (String::new(), String::from(LAST_TRY)),
                Some(tries @ 2) => (
                    String::new(),
                    format!("这张卡的登录密码还可尝试 {tries} 次。"),
                ),
                _ => (String::new(), String::new()),
            };
            if next_step.0.is_empty() {
                (message, next_step.1)
            } else {
                (format!("{message}。{}", next_step.0), next_step.1)
            }
        }
        FaceKind::Blank => (
            String::from("读卡器中是一张空白卡。"),
            String::from("请插入已制好的IC卡。"),
        ),
        FaceKind::Unreadable(error) => card_sentences(*error),
    }
}

/// Before the try that blocks the card.
pub const LAST_TRY: &str = "密码只能再尝试 1 次，再次输错，卡片将被锁定，请仔细核对。";

/// What a card is called: two may have one holder's name, so the number stands
/// beside it.
#[must_use]
pub fn card_name(holder: Option<&str>, card_no: &str) -> String {
    match holder {
        Some(holder) => format!("{holder}，卡号{card_no}"),
        None => format!("卡号{card_no}"),
    }
}

/// Stands for a reader's card in a choice.
#[must_use]
pub fn card_in(reader: &str, card: Option<&str>) -> String {
    match card {
        Some(card) => format!("{card}（{reader}）"),
        None => reader.to_owned(),
    }
}

/// 登录密码, the field.
pub const PIN: &str = "登录密码";
/// What a PIN looks like.
pub const PIN_HINT: &str = "6至8位数字";
/// The field does not hold a PIN.
pub const PIN_FORM: &str = "登录密码为6至8位数字，请重新输入。";
/// The PIN is typed in the machine's own dialog.
pub const PIN_IN_DIALOG: &str = "点击确定后，请在读卡程序弹出的窗口中输入登录密码。";
/// A new PIN is typed in the machine's own dialog.
pub const NEW_PIN_OUTSIDE: &str = "点击确认后，请在读卡程序弹出的窗口中输入。";
/// The PIN is typed on the reader.
pub const PIN_ON_READER: &str = "点击确定后，请在读卡器的键盘上输入登录密码。";
/// Names the pad of digits for assistive technology.
pub const PAD: &str = "数字键盘";
/// Takes the last digit back.
pub const PAD_BACK: &str = "删除";
/// Takes all digits back.
pub const PAD_CLEAR: &str = "清除";

/// The drawer of the demo.
pub const DEMO: &str = "演示读卡器";
/// What the drawer is.
pub const DEMO_HINT: &str = "这里的读卡器和IC卡由软件模拟，仅供演示。点击卡片即可插入或拔出。";
/// Puts a software card into the reader.
pub const DEMO_INSERT: &str = "插入";
/// Pulls a software card out of the reader.
pub const DEMO_REMOVE: &str = "拔出";
/// Where a software card is.
#[must_use]
pub fn demo_inserted(reader: &str) -> String {
    format!("已插入：{reader}")
}
/// Which reader the cards go into.
pub const DEMO_READER: &str = "插入到";
/// Its switch for one reader.
pub const DEMO_ONE_READER: &str = "只用一个读卡器（办理时换卡）";

/// While the statement is being made.
pub const SIGN_PREPARING: &str = "正在生成操作声明…";
/// Over the statement.
pub const SIGN_STATEMENT: &str = "点击确认后，将用法人卡对以下内容签名：";
/// While the card signs.
pub const SIGNING: &str = "正在用法人卡签名，请勿拔出IC卡…";
/// While the bridge's own window shows the statement and asks.
pub const SIGN_IN_WINDOW: &str = "请在读卡程序弹出的窗口中核对内容，并点击“确认”或“取消”。";
/// Over the statement, where the bridge's window asks.
pub const SIGN_SHOWN_IN_WINDOW: &str = "读卡程序的窗口将显示以下内容，确认后用法人卡签名：";
/// Has the window shown once more after the card could not sign.
pub const SIGN_RETRY: &str = "再试一次";
/// While the service does the act.
pub const COMMITTING: &str = "正在提交…";
/// The PIN is needed to go on.
pub const SIGN_PIN: &str = "请输入法人卡的登录密码，以继续签名。";
/// The card is missing; it goes on by itself.
pub const SIGN_WAITING: &str = "请插入法人卡，插入后自动继续。";
/// Begins anew with a new statement.
pub const SIGN_AGAIN: &str = "重新办理";
