//! Whom people call and where they get the bridge, for the page 帮助: `[help]`.

use app::help::{Contact, Download, HelpSettings, Package, System};
use serde::Deserialize;

use super::bridge::{NO_ADDRESS, is_https};

/// The longest number and the longest words, in characters.
const LONGEST_NUMBER: usize = 32;
const LONGEST_WORDS: usize = 40;

/// What an installation has its own of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Help {
    /// The number that people call.
    pub telephone: Option<String>,
    /// Who answers.
    pub name: Option<String>,
    /// When somebody does.
    pub hours: Option<String>,
    /// Where the bridge for Windows is: an `https` address.
    pub windows: Option<String>,
    /// The same for systems with `dpkg`.
    pub deb: Option<String>,
    /// The same for systems with `rpm`.
    pub rpm: Option<String>,
}

impl Help {
    /// For a page; `agent` is the browser's own name.
    pub(crate) fn settings(&self, agent: &str) -> HelpSettings {
        let contact = self.telephone.clone().map(|telephone| Contact {
            name: self.name.clone(),
            telephone,
            hours: self.hours.clone(),
        });
        let downloads = self
            .packages()
            .into_iter()
            .filter_map(|(_, package, address)| {
                Some(Download {
                    package,
                    address: address?.to_owned(),
                })
            });
        HelpSettings {
            contact,
            downloads: downloads.collect(),
            system: System::of_agent(agent),
        }
    }

    fn packages(&self) -> [(&'static str, Package, Option<&str>); 3] {
        [
            ("help.windows", Package::Msi, self.windows.as_deref()),
            ("help.deb", Package::Deb, self.deb.as_deref()),
            ("help.rpm", Package::Rpm, self.rpm.as_deref()),
        ]
    }

    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        if let Some(number) = &self.telephone
            && !is_number(number)
        {
            let problem = format!("digits, spaces and +-(), at most {LONGEST_NUMBER}");
            return Some(("help.telephone", problem));
        }
        for (key, words) in [("help.name", &self.name), ("help.hours", &self.hours)] {
            let Some(words) = words else { continue };
            if self.telephone.is_none() {
                let problem = "is for nothing without help.telephone";
                return Some((key, problem.to_owned()));
            }
            let is_line = !words.trim().is_empty() && !words.chars().any(char::is_control);
            if !is_line || words.chars().count() > LONGEST_WORDS {
                let problem = format!("one line of at most {LONGEST_WORDS} characters");
                return Some((key, problem));
            }
        }
        let mut packages = self.packages().into_iter();
        let wrong = packages.find(|(_, _, address)| address.is_some_and(|one| !is_https(one)));
        wrong.map(|(key, _, _)| (key, NO_ADDRESS.to_owned()))
    }
}

fn is_number(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_digit() || b" +-()".contains(&byte);
    text.len() <= LONGEST_NUMBER
        && text.bytes().all(is_sign)
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(set: impl FnOnce(&mut Help)) -> Help {
        let mut help = Help {
            telephone: Some(String::from("010-65195114")),
            ..Help::default()
        };
        set(&mut help);
        help
    }

    #[test]
    fn what_can_be_shown_is_taken() {
        let whole = help(|help| {
            help.name = Some(String::from("企业服务中心"));
            help.hours = Some(String::from("工作日 8:30–17:30"));
            help.deb = Some(String::from("https://ic.example.cn/b.deb"));
            help.windows = Some(String::from("https://ic.example.cn/b.msi"));
        });
        assert_eq!(whole.problem(), None);
        assert_eq!(Help::default().problem(), None);
        let settings = whole.settings("Mozilla/5.0 (Windows NT 10.0; Win64; x64)");
        assert_eq!(settings.system, Some(System::Windows));
        let packages: Vec<_> = settings.downloads.iter().map(|one| one.package).collect();
        assert_eq!(packages, [Package::Msi, Package::Deb]);
        assert_eq!(Help::default().settings(""), HelpSettings::default());
    }

    #[test]
    fn everything_else_is_named() {
        let number = |text: &str| help(|help| help.telephone = Some(text.to_owned()));
        let name = |text: &str| help(|help| help.name = Some(text.to_owned()));
        let rpm = |text: &str| help(|help| help.rpm = Some(text.to_owned()));
        let alone = help(|help| {
            help.telephone = None;
            help.hours = Some(String::from("always"));
        });
        for (help, key) in [
            (number(""), "help.telephone"),
            (number("call me"), "help.telephone"),
            (number("+-()"), "help.telephone"),
            (number("1\n2"), "help.telephone"),
            (number(&"1".repeat(33)), "help.telephone"),
            (name(" "), "help.name"),
            (name("a\nb"), "help.name"),
            (name(&"中".repeat(41)), "help.name"),
            (alone, "help.hours"),
            (rpm("http://ic.example.cn/b.rpm"), "help.rpm"),
            (rpm("javascript:alert(1)"), "help.rpm"),
        ] {
            let problem = help.problem();
            assert_eq!(problem.map(|(key, _)| key), Some(key), "{help:?}");
        }
    }
}
