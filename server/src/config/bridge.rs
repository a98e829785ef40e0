//! Which bridge is the newest, for whoever has an older one: `[bridge]`.

use app::device::{BridgeVersion, NewestBridge};
use serde::Deserialize;

/// About the bridges of those who use the pages.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bridge {
    /// The version of the newest one, for example `0.2.0`: pages offer it where an older
    /// one runs. Absent: nobody is offered any.
    pub newest: Option<String>,
    /// Where to get it: an `https` address, to which the page leads. Absent: the page
    /// names the version only.
    pub update_url: Option<String>,
}

impl Bridge {
    /// The newest one, if the configuration names it.
    #[must_use]
    pub fn newest(&self) -> Option<NewestBridge> {
        Some(NewestBridge {
            version: self.newest.as_deref()?.parse().ok()?,
            update_url: self.update_url.clone(),
        })
    }

    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        if let Some(version) = &self.newest
            && let Err(error) = version.parse::<BridgeVersion>()
        {
            return Some(("bridge.newest", error.to_string()));
        }
        let address = self.update_url.as_deref()?;
        if self.newest.is_none() {
            let problem = "is for nothing without bridge.newest";
            return Some(("bridge.update_url", problem.to_owned()));
        }
        (!is_https(address)).then(|| ("bridge.update_url", NO_ADDRESS.to_owned()))
    }
}

/// What is wrong with an address that a page is to lead to.
pub(super) const NO_ADDRESS: &str =
    "name an https address, for example \"https://ic.example.cn/bridge\"";

/// Whether a page may lead to it.
pub(super) fn is_https(address: &str) -> bool {
    let rest = address.strip_prefix("https://").unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'<';
    rest.bytes().all(is_plain) && !rest.is_empty() && !rest.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::Bridge;

    fn bridge(newest: &str, update_url: &str) -> Bridge {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Bridge {
            newest: some(newest),
            update_url: some(update_url),
        }
    }

    #[test]
    fn a_version_and_an_https_address_are_taken() {
        for (newest, url) in [
            ("", ""),
            ("0.2.0", ""),
            ("0.2.0", "https://ic.example.cn/bridge?v=0.2.0"),
        ] {
            let bridge = bridge(newest, url);
            assert_eq!(bridge.problem(), None, "{newest} {url}");
            assert_eq!(bridge.newest().is_some(), !newest.is_empty());
        }
    }

    #[test]
    fn everything_else_is_named() {
        for (newest, url, key) in [
            ("2", "", "bridge.newest"),
            ("latest", "", "bridge.newest"),
            ("", "https://ic.example.cn", "bridge.update_url"),
            ("0.2.0", "http://ic.example.cn", "bridge.update_url"),
            ("0.2.0", "javascript:alert(1)", "bridge.update_url"),
            ("0.2.0", "https://", "bridge.update_url"),
            ("0.2.0", "https:///bridge", "bridge.update_url"),
            ("0.2.0", "https://ic.example.cn/a b", "bridge.update_url"),
            ("0.2.0", "/bridge", "bridge.update_url"),
        ] {
            let problem = bridge(newest, url).problem();
            assert_eq!(problem.map(|(key, _)| key), Some(key), "{newest} {url}");
        }
    }
}
