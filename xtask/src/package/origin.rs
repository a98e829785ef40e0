//! The server that packages are built for: its origin, and the keys of its
//! programs. The bridge itself says whether they are good, and how they are written.

use std::{path::Path, process::Command};

use clap::Args;
use serde::{Deserialize, Serialize};

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
}

/// An origin with its keys, as the bridge writes them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Allowed {
    /// As browsers write it.
    pub(crate) origin: String,
    program_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrol_key: Option<String>,
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
        serde_json::from_str(&said?)
            .map(Some)
            .map_err(|error| Error::Said(format!("card-bridge allow: {error}")))
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

    /// The origin's host, without its port.
    pub(crate) fn host(&self) -> &str {
        let rest = self.origin.split_once("://").map_or("", |(_, rest)| rest);
        match rest.rfind(':') {
            // Not one within an IPv6 address.
            Some(colon) if !rest.ends_with(']') => rest.get(..colon).unwrap_or(rest),
            _ => rest,
        }
    }

    /// The policy of Chromium, Chrome and Edge.
    pub(crate) fn chromium_policy(&self) -> String {
        let origin = &self.origin;
        format!(
            "{{\n  \"LoopbackNetworkAllowedForUrls\": [\"{origin}\"],\n  \
             \"LocalNetworkAccessAllowedForUrls\": [\"{origin}\"]\n}}\n"
        )
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
        let policy: serde_json::Value = serde_json::from_str(&allowed.firefox_policy()).unwrap();
        let skipped = &policy["policies"]["LocalNetworkAccess"]["SkipDomains"];
        assert_eq!(skipped[0], "cards.example");
    }
}
