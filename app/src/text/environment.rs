//! The words of 环境检测.

use crate::device::diagnosis::{Step, StepState};

/// Heads the page, and leads to it.
pub const TITLE: &str = "环境检测";
/// What the page is for.
pub const PURPOSE: &str = "逐项检查本机能否读取IC卡。问题解决后，本页会自动更新，无需刷新。";
/// All is well.
pub const READY: &str = "可以使用。";
/// What to do then.
pub const READY_NEXT: &str = "请返回登录页面，输入登录密码登录。";
/// Leads back.
pub const TO_LOGIN: &str = "返回登录页面";
/// Stands before the code.
pub const CODE: &str = "检测代码";
/// What the code is for.
pub const CODE_HINT: &str = "联系技术支持时，请提供检测代码。";
/// Heads the report.
pub const REPORT: &str = "检测报告";
/// What is in it, and what is not.
pub const REPORT_HINT: &str = "报告不含姓名、卡号和密码，可以发送给技术支持。";
/// Copies the report.
pub const COPY: &str = "复制报告";
/// It is copied.
pub const COPIED: &str = "已复制。";
/// The browser does not copy: the text is marked.
pub const COPY_BY_HAND: &str = "浏览器不允许自动复制，报告已选中，请按 Ctrl+C 复制。";

/// Asks to forget the bridge that this browser knows.
pub const FORGET: &str = "忘记以前的读卡程序";
/// Who may want that.
pub const FORGET_WHEN: &str = "重新安装过读卡程序，或怀疑它是冒充的？";
/// What that means, before it is done.
pub const FORGET_SURE: &str = "仅当您或管理员刚刚在本机重新安装过读卡程序，或帮助台要求时，才可继续；否则，冒充读卡程序的其他程序会得到您输入的密码。";
/// Does it.
pub const FORGET_DO: &str = "确认，使用新的读卡程序";

/// Which ports somebody else holds, by the word of the bridge that this browser knows.
#[must_use]
pub fn held(ports: &[u16]) -> Option<String> {
    if ports.is_empty() {
        return None;
    }
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    Some(format!(
        "本机的端口{}由另一位用户的程序占用；本页连接的是您自己的读卡程序，可以继续使用。",
        ports.join("、")
    ))
}

/// What a step is called.
#[must_use]
pub const fn step(step: Step) -> &'static str {
    match step {
        Step::Browser => "浏览器权限",
        Step::Bridge => "读卡程序",
        Step::Service => "智能卡服务",
        Step::Reader => "读卡器",
        Step::Card => "IC卡",
    }
}

/// How a step is.
#[must_use]
pub const fn state(state: StepState) -> &'static str {
    match state {
        StepState::Sound => "正常",
        StepState::Busy => "正在检测",
        StepState::Fault => "需要处理",
        StepState::Unknown => "尚未检测",
        StepState::NotNeeded => "无需（由浏览器直接连接Ikey）",
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
        String::from("无")
    } else {
        readers.join("；")
    };
    format!(
        "{TITLE}\n{CODE}：{code}\n结果：{sentence}\n时间：{at}\n网址：{origin}\n\
         网页版本：{page}\n读卡程序版本：{bridge}\n读卡器：{readers}\n浏览器：{browser}"
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

/// A reader's line of the report.
#[must_use]
pub fn reader(name: &str, slot: &card_protocol::bridge::Slot) -> String {
    use card_protocol::bridge::Slot;
    let slot = match slot {
        Slot::Empty => "未插卡",
        Slot::Card { .. } => "有卡",
        Slot::Mute => "卡无应答",
    };
    format!("{name}（{slot}）")
}
