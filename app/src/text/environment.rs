//! The words of 环境检测.

use super::Text;
use crate::device::diagnosis::{Step, StepState};

/// Heads the page, and leads to it.
pub const TITLE: Text = text!("环境检测", "System check");
/// What the page is for.
pub const PURPOSE: Text = text!(
    "逐项检查本机能否读取IC卡。问题解决后，本页会自动更新，无需刷新。",
    "Checks step by step whether this computer can read IC cards. This page updates itself once a problem is solved; there is no need to refresh it."
);
/// All is well.
pub const READY: Text = text!("可以使用。", "Everything is ready.");
/// What to do then.
pub const READY_NEXT: Text = text!(
    "请返回登录页面，输入登录密码登录。",
    "Go back to the login page and log in with your PIN."
);
/// Leads back.
pub const TO_LOGIN: Text = text!("返回登录页面", "Back to the login page");
/// Stands before the code.
pub const CODE: Text = text!("检测代码", "Check code");
/// What the code is for.
pub const CODE_HINT: Text = text!(
    "联系技术支持时，请提供检测代码。",
    "Give the check code when you ask technical support for help."
);
/// Heads the report.
pub const REPORT: Text = text!("检测报告", "Check report");
/// What is in it, and what is not.
pub const REPORT_HINT: Text = text!(
    "报告不含姓名、卡号和密码，可以发送给技术支持。",
    "The report holds no names, card numbers or PINs. You can send it to technical support."
);
/// Copies the report.
pub const COPY: Text = text!("复制报告", "Copy the report");
/// It is copied.
pub const COPIED: Text = text!("已复制。", "Copied.");
/// The browser does not copy: the text is marked.
pub const COPY_BY_HAND: Text = text!(
    "浏览器不允许自动复制，报告已选中，请按 Ctrl+C 复制。",
    "The browser does not let this page copy. The report is selected: press Ctrl+C to copy it."
);

/// Asks to forget the bridge that this browser knows.
pub const FORGET: Text = text!(
    "忘记以前的读卡程序",
    "Forget the card reader software used before"
);
/// Who may want that.
pub const FORGET_WHEN: Text = text!(
    "重新安装过读卡程序，或怀疑它是冒充的？",
    "Was the card reader software installed again, or do you doubt that it is the real one?"
);
/// What that means, before it is done.
pub const FORGET_SURE: Text = text!(
    "仅当您或管理员刚刚在本机重新安装过读卡程序，或帮助台要求时，才可继续；否则，冒充读卡程序的其他程序会得到您输入的密码。",
    "Go on only if you or an administrator have just installed the card reader software again on this computer, or if the help desk asks you to. Otherwise another program that passes itself off as it gets the PIN you enter."
);
/// Does it.
pub const FORGET_DO: Text = text!(
    "确认，使用新的读卡程序",
    "Yes, use the new card reader software"
);

/// Which ports somebody else holds, by the word of the bridge that this browser knows.
#[must_use]
pub fn held(ports: &[u16]) -> Option<String> {
    if ports.is_empty() {
        return None;
    }
    let noun = if ports.len() == 1 { "port" } else { "ports" };
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    let ports = ports.join(&text!("、", ", "));
    Some(say!(
        "本机的端口{}由另一位用户的程序占用；本页连接的是您自己的读卡程序，可以继续使用。", ports;
        "A program of another user holds the {} {} of this computer. This page is connected to your own card reader software, and you can go on.", noun, ports
    ))
}

/// What a step is called.
#[must_use]
pub const fn step(step: Step) -> Text {
    match step {
        Step::Browser => text!("浏览器权限", "Browser permission"),
        Step::Bridge => text!("读卡程序", "Card reader software"),
        Step::Service => text!("智能卡服务", "Smart card service"),
        Step::Reader => text!("读卡器", "Card reader"),
        Step::Card => text!("IC卡", "IC card"),
    }
}

/// How a step is.
#[must_use]
pub const fn state(state: StepState) -> Text {
    match state {
        StepState::Sound => text!("正常", "Fine"),
        StepState::Busy => text!("正在检测", "Checking"),
        StepState::Fault => text!("需要处理", "Needs attention"),
        StepState::Unknown => text!("尚未检测", "Not checked yet"),
        StepState::NotNeeded => text!(
            "无需（由浏览器直接连接Ikey）",
            "Not needed (the browser connects to the Ikey directly)"
        ),
    }
}

/// What the report says. `readers` are lines of their own.
#[must_use]
pub fn report(facts: &ReportFacts<'_>) -> String {
    let ReportFacts {
        code,
        sentence,
        at,
        origin,
        browser,
        page,
        bridge,
        readers,
    } = facts;
    let readers = if readers.is_empty() {
        String::from(text!("无", "none"))
    } else {
        readers.join(&text!("；", "; "))
    };
    say!(
        "{TITLE}\n{CODE}：{code}\n结果：{sentence}\n时间：{at}\n网址：{origin}\n\
         网页版本：{page}\n读卡程序版本：{bridge}\n读卡器：{readers}\n浏览器：{browser}",
        "{TITLE}\n{CODE}: {code}\nResult: {sentence}\nTime: {at}\nAddress: {origin}\nPage version: {page}\nCard reader software version: {bridge}\nCard readers: {readers}\nBrowser: {browser}"
    )
}

/// What the report is made of: nothing of a person.
pub struct ReportFacts<'a> {
    /// The code of the diagnosis.
    pub code: &'a str,
    /// What is missing, in words.
    pub sentence: &'a str,
    /// When, as the machine has it.
    pub at: &'a str,
    /// The page's origin.
    pub origin: &'a str,
    /// The browser's own name.
    pub browser: &'a str,
    /// The page's version and protocol.
    pub page: &'a str,
    /// The bridge's version.
    pub bridge: &'a str,
    /// A line for each reader.
    pub readers: &'a [String],
}

/// The version of the page, and of what it speaks with the bridge.
#[must_use]
pub fn page_version(version: &str, protocol: u32) -> String {
    say!(
        "{version}（协议 {protocol}）",
        "{version} (protocol {protocol})"
    )
}

/// A reader's line of the report.
#[must_use]
pub fn reader(name: &str, slot: &card_protocol::bridge::Slot) -> String {
    use card_protocol::bridge::Slot;
    let slot = match slot {
        Slot::Empty => text!("未插卡", "no card"),
        Slot::Card { .. } => text!("有卡", "card inserted"),
        Slot::Mute => text!("卡无应答", "card does not answer"),
    };
    let name = super::device::reader(name);
    say!("{name}（{slot}）", "{name} ({slot})")
}
