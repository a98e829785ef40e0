//! The words of 帮助: whom to call, how to begin, what the states mean, and what people
//! ask most.

use card_domain::{Action, Menu, StateName};

use super::{Text, names};
use crate::help::{Contact, Package};

/// Heads the page, and leads to it.
pub const TITLE: Text = text!("帮助", "Help");
/// Names the links that every page has at the same place.
pub const TOOLS: Text = text!("页面工具", "Page tools");
/// Leads back.
pub const BACK: Text = text!("返回", "Back");

/// Heads whom to call.
pub const CALL: Text = text!("联系谁", "Whom to ask");
/// Nobody is configured.
pub const NOBODY: Text = text!(
    "请联系本企业的系统管理员，或为您制卡的单位。",
    "Ask the system administrator of your enterprise, or the card issuer."
);
/// At a terminal.
pub const STAFF: Text = text!(
    "也可以联系现场工作人员。",
    "You can also ask the staff here."
);
/// What to have at hand.
pub const AT_HAND: Text = text!(
    "来电时，请说明页面上的提示；无法读卡时，请提供环境检测页面上的检测代码。请勿把密码告诉任何人。",
    "When you call, say what the page shows. If no card can be read, give the check code from the page \"System check\". Never tell anybody your PIN."
);

/// Heads the first steps.
pub const FIRST: Text = text!("第一次使用", "Using it for the first time");
/// The first step, its title.
pub const INSTALL: Text = text!("安装读卡程序", "Install the card reader software");
/// What it is.
pub const INSTALL_WHY: Text = text!(
    "读卡程序安装在本机，让本页能够读取读卡器中的IC卡。每台电脑只需安装一次。",
    "The card reader software is installed on your computer and lets this page read the IC card in the card reader. It is installed once on each computer."
);
/// No download is configured.
pub const NO_DOWNLOAD: Text = text!(
    "安装包请向上面的联系人索取。",
    "Ask for it at the contact above."
);
/// Where there is none for this system.
pub const OTHER_SYSTEMS: Text = text!("其他系统", "Other systems");
/// The system is none that a bridge exists for.
pub const UNKNOWN_SYSTEM: Text = text!(
    "请选择本机的系统；手机和平板电脑不能读卡。",
    "Choose the system of your computer. Phones and tablets can't read cards."
);
/// The second step, its title.
pub const PLUG: Text = text!(
    "接好读卡器，插入IC卡",
    "Connect the card reader and insert your IC card"
);
/// How.
pub const PLUG_HOW: Text = text!(
    "芯片朝向读卡器，插到底。使用Ikey的，直接插入USB接口；Chrome、Edge浏览器能直接连接的Ikey不需要读卡程序，在登录页面点击“选择Ikey”。",
    "Push the card all the way in, with its chip towards the reader. An Ikey goes straight into a USB port; an Ikey that Chrome or Edge can connect to directly needs no card reader software: click \"Choose the Ikey\" on the login page."
);
/// The third step, its title.
pub const LOG_IN: Text = text!("登录", "Log in");
/// How.
pub const LOG_IN_HOW: Text = text!(
    "打开登录页面；浏览器询问是否允许访问本机的其他程序时，选择“允许”。页面显示“已检测到IC卡”后，输入登录密码。",
    "Open the login page. If the browser asks whether it may access other programs on this computer, choose \"Allow\". When the page says that an IC card is in the reader, enter your PIN."
);
/// When it does not work.
pub const STUCK: Text = text!(
    "读不到卡？环境检测会逐项检查，并告诉您下一步。",
    "Trouble reading a card? The system check goes through everything step by step and tells you what to do next."
);

/// Heads the states.
pub const STATES: Text = text!("卡状态说明", "What the card statuses mean");
/// Heads the acts.
pub const ACTS: Text = text!("功能说明", "What you can do");
/// Heads the questions.
pub const QUESTIONS: Text = text!("常见问题", "Common questions");

/// What a state means, and what to do.
#[must_use]
pub const fn state(state: StateName) -> Text {
    match state {
        StateName::Normal => text!("可以登录系统。", "Can be used to log in."),
        StateName::Lost => {
            text!(
                "已报告丢失，不能登录，也不能延期、解锁。找回后，由法人解挂；解挂后恢复到挂失前的状态。",
                "Reported lost: it can't be used to log in, and it can't be renewed or unblocked. Once the card is found, the legal person cancels the loss report, and the card goes back to the status it had before."
            )
        }
        StateName::Frozen => {
            text!(
                "由法人暂停使用，不能登录。解冻后，或冻结截止日期过后（当日24:00自动解冻），可以正常登录。",
                "Suspended by the legal person: it can't be used to log in. Once it is unfrozen, or after the last day of the freeze (it is unfrozen by itself at 24:00 of that day), it can be used as before."
            )
        }
        StateName::NotIssued => text!(
            "操作员已登记，还没有制卡。请联系制卡单位。",
            "The operator is registered, but has no card yet. Ask the card issuer."
        ),
        StateName::Cancelled => text!(
            "永久失效，不能恢复。",
            "Invalid for good. It can't be restored."
        ),
    }
}

