//! Web origins (RFC 6454), written exactly as browsers write them, so that
//! equal origins are equal texts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

/// The origin of a page that may use the bridge: `https`, or `http` on a
/// loopback host.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Origin(String);

/// Not an origin that can be allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OriginError {
    /// Not an address.
    #[error("not an address such as https://cards.example")]
    Malformed,
    /// Something follows host and port.
    #[error("an origin ends after host and port")]
    Path,
    /// Anybody on the way could be this page.
    #[error("only https, or http on this machine (localhost, 127.0.0.1, [::1])")]
    Insecure,
}

impl Origin {
    /// As the browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether another origin, as a browser sends it, is of the same host. The
    /// names of this machine itself count as one.
    #[must_use]
    pub fn has_host_of(&self, other: &str) -> bool {
        let (Ok(own), Ok(other)) = (Url::parse(&self.0), Url::parse(other)) else {
            return false;
        };
        match (own.host(), other.host()) {
            (Some(own), Some(other)) => own == other || is_loopback(&own) && is_loopback(&other),
            _ => false,
        }
    }

    /// The address of `path` (with its leading `/`) on this origin.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_malformed| OriginError::Malformed)?;
        let host = url.host().ok_or(OriginError::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            _ => return Err(OriginError::Insecure),
        }
        let has_more = !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if has_more {
            return Err(OriginError::Path);
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Whether a `Host` header names this machine itself. Any other name means
/// that a foreign name was made to point here (DNS rebinding).
#[must_use]
pub fn is_loopback_host_header(header: &str) -> bool {
    Url::parse(&format!("http://{header}/"))
        .ok()
        .filter(|url| url.path() == "/" && url.username().is_empty() && url.query().is_none())
        .is_some_and(|url| url.host().is_some_and(|host| is_loopback(&host)))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, OriginError, is_loopback_host_header};

    #[test]
    fn is_written_as_browsers_write_it() {
        for (text, origin) in [
            ("https://Cards.Example/", "https://cards.example"),
            ("https://cards.example:443", "https://cards.example"),
            ("https://cards.example:8443", "https://cards.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), origin);
        }
    }

    #[test]
    fn what_is_no_safe_origin_is_refused() {
        for (text, error) in [
            ("cards.example", OriginError::Malformed),
            ("", OriginError::Malformed),
            ("null", OriginError::Malformed),
            ("http://cards.example", OriginError::Insecure),
            ("http://localhost.cards.example", OriginError::Insecure),
            ("http://10.0.0.1", OriginError::Insecure),
            ("ftp://cards.example", OriginError::Insecure),
            ("https://cards.example/login", OriginError::Path),
            ("https://cards.example?x", OriginError::Path),
            ("https://user@cards.example", OriginError::Path),
        ] {
            assert_eq!(text.parse::<Origin>(), Err(error), "{text}");
        }
    }

    #[test]
    fn hosts_are_compared_and_nothing_else() {
        let cards: Origin = "https://cards.example:8443".parse().unwrap();
        let local: Origin = "http://127.0.0.1:8080".parse().unwrap();
        for (origin, other, same) in [
            (&cards, "https://cards.example", true),
            (&cards, "http://cards.example:8443", true),
            (&cards, "https://cards.example.evil.example", false),
            (&cards, "https://other.example", false),
            (&cards, "null", false),
            (&local, "http://localhost:9000", true),
            (&local, "http://[::1]", true),
            (&local, "https://cards.example", false),
        ] {
            assert_eq!(origin.has_host_of(other), same, "{other}");
        }
    }

    #[test]
    fn only_this_machine_is_a_loopback_host() {
        for good in [
            "127.0.0.1:43117",
            "localhost:43117",
            "[::1]:43117",
            "127.0.0.1",
        ] {
            assert!(is_loopback_host_header(good), "{good}");
        }
        for bad in [
            "evil.example:43117",
            "",
            "127.0.0.1.evil.example",
            "x@127.0.0.1",
            "127.0.0.1/x",
        ] {
            assert!(!is_loopback_host_header(bad), "{bad}");
        }
    }
}
