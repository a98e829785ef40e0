//! The server that packages are built for: its origin, and the keys of its
//! programs. The bridge itself says whether they are good, and how they are written.

use std::{net::IpAddr, path::Path, process::Command, str::FromStr};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    files, process,
};

/// The server, as it is named on the command line.
#[derive(Debug, Args)]
pub(crate) struct ServerOptions {
    /// The server whose pages are allowed, such as <https://cards.example>.
    #[arg(long, requires = "key")]
    origin: Option<String>,
    /// The key of its programs, as `server program-key` prints it.
    #[arg(long, requires = "origin")]
    key: Option<String>,
    /// The key of its programs for 制卡, for machines that make cards.
    #[arg(long, requires = "origin")]
    enrol_key: Option<String>,
    /// Keys (Ikey) that its pages may open without anybody being asked: idVendor, or
    /// idVendor:idProduct, such as 096e:0006. As often as there are kinds.
    #[arg(long, requires = "origin", value_name = "VENDOR[:PRODUCT]")]
    usb: Vec<UsbDevice>,
}

/// Which devices, as the browsers' policy has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UsbDevice {
    vendor_id: u16,
    /// Whichever, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<u16>,
}

impl FromStr for UsbDevice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = |word: &str| {
            let is_number = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u16::from_str_radix(word, 16).ok();
            number
                .filter(|_| is_number)
                .ok_or_else(|| format!("{word:?} is not four hexadecimal digits"))
        };
        let (vendor, product) = match text.split_once(':') {
            Some((vendor, product)) => (vendor, Some(product)),
            None => (text, None),
        };
        Ok(Self {
            vendor_id: number(vendor)?,
            product_id: product.map(number).transpose()?,
        })
    }
}

/// The server of the files that lie in the sources.
const EXAMPLE: &str = "https://cards.example";

/// An origin with its keys, as the bridge writes them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Allowed {
    /// As browsers write it.
    pub(crate) origin: String,
    program_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrol_key: Option<String>,
    /// The bridge has nothing to do with them.
    #[serde(skip)]
    usb: Vec<UsbDevice>,
}

/// The file that a package puts onto the machine.
#[derive(Serialize)]
struct Machine<'a> {
    origin: [&'a Allowed; 1],
}

impl ServerOptions {
    /// A server with one key.
    pub(crate) fn of(origin: &str, key: &str) -> Self {
        Self {
            origin: Some(origin.to_owned()),
            key: Some(key.to_owned()),
            enrol_key: None,
            usb: Vec::new(),
        }
    }

    /// Has the bridge `program` look at them. `None` if no server was named.
    ///
    /// # Errors
    /// What it says against them.
    pub(crate) fn check(&self, program: &Path) -> Result<Option<Allowed>> {
        let (Some(origin), Some(key)) = (&self.origin, &self.key) else {
            return Ok(None);
        };
        let settings = files::target().join("packages/checked");
        files::remove_folder(&settings)?;
        let mut allow = Command::new(program);
        allow.arg("--allow-config").arg(&settings);
        allow.args(["--json", "allow", origin, "--key", key]);
        if let Some(key) = &self.enrol_key {
            allow.args(["--enrol-key", key]);
        }
        let said = process::read(&mut allow);
        files::remove_folder(&settings)?;
        let mut allowed: Allowed = serde_json::from_str(&said?)
            .map_err(|error| Error::Said(format!("card-bridge allow: {error}")))?;
        allowed.usb.clone_from(&self.usb);
        Ok(Some(allowed))
    }
}

impl Allowed {
    /// What `origins.toml` says.
    pub(crate) fn machine_file(&self) -> Result<String> {
        let text = toml::to_string(&Machine { origin: [self] });
        let text = text.map_err(|error| Error::Said(format!("origins.toml: {error}")))?;
        Ok(format!(
            "# Pages that may use the bridge on this machine, for all its users.\n\n{text}"
        ))
    }