/// Beside the state: what else a list says of a card, and what that means.
pub const MARKS: [(Text, Text); 4] = [
    (
        text!("即将过期", "Expires soon"),
        text!(
            "证书快到期了，仍可使用。请尽早由法人延期。",
            "The certificate is about to expire and can still be used. Have the legal person renew it soon."
        ),
    ),
    (
        text!("已过期", "Expired"),
        text!(
            "证书已到期，不能登录。由法人延期后即可使用，卡片不用更换。",
            "The certificate has expired and can't be used to log in. Once the legal person has renewed it, the same card works again."
        ),
    ),
    (
        text!("密码已锁定", "PIN blocked"),
        text!(
            "登录密码连续输错，卡片已锁定。由法人解锁，操作员本人当场设置新密码。",
            "The PIN was wrong too often, and the card is blocked. The legal person unblocks it, and the operator sets a new PIN on the spot."
        ),
    ),
    (
        text!("操作还没有完成", "Operation not complete"),
        text!(
            "上一次延期或解锁中断了。将这张卡插入读卡器，或点击“继续办理”；卡片没有被更改的，也可以放弃。",
            "The last renewal or unblocking was interrupted. Insert this card into the reader, or click \"Continue\". If the card was not changed, you can also give it up."
        ),
    ),
];

/// What people ask, with the answers.
pub const ASKED: [(Text, Text); 7] = [
    (
        text!(
            "操作员忘记了密码怎么办？",
            "What if an operator forgot the PIN?"
        ),
        text!(
            "由法人办理“解锁”。密码还没有锁定时，先连续输错到锁定，再解锁；新密码由操作员本人输入，法人和系统都不知道。",
            "The legal person uses \"Unblock\". If the PIN is not blocked yet, enter a wrong one until it is, then unblock it. The operator enters the new PIN: neither the legal person nor the system learns it."
        ),
    ),
    (
        text!("密码可以输错几次？", "How often may the PIN be wrong?"),
        text!(
            "页面会显示还可尝试的次数。次数用完，卡片锁定；操作员卡由法人解锁。",
            "The page shows how many tries are left. When there are none, the card is blocked. The legal person unblocks operator cards."
        ),
    ),
    (
        text!("操作员卡丢了怎么办？", "What if an operator card is lost?"),
        text!(
            "立即由法人“挂失”，挂失后马上不能登录。找回后“解挂”；找不回来的，联系制卡单位。",
            "The legal person uses \"Report lost\" at once: from then on the card can't be used to log in. If it is found, use \"Cancel loss report\". If not, ask the card issuer."
        ),
    ),
    (
        text!(
            "法人卡丢了、锁定或过期了怎么办？",
            "What if the legal-person card is lost, blocked or expired?"
        ),
        text!(
            "本页不能办理。请立即联系上面的联系人或制卡单位。",
            "That can't be done here. Turn to the contact above or the card issuer at once."
        ),
    ),
    (
        text!(
            "办理延期、解锁时拔了卡、断了网怎么办？",
            "What if the card was taken out, or the network failed, during a renewal or an unblocking?"
        ),
        text!(
            "卡片不会损坏。再次插入同一张卡，系统会自动完成；登录后，“还没有完成”的操作会显示在页面上方。",
            "The card is not harmed. Insert the same card again, and it is completed by itself. After you log in, what is not complete is shown at the top of the page."
        ),
    ),
    (
        text!(
            "为什么页面要我插回法人卡？",
            "Why am I asked to put the legal-person card back?"
        ),
        text!(
            "为了保护您的企业：取出登录时使用的卡后，页面立即锁定，过一会儿自动退出登录。插回同一张卡，按提示继续。",
            "To protect your enterprise: when the card you logged in with is taken out, the page is locked at once, and you are logged out a while later. Insert the same card and follow the instructions to go on."
        ),
    ),
    (
        text!(
            "只有一个读卡器，能办理延期和解锁吗？",
            "Can I renew and unblock with only one card reader?"
        ),
        text!(
            "能。按提示拔出法人卡，插入操作员卡；办完后确认，再插回法人卡。",
            "Yes. When asked, take out the legal-person card and insert the operator card. When it is done, confirm, and put the legal-person card back."
        ),
    ),
];

/// What a menu is for, and what its act means where that says more.
#[must_use]
pub fn act(menu: Menu) -> String {
    let purpose = names::menu_purpose(menu);
    let consequence = match menu.action() {
        Some(Action::Unfreeze) | None => "",
        Some(action) => &names::consequence(action),
    };
    say!("{purpose}。{consequence}", "{purpose}. {consequence}")
}

/// What a package is for.
#[must_use]
pub const fn package(package: Package) -> Text {
    match package {
        Package::Msi => text!("下载 Windows 版", "Download for Windows"),
        Package::Deb => text!(
            "下载 Linux 版（deb：统信UOS、银河麒麟、Debian）",
            "Download for Linux (deb: UOS, Kylin, Debian)"
        ),
        Package::Rpm => text!(
            "下载 Linux 版（rpm：openEuler、中标麒麟）",
            "Download for Linux (rpm: openEuler, NeoKylin)"
        ),
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
    let name = name
        .as_deref()
        .unwrap_or_else(|| text!("服务电话", "Telephone").here());
    let hours = hours.as_ref();
    let hours = hours.map_or_else(String::new, |hours| say!("（{hours}）", " ({hours})"));
    say!("{name}：{telephone}{hours}", "{name}: {telephone}{hours}")
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
