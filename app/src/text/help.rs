//! The words of 帮助: whom to call, how to begin, what the states mean, and what people
//! ask most.

use card_domain::{Action, Menu, StateName};

use super::names;
use crate::help::{Contact, Package};

/// Heads the page, and leads to it.
pub const TITLE: &str = "帮助";
/// Names the links that every page has at the same place.
pub const TOOLS: &str = "页面工具";
/// Leads back.
pub const BACK: &str = "返回";

/// Heads whom to call.
pub const CALL: &str = "联系谁";
/// Nobody is configured.
pub const NOBODY: &str = "请联系本企业的系统管理员，或为您制卡的单位。";
/// At a terminal.
pub const STAFF: &str = "也可以联系现场工作人员。";
/// What to have at hand.
pub const AT_HAND: &str = "来电时，请说明页面上的提示；无法读卡时，请提供环境检测页面上的检测代码。请勿把密码告诉任何人。";

/// Heads the first steps.
pub const FIRST: &str = "第一次使用";
/// The first step, its title.
pub const INSTALL: &str = "安装读卡程序";
/// What it is.
pub const INSTALL_WHY: &str =
    "读卡程序安装在本机，让本页能够读取读卡器中的IC卡。每台电脑只需安装一次。";
/// No download is configured.
pub const NO_DOWNLOAD: &str = "安装包请向上面的联系人索取。";
/// Where there is none for this system.
pub const OTHER_SYSTEMS: &str = "其他系统";
/// The system is none that a bridge exists for.
pub const UNKNOWN_SYSTEM: &str = "请选择本机的系统；手机和平板电脑不能读卡。";
/// The second step, its title.
pub const PLUG: &str = "接好读卡器，插入IC卡";
/// How.
pub const PLUG_HOW: &str = "芯片朝向读卡器，插到底。使用Ikey的，直接插入USB接口；Chrome、Edge浏览器能直接连接的Ikey不需要读卡程序，在登录页面点击“选择Ikey”。";
/// The third step, its title.
pub const LOG_IN: &str = "登录";
/// How.
pub const LOG_IN_HOW: &str = "打开登录页面；浏览器询问是否允许访问本机的其他程序时，选择“允许”。页面显示“已检测到IC卡”后，输入登录密码。";
/// When it does not work.
pub const STUCK: &str = "读不到卡？环境检测会逐项检查，并告诉您下一步。";

/// Heads the states.
pub const STATES: &str = "卡状态说明";
/// Heads the acts.
pub const ACTS: &str = "功能说明";
/// Heads the questions.
pub const QUESTIONS: &str = "常见问题";

/// What a state means, and what to do.
#[must_use]
pub const fn state(state: StateName) -> &'static str {
    match state {
        StateName::Normal => "可以登录系统。",
        StateName::Lost => {
            "已报告丢失，不能登录，也不能延期、解锁。找回后，由法人解挂；解挂后恢复到挂失前的状态。"
        }
        StateName::Frozen => {
            "由法人暂停使用，不能登录。解冻后，或冻结截止日期过后（当日24:00自动解冻），可以正常登录。"
        }
        StateName::NotIssued => "操作员已登记，还没有制卡。请联系制卡单位。",
        StateName::Cancelled => "永久失效，不能恢复。",
    }
}

/// Beside the state: what else a list says of a card, and what that means.
pub const MARKS: [(&str, &str); 4] = [
    ("即将过期", "证书快到期了，仍可使用。请尽早由法人延期。"),
    (
        "已过期",
        "证书已到期，不能登录。由法人延期后即可使用，卡片不用更换。",
    ),
    (
        "密码已锁定",
        "登录密码连续输错，卡片已锁定。由法人解锁，操作员本人当场设置新密码。",
    ),
    (
        "操作还没有完成",
        "上一次延期或解锁中断了。将这张卡插入读卡器，或点击“继续办理”；卡片没有被更改的，也可以放弃。",
    ),
];

/// What people ask, with the answers.
pub const ASKED: [(&str, &str); 7] = [
    (
        "操作员忘记了密码怎么办？",
        "由法人办理“解锁”。密码还没有锁定时，先连续输错到锁定，再解锁；新密码由操作员本人输入，法人和系统都不知道。",
    ),
    (
        "密码可以输错几次？",
        "页面会显示还可尝试的次数。次数用完，卡片锁定；操作员卡由法人解锁。",
    ),
    (
        "操作员卡丢了怎么办？",
        "立即由法人“挂失”，挂失后马上不能登录。找回后“解挂”；找不回来的，联系制卡单位。",
    ),
    (
        "法人卡丢了、锁定或过期了怎么办？",
        "本页不能办理。请立即联系上面的联系人或制卡单位。",
    ),
    (
        "办理延期、解锁时拔了卡、断了网怎么办？",
        "卡片不会损坏。再次插入同一张卡，系统会自动完成；登录后，“还没有完成”的操作会显示在页面上方。",
    ),
    (
        "为什么页面要我插回法人卡？",
        "为了保护您的企业：取出登录时使用的卡后，页面立即锁定，过一会儿自动退出登录。插回同一张卡，按提示继续。",
    ),
    (
        "只有一个读卡器，能办理延期和解锁吗？",
        "能。按提示拔出法人卡，插入操作员卡；办完后确认，再插回法人卡。",
    ),
];

/// What a menu is for, and what its act means where that says more.
#[must_use]
pub fn act(menu: Menu) -> String {
    let purpose = names::menu_purpose(menu);
    let consequence = match menu.action() {
        Some(Action::Unfreeze) | None => "",
        Some(action) => names::consequence(action),
    };
    format!("{purpose}。{consequence}")
}

/// What a package is for.
#[must_use]
pub const fn package(package: Package) -> &'static str {
    match package {
        Package::Msi => "下载 Windows 版",
        Package::Deb => "下载 Linux 版（deb：统信UOS、银河麒麟、Debian）",
        Package::Rpm => "下载 Linux 版（rpm：openEuler、中标麒麟）",
    }
}

/// Whom to call, in one line.
#[must_use]
pub fn call(contact: &Contact) -> String {
    let Contact {
        name,
        telephone,
        hours,
    } = contact;
    let name = name.as_deref().unwrap_or("服务电话");
    let hours = hours.as_ref();
    let hours = hours.map_or_else(String::new, |hours| format!("（{hours}）"));
    format!("{name}：{telephone}{hours}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_to_call_is_one_line() {
        let mut contact = Contact {
            name: Some(String::from("企业服务中心")),
            telephone: String::from("010-65195114"),
            hours: Some(String::from("工作日 8:30–17:30")),
        };
        let line = "企业服务中心：010-65195114（工作日 8:30–17:30）";
        assert_eq!(call(&contact), line);
        contact.name = None;
        contact.hours = None;
        assert_eq!(call(&contact), "服务电话：010-65195114");
    }
}
