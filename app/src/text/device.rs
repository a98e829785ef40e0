//! The way to a card in words: what is missing, and the one thing to do.

use super::Text;
use crate::{
    device::{DeviceStatus, FaceKind},
    text::errors::card_sentences,
};

/// Lets the browser ask for its permission.
pub const CONNECT: Text = text!("连接读卡器", "Connect the card reader");
/// Names the live status for assistive technology.
pub const STATUS: Text = text!("读卡器状态", "Card reader status");
/// Over the readers when several have a card.
pub const CHOOSE_READER: Text = text!(
    "检测到多张IC卡，请选择要使用的一张",
    "There are several IC cards. Choose the one to use"
);
/// Leads to how one begins.
pub const FIRST_STEPS: Text = text!(
    "第一次使用？查看安装步骤",
    "First time here? See how to set up"
);
/// Before the command that allows an origin.
pub const ALLOW_COMMAND: Text = text!(
    "管理员可在本机运行：",
    "An administrator can run this command on this computer:"
);

/// What is missing, and what to do now. `Ready` needs nothing.
#[must_use]
pub fn status_sentences(status: &DeviceStatus) -> (String, String) {
    let (message, next_step) = match status {
        DeviceStatus::NotStarted | DeviceStatus::Connecting => (
            text!(
                "正在连接读卡程序…",
                "Connecting to the card reader software…"
            ),
            Text::EMPTY,
        ),
        DeviceStatus::NeedsPermission => (
            text!(
                "连接读卡程序需要您的允许。",
                "The connection to the card reader software needs your permission."
            ),
            text!(
                "请点击“连接读卡器”，并在浏览器的询问中选择“允许”。",
                "Click \"Connect the card reader\", and choose \"Allow\" when the browser asks."
            ),
        ),
        DeviceStatus::BridgeTooOld {
            version: Some(version),
        } => {
            return (
                say!(
                    "本机的读卡程序版本过低（{version}）。",
                    "The card reader software on this computer is too old ({version})."
                ),
                String::from(text!(
                    "请升级读卡程序；升级后，本页会自动继续。",
                    "Update the card reader software. This page then continues by itself."
                )),
            );
        }
        DeviceStatus::NoGrant => (
            text!(
                "没有得到服务器的读卡许可。",
                "The server gave no permission to read cards."
            ),
            text!(
                "请检查网络；连接恢复后，本页会自动继续。",
                "Check the network. This page continues by itself once the connection is back."
            ),
        ),
        DeviceStatus::ServiceMissing => (
            text!(
                "本机的智能卡服务没有运行。",
                "The smart card service of this computer is not running."
            ),
            text!(
                "请启动智能卡服务（pcscd）；启动后，本页会自动继续。",
                "Start the smart card service (pcscd). This page then continues by itself."
            ),
        ),
        DeviceStatus::ServiceRefused => (
            text!(
                "系统策略不允许当前用户使用读卡器。",
                "A system policy does not let you use the card reader."
            ),
            text!(
                "请联系管理员开放智能卡服务的使用权限；开放后，本页会自动继续。",
                "Ask your administrator for permission to use the smart card service. This page then continues by itself."
            ),
        ),
        DeviceStatus::CardMute => (
            text!(
                "读卡器中的卡没有应答。",
                "The card in the reader does not answer."
            ),
            text!(
                "请检查卡片方向，将芯片朝向读卡器重新插入。",
                "Check which way round the card is: insert it again with the chip towards the reader."
            ),
        ),
        DeviceStatus::Ready => (
            text!("已检测到IC卡。", "An IC card is in the reader."),
            Text::EMPTY,
        ),
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
pub const fn status_brief(status: &DeviceStatus) -> Text {
    match status {
        DeviceStatus::NotStarted | DeviceStatus::Connecting => {
            text!("正在连接读卡程序", "Connecting to the reader software")
        }
        DeviceStatus::NeedsPermission => text!("等待允许连接", "Waiting for permission"),
        DeviceStatus::BlockedByBrowser => text!("浏览器阻止连接", "Blocked by the browser"),
        DeviceStatus::BridgeMissing => text!("未连接读卡程序", "Reader software not connected"),
        DeviceStatus::OtherUsersBridge => {
            text!("读卡程序属于其他用户", "Reader software of another user")
        }
        DeviceStatus::TooManyPages => text!("打开的页面过多", "Too many pages open"),
        DeviceStatus::BridgeTooOld { .. } => {
            text!("读卡程序需升级", "Reader software needs an update")
        }
        DeviceStatus::PageTooOld => text!("网页需刷新", "Page needs a refresh"),
        DeviceStatus::SeveralBridges => text!("无法确认读卡程序", "Reader software not verified"),
        DeviceStatus::UnknownBridge => text!("读卡程序不符", "Reader software not recognised"),
        DeviceStatus::OriginNotAllowed => text!("网址未被允许", "Address not allowed"),
        DeviceStatus::NoGrant => text!("未得到读卡许可", "No permission to read"),
        DeviceStatus::GrantRefused => text!("读卡许可被拒绝", "Permission to read refused"),
        DeviceStatus::ServiceMissing => text!("智能卡服务未运行", "Smart card service not running"),
        DeviceStatus::ServiceRefused => text!("系统策略不允许读卡", "Reading blocked by policy"),
        DeviceStatus::NoReader => text!("未检测到读卡器", "No card reader"),
        DeviceStatus::NoCard => text!("未插入IC卡", "No IC card"),
        DeviceStatus::CardMute => text!("卡片没有应答", "Card does not answer"),
        DeviceStatus::Ready => text!("IC卡已就绪", "IC card ready"),
    }
}

/// A newer bridge is to be had. Where the one that is there is too old, that was said.
#[must_use]
pub fn bridge_update(newest: &str, is_too_old: bool) -> String {
    if is_too_old {
        return say!(
            "读卡程序的新版本是{newest}。",
            "The new version of the card reader software is {newest}."
        );
    }
    say!(
        "读卡程序有新版本（{newest}），请在方便时升级。",
        "There is a new version of the card reader software ({newest}). Please update when it suits you."
    )
}
/// Leads to it.
pub const BRIDGE_UPDATE: Text = text!("下载新版本", "Download the new version");

/// Whose card is in the reader, for the header.
#[must_use]
pub fn card_of(holder: &str) -> String {
    say!("IC卡：{holder}", "IC card: {holder}")
}

/// Another card than the one that has to sign is in the reader.
#[must_use]
pub fn not_the_signer(holder: &str, signer: &str) -> (String, String) {
    (
        say!(
            "读卡器中是“{holder}”的卡，不是登录时使用的法人卡。",
            "The card in the reader belongs to \"{holder}\". It is not the legal-person card that you logged in with."
        ),
        say!(
            "请插入“{signer}”的法人卡；请勿在这张卡上输入密码。",
            "Insert the legal-person card of \"{signer}\". Don't enter a PIN for the card that is in now."
        ),
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
                || String::from(text!("已检测到IC卡。", "An IC card is in the reader.")),
                |holder| {
                    say!(
                        "已检测到IC卡：{holder}",
                        "An IC card is in the reader: {holder}"
                    )
                },
            );
            let next_step = match pin_tries {
                Some(0) => card_sentences(card_protocol::CardError::PinBlocked),
                Some(1) => (String::new(), String::from(LAST_TRY)),
                Some(tries @ 2) => (
                    String::new(),
                    say!(
                        "这张卡的登录密码还可尝试 {tries} 次。",
                        "The PIN of this card has {tries} tries left."
                    ),
                ),
                _ => (String::new(), String::new()),
            };
            if next_step.0.is_empty() {
                (message, next_step.1)
            } else {
                (
                    {
                        let message = message.trim_end_matches(['。', '.']);
                        say!("{message}。{}", "{message}. {}", next_step.0)
                    },
                    next_step.1,
                )
            }
        }
        FaceKind::Blank => (
            String::from(text!(
                "读卡器中是一张空白卡。",
                "The card in the reader is blank."
            )),
            String::from(text!(
                "请插入已制好的IC卡。",
                "Insert an IC card that has been made."
            )),
        ),
        FaceKind::Unreadable(error) => card_sentences(*error),
    }
}