    /// A file of an example, for this server.
    pub(crate) fn in_place_of_example(&self, text: &str) -> String {
        text.replace(EXAMPLE, &self.origin)
    }

    /// The origin's host, without its port.
    pub(crate) fn host(&self) -> &str {
        let rest = self.origin.split_once("://").map_or("", |(_, rest)| rest);
        match rest.rfind(':') {
            // Not one within an IPv6 address.
            Some(colon) if !rest.ends_with(']') => rest.get(..colon).unwrap_or(rest),
            _ => rest,
        }
    }

    /// The policies of Chromium, Chrome and Edge.
    pub(crate) fn chromium_policy(&self) -> String {
        let origins = json!([self.origin]);
        let mut policies = serde_json::Map::new();
        for policy in [
            "LoopbackNetworkAllowedForUrls",
            "LocalNetworkAccessAllowedForUrls",
        ] {
            policies.insert(policy.to_owned(), origins.clone());
        }
        if let Some(keys) = self.usb_policy() {
            policies.insert("WebUsbAllowDevicesForUrls".to_owned(), keys);
        }
        format!("{:#}\n", Value::Object(policies))
    }

    /// The policies of a terminal: the example's, for this server, and for its keys.
    ///
    /// # Errors
    /// When the example is no JSON.
    pub(crate) fn terminal_policy(&self, example: &str) -> Result<String> {
        let text = self.in_place_of_example(example);
        let mut policies: serde_json::Map<String, Value> = serde_json::from_str(&text)
            .map_err(|error| Error::Said(format!("the terminal's policy: {error}")))?;
        if let Some(Value::Array(reached)) = policies.get_mut("URLAllowlist") {
            for address in reached {
                if *address == self.origin {
                    *address = Value::String(self.filter());
                }
            }
        }
        if let Some(keys) = self.usb_policy() {
            policies.insert("WebUsbAllowDevicesForUrls".to_owned(), keys);
        }
        Ok(format!("{:#}\n", Value::Object(policies)))
    }

