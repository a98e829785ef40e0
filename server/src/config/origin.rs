//! A web origin in its one serialised form (RFC 6454 §6.2): what browsers send
//! in `Origin`, what bridges sign for.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

/// `https://host[:port]`, or `http://` for a loopback host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// The text is not such an origin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no origin: https://host[:port] in lower case without a path, or http:// for 127.0.0.1, [::1] or localhost"
)]
pub struct OriginError(String);

impl Origin {
    /// Reads an origin.
    ///
    /// # Errors
    ///
    /// [`OriginError`]
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let error = || OriginError(text.to_owned());
        let (https, authority) = match text.split_once("://") {
            Some(("https", authority)) => (true, authority),
            Some(("http", authority)) => (false, authority),
            _ => return Err(error()),
        };
        let (host, port) = split_port(authority);
        if let Some(port) = port {
            let default = if https { "443" } else { "80" };
            let number = port.parse::<u16>().map_err(|_not_a_port| error())?;
            // Browsers leave the default port out and write no leading zeros.
            if number == 0 || port == default || port != number.to_string() {
                return Err(error());
            }
        }
        let is_name = !host.is_empty()
            && host
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        let is_ipv6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
        if (is_name || is_ipv6) && (https || is_loopback(host)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(error())
        }
    }

    /// The serialised form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host, and its port, which is its scheme's where it names none.
    #[must_use]
    pub fn host_and_port(&self) -> (&str, u16) {
        let (scheme, authority) = self.0.split_once("://").unwrap_or_default();
        let default = if scheme == "https" { 443 } else { 80 };
        let (host, port) = split_port(authority);
        (
            host,
            port.and_then(|port| port.parse().ok()).unwrap_or(default),
        )
    }

    /// Whether it is this machine's own, which nobody reaches from elsewhere.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host_and_port().0)
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Host and port of `host[:port]`, where an IPv6 address stands in brackets (RFC 3986
/// §3.2.2).
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_form_that_browsers_send() {
        for good in [
            "https://ic.example.cn",
            "https://ic.example.cn:8443",
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:8080",
            "https://[2001:db8::1]",
        ] {
            assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        }
        for (origin, host, port, loopback) in [
            ("https://ic.example.cn", "ic.example.cn", 443, false),
            ("https://ic.example.cn:8443", "ic.example.cn", 8443, false),
            ("https://[2001:db8::1]", "[2001:db8::1]", 443, false),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]", 8443, false),
            ("http://localhost", "localhost", 80, true),
            ("http://[::1]:8080", "[::1]", 8080, true),
        ] {
            let parsed = Origin::parse(origin).unwrap();
            assert_eq!(parsed.host_and_port(), (host, port));
            assert_eq!(parsed.is_loopback(), loopback, "{origin}");
        }
        for bad in [
            "",
            "ic.example.cn",
            "https://",
            "https://ic.example.cn/",
            "https://IC.example.cn",
            "https://ic.example.cn:443",
            "https://ic.example.cn:08443",
            "https://ic.example.cn:x",
            "http://ic.example.cn",
            "ftp://127.0.0.1",
            "https://user@ic.example.cn",
            "http://127.0.0.1:80",
            "null",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