/// Before the try that blocks the card.
pub const LAST_TRY: Text = text!(
    "密码只能再尝试 1 次，再次输错，卡片将被锁定，请仔细核对。",
    "Only 1 try is left. If the PIN is wrong once more, the card is blocked. Check it carefully."
);

/// What a card is called: two may have one holder's name, so the number stands
/// beside it.
#[must_use]
pub fn card_name(holder: Option<&str>, card_no: &str) -> String {
    match holder {
        Some(holder) => say!("{holder}，卡号{card_no}", "{holder}, card number {card_no}"),
        None => say!("卡号{card_no}", "card number {card_no}"),
    }
}

/// What a reader is called: the bridge's own names, for a key on USB and for the readers of
/// the demo, are words.
#[must_use]
pub fn reader(name: &str) -> String {
    let own = [
        text!("USB直连：", "USB: "),
        text!("演示读卡器 ", "Demo reader "),
    ];
    own.into_iter()
        .find_map(|own| {
            let rest = name.strip_prefix(own.chinese())?;
            Some(format!("{own}{rest}"))
        })
        .unwrap_or_else(|| name.to_owned())
}

/// Stands for a reader's card in a choice.
#[must_use]
pub fn card_in(reader: &str, card: Option<&str>) -> String {
    let reader = self::reader(reader);
    match card {
        Some(card) => say!("{card}（{reader}）", "{card} ({reader})"),
        None => reader,
    }
}

