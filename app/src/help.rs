//! Whom to call and where to get the 读卡程序, by the server's configuration: its pages have
//! it in their context.

/// What the help says that an installation has its own of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpSettings {
    /// Whom to call.
    pub contact: Option<Contact>,
    /// Where the bridge is to be had.
    pub downloads: Vec<Download>,
    /// The system that the browser names, as far as it is one of those.
    pub system: Option<System>,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Who answers.
    pub name: Option<String>,
    /// The number: digits, spaces, and `+`, `-`, `(`, `)`.
    pub telephone: String,
    /// When somebody does.
    pub hours: Option<String>,
}

/// A bridge to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// For which system.
    pub package: Package,
    /// An `https` address.
    pub address: String,
}

/// A package of the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// For Windows.
    Msi,
    /// For Debian, 统信UOS, 银河麒麟 and other systems with `dpkg`.
    Deb,
    /// For openEuler, 中标麒麟 and other systems with `rpm`.
    Rpm,
}

/// What a browser runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Windows.
    Windows,
    /// Linux on a desk.
    Linux,
}

impl Contact {
    /// The number as a `tel:` address wants it (RFC 3966 §3): without what only eyes need.
    #[must_use]
    pub fn dialled(&self) -> String {
        let digits = self.telephone.chars();
        digits
            .filter(|sign| sign.is_ascii_digit() || *sign == '+')
            .collect()
    }
}

impl Package {
    /// The system that it is for.
    #[must_use]
    pub const fn system(self) -> System {
        match self {
            Self::Msi => System::Windows,
            Self::Deb | Self::Rpm => System::Linux,
        }
    }
}

impl System {
    /// What a `User-Agent` (RFC 9110 §10.1.5) says; a telephone has no reader.
    #[must_use]
    pub fn of_agent(agent: &str) -> Option<Self> {
        if agent.contains("Android") {
            None
        } else if agent.contains("Windows NT") {
            Some(Self::Windows)
        } else if agent.contains("Linux") {
            Some(Self::Linux)
        } else {
            None
        }
    }
}

/// What the help is asked of: the address that leads back there.
///
/// `from` comes with an address that anybody may have written: only the product's own pages
/// are led back to.
#[must_use]
pub(crate) fn way_back(from: &str) -> Option<&str> {
    let path = from.split(['?', '#']).next()?;
    // What makes a browser a terminal, and lets it be one no more, is no place to go back to.
    let first = path.strip_prefix('/')?.split('/').next()?;
    let is_ours = matches!(
        first,
        "login" | "environment" | "portal" | "manage" | "my-card"
    );
    // A browser takes a dot, however it is written, for a step elsewhere.
    let has_dots = path.contains('.') || path.contains('%');
    let is_plain = from
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (is_ours && is_plain && !has_dots).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_without_its_spaces() {
        let contact = Contact {
            name: None,
            telephone: String::from("+86 (10) 6519-5114"),
            hours: None,
        };
        assert_eq!(contact.dialled(), "+861065195114");
    }

    #[test]
    fn a_desk_is_known_by_its_browser() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0";
        let linux = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0";
        let telephone = "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0.0.0 Mobile";
        assert_eq!(System::of_agent(windows), Some(System::Windows));
        assert_eq!(System::of_agent(linux), Some(System::Linux));
        for other in [telephone, "Mozilla/5.0 (Macintosh; Intel Mac OS X)", ""] {
            assert_eq!(System::of_agent(other), None, "{other}");
        }
    }

    #[test]
    fn only_own_pages_are_led_back_to() {
        for ours in [
            "/login",
            "/login?left=idle",
            "/manage/renew?name=%E5%BC%A0&page=2",
            "/manage/renew/0192f0c1",
            "/my-card",
        ] {
            assert_eq!(way_back(ours), Some(ours));
        }
        for other in [
            "",
            "login",
            "//evil.example/login",
            "/\\evil.example",
            "https://evil.example/login",
            "javascript:alert(1)",
            "/logout",
            "/api/operations/next",
            "/manage/\\x",
            "/kiosk",
            "/kiosk?leave",
            "/manage/../kiosk?leave",
            "/manage/%2e%2e/logout",
            "/manage/%2E%2e/export/cards.csv",
            "/login\n",
        ] {
            assert_eq!(way_back(other), None, "{other}");
        }
    }
}