    /// The origin as Chromium's URL filters have it: without a port every port would be
    /// meant, and without a dot before a name every name below it.
    fn filter(&self) -> String {
        let host = self.host();
        let (scheme, rest) = self.origin.split_once("://").unwrap_or_default();
        let port = match rest.strip_prefix(host) {
            Some(port) if !port.is_empty() => port,
            _ if scheme == "https" => ":443",
            _ => ":80",
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let dot = if bare.parse::<IpAddr>().is_ok() {
            ""
        } else {
            "."
        };
        format!("{scheme}://{dot}{host}{port}")
    }

    /// Which keys its pages may open without asking, if any: the value of the policy
    /// `WebUsbAllowDevicesForUrls`.
    pub(crate) fn usb_policy(&self) -> Option<Value> {
        let rule = json!([{ "devices": self.usb, "urls": [self.origin] }]);
        (!self.usb.is_empty()).then_some(rule)
    }

    /// The policy of Firefox.
    pub(crate) fn firefox_policy(&self) -> String {
        let host = self.host();
        format!(
            "{{\n  \"policies\": {{\n    \"LocalNetworkAccess\": \
             {{ \"SkipDomains\": [\"{host}\"] }}\n  }}\n}}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Allowed;

    fn allowed(origin: &str) -> Allowed {
        Allowed {
            origin: origin.to_owned(),
            program_key: "AAAA".to_owned(),
            enrol_key: None,
            usb: Vec::new(),
        }
    }

    #[test]
    fn the_host_has_no_port() {
        for (origin, host) in [
            ("https://cards.example", "cards.example"),
            ("https://cards.example:8443", "cards.example"),
            ("http://[::1]:8080", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(allowed(origin).host(), host);
        }
    }

    #[test]
    fn a_filter_means_one_host_and_one_port() {
        for (origin, filter) in [
            ("https://cards.example", "https://.cards.example:443"),
            ("https://cards.example:8443", "https://.cards.example:8443"),
            ("http://localhost:8080", "http://.localhost:8080"),
            ("http://192.0.2.7", "http://192.0.2.7:80"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(allowed(origin).filter(), filter);
        }
    }

    #[test]
    fn the_files_say_what_they_should() {
        let allowed = allowed("https://cards.example");
        let machine = allowed.machine_file().unwrap();
        assert!(
            machine.ends_with(
                "[[origin]]\norigin = \"https://cards.example\"\nprogram_key = \"AAAA\"\n"
            )
        );
        let policy: serde_json::Value = serde_json::from_str(&allowed.chromium_policy()).unwrap();
        assert_eq!(
            policy["LoopbackNetworkAllowedForUrls"][0],
            "https://cards.example"
        );
        assert_eq!(policy.get("WebUsbAllowDevicesForUrls"), None);
        let policy: serde_json::Value = serde_json::from_str(&allowed.firefox_policy()).unwrap();
        let skipped = &policy["policies"]["LocalNetworkAccess"]["SkipDomains"];
        assert_eq!(skipped[0], "cards.example");
    }

    /// What a terminal must not do is written down whole, and for the right server.
    #[test]
    fn a_terminal_reaches_its_server_and_nothing_else() {
        let folder = crate::files::root().join("card-bridge/packaging/kiosk");
        let text = crate::files::read_text(&folder.join("chromium-policy.json")).unwrap();
        let mut allowed = allowed("https://ic.example.cn:8443");
        allowed.usb = vec!["096e:0006".parse().unwrap()];
        let text = allowed.terminal_policy(&text).unwrap();
        assert!(!text.contains("cards.example"));
        let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(policy["URLBlocklist"], serde_json::json!(["*"]));
        assert_eq!(policy["URLAllowlist"][0], "https://.ic.example.cn:8443");
        // The browser asks nobody for a key at a terminal either.
        let keys = &policy["WebUsbAllowDevicesForUrls"][0];
        assert_eq!(keys["urls"][0], "https://ic.example.cn:8443");
        for (name, value) in [
            ("DownloadRestrictions", 3),
            ("DeveloperToolsAvailability", 2),
            ("IncognitoModeAvailability", 1),
            ("BrowserSignin", 0),
            ("DefaultPopupsSetting", 2),
        ] {
            assert_eq!(policy[name], value, "{name}");
        }
        for name in [
            "AllowFileSelectionDialogs",
            "AutofillAddressEnabled",
            "AutofillCreditCardEnabled",
            "BrowserAddPersonEnabled",
            "BrowserGuestModeEnabled",
            "PasswordManagerEnabled",
            "PrintingEnabled",
            "RemoteDebuggingAllowed",
            "SSLErrorOverrideAllowed",
            "TranslateEnabled",
        ] {
            assert_eq!(policy[name], false, "{name}");
        }
    }

    #[test]
    fn keys_that_were_named_may_be_opened_by_the_pages_of_the_origin() {
        let mut allowed = allowed("https://cards.example");
        allowed.usb = ["096e:0006", "1209"]
            .map(|text| text.parse().unwrap())
            .into();
        let policy: serde_json::Value = serde_json::from_str(&allowed.chromium_policy()).unwrap();
        assert_eq!(
            policy["WebUsbAllowDevicesForUrls"],
            serde_json::json!([{
                "devices": [
                    { "vendor_id": 0x096e, "product_id": 6 },
                    { "vendor_id": 0x1209 },
                ],
                "urls": ["https://cards.example"],
            }])
        );
        assert!(!allowed.machine_file().unwrap().contains("usb"));
        for wrong in ["", "96e", "0x096e", "096e:", "096e:6", "096e:0006:1"] {
            assert!(wrong.parse::<super::UsbDevice>().is_err(), "{wrong}");
        }
    }
}