/// 登录密码, the field.
pub const PIN: Text = text!("登录密码", "PIN");
/// What a PIN looks like.
pub const PIN_HINT: Text = text!("6至8位数字", "6 to 8 digits");
/// The field does not hold a PIN.
pub const PIN_FORM: Text = text!(
    "登录密码为6至8位数字，请重新输入。",
    "The PIN has 6 to 8 digits. Please enter it again."
);
/// The PIN is typed in the machine's own dialog.
pub const PIN_IN_DIALOG: Text = text!(
    "点击确定后，请在读卡程序弹出的窗口中输入登录密码。",
    "Click \"OK\", then enter the PIN in the window of the card reader software."
);
/// A new PIN is typed in the machine's own dialog.
pub const NEW_PIN_OUTSIDE: Text = text!(
    "点击确认后，请在读卡程序弹出的窗口中输入。",
    "Click \"Confirm\", then enter it in the window of the card reader software."
);
/// The PIN is typed on the reader.
pub const PIN_ON_READER: Text = text!(
    "点击确定后，请在读卡器的键盘上输入登录密码。",
    "Click \"OK\", then enter the PIN on the keys of the card reader."
);
/// Names the pad of digits for assistive technology.
pub const PAD: Text = text!("数字键盘", "Number pad");
/// Takes the last digit back.
pub const PAD_BACK: Text = text!("删除", "Delete");
/// Takes all digits back.
pub const PAD_CLEAR: Text = text!("清除", "Clear");

/// The drawer of the demo.
pub const DEMO: Text = text!("演示读卡器", "Demo card reader");
/// What the drawer is.
pub const DEMO_HINT: Text = text!(
    "这里的读卡器和IC卡由软件模拟，仅供演示。点击卡片即可插入或拔出。",
    "The reader and the cards here are software, for demonstration only. Click a card to insert or remove it."
);
/// Puts a software card into the reader.
pub const DEMO_INSERT: Text = text!("插入", "Insert");
/// Pulls a software card out of the reader.
pub const DEMO_REMOVE: Text = text!("拔出", "Remove");
/// Where a software card is.
#[must_use]
pub fn demo_inserted(reader: &str) -> String {
    let reader = self::reader(reader);
    say!("已插入：{reader}", "Inserted: {reader}")
}
/// Which reader the cards go into.
pub const DEMO_READER: Text = text!("插入到", "Insert into");
/// Its switch for one reader.
pub const DEMO_ONE_READER: Text = text!(
    "只用一个读卡器（办理时换卡）",
    "One card reader only (swap cards when needed)"
);

/// While the statement is being made.
pub const SIGN_PREPARING: Text = text!("正在生成操作声明…", "Preparing the statement…");
/// Over the statement.
pub const SIGN_STATEMENT: Text = text!(
    "点击确认后，将用法人卡对以下内容签名：",
    "When you confirm, the legal-person card signs the following statement:"
);
/// While the card signs.
pub const SIGNING: Text = text!(
    "正在用法人卡签名，请勿拔出IC卡…",
    "The legal-person card is signing. Don't remove it…"
);
/// While the bridge's own window shows the statement and asks.
pub const SIGN_IN_WINDOW: Text = text!(
    "请在读卡程序弹出的窗口中核对内容，并点击“确认”或“取消”。",
    "Check the content in the window of the card reader software, and confirm or cancel it there."
);
/// Over the statement, where the bridge's window asks.
pub const SIGN_SHOWN_IN_WINDOW: Text = text!(
    "读卡程序的窗口将显示以下内容，确认后用法人卡签名：",
    "The window of the card reader software will show the following statement in Chinese. Once you confirm there, the legal-person card signs it:"
);
/// Has the window shown once more after the card could not sign.
pub const SIGN_RETRY: Text = text!("再试一次", "Try again");
/// While the service does the act.
pub const COMMITTING: Text = text!("正在提交…", "Sending…");
/// The PIN is needed to go on.
pub const SIGN_PIN: Text = text!(
    "请输入法人卡的登录密码，以继续签名。",
    "Enter the PIN of the legal-person card to go on signing."
);
/// The card is missing; it goes on by itself.
pub const SIGN_WAITING: Text = text!(
    "请插入法人卡，插入后自动继续。",
    "Insert the legal-person card. It then continues by itself."
);
/// Begins anew with a new statement.
pub const SIGN_AGAIN: Text = text!("重新办理", "Start over");
