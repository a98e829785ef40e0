//! The newest bridge, by the server's word, which pages bring along: whoever has an
//! older one is offered it. Nothing updates itself.

use std::{fmt, str::FromStr};

/// The name of the element in which a page brings it.
#[cfg(any(feature = "hydrate", feature = "ssr"))]
const NAME: &str = "card-bridge-newest";

/// A bridge's version. What comes after three numbers (`-rc.1`) counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeVersion([u32; 3]);

/// It is not three numbers with dots between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is three numbers, for example 0.2.0")]
pub struct NoVersion;

/// The newest bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestBridge {
    /// Its version.
    pub version: BridgeVersion,
    /// Where there is one to be had: an `https` address.
    pub update_url: Option<String>,
}

impl FromStr for BridgeVersion {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let numbers = text.split(['-', '+']).next().unwrap_or_default();
        let mut parts = numbers.split('.');
        let mut number = || {
            let part = parts.next().filter(|part| part.len() <= 9)?;
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse().ok()).flatten()
        };
        let version = [number(), number(), number()];
        match (version, parts.next()) {
            ([Some(major), Some(minor), Some(patch)], None) => Ok(Self([major, minor, patch])),
            _ => Err(NoVersion),
        }
    }
}

impl fmt::Display for BridgeVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

impl NewestBridge {
    /// Whether a bridge of this version is older; what is no version is not.
    #[must_use]
    pub fn is_newer_than(&self, version: &str) -> bool {
        version
            .parse::<BridgeVersion>()
            .is_ok_and(|version| version < self.version)
    }
}

/// Into the head of a page, if the server put one into the context.
#[cfg(feature = "ssr")]
pub(crate) fn brought() -> Option<impl leptos::prelude::IntoView> {
    use leptos::prelude::*;

    use_context::<NewestBridge>().map(|newest| {
        let version = newest.version.to_string();
        view! { <meta name=NAME content=version data-address=newest.update_url /> }
    })
}

/// What this page brought. Nothing on the server, where no page is yet.
#[cfg(feature = "hydrate")]
#[must_use]
pub fn of_page() -> Option<NewestBridge> {
    let selector = format!("meta[name={NAME}]");
    let element = leptos::prelude::document()
        .query_selector(&selector)
        .ok()??;
    Some(NewestBridge {
        version: element.get_attribute("content")?.parse().ok()?,
        update_url: element.get_attribute("data-address"),
    })
}

/// What this page brought. Nothing on the server, where no page is yet.
#[cfg(not(feature = "hydrate"))]
#[must_use]
pub const fn of_page() -> Option<NewestBridge> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let newest = NewestBridge {
            version: "0.10.2".parse().unwrap(),
            update_url: None,
        };
        for older in ["0.10.1", "0.9.30", "0.0.0", "0.10.1-rc.1", "0.9.9+build"] {
            assert!(newest.is_newer_than(older), "{older}");
        }
        for other in ["0.10.2", "0.10.2-rc.1", "0.11.0", "1.0.0", "", "?", "0.9"] {
            assert!(!newest.is_newer_than(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1..3",
            "v1.2.3",
            "1.2.x",
            "+1.2.3",
            "1.2.3 ",
            "1.2.99999999999",
            "-1.2.3",
        ] {
            assert_eq!(text.parse::<BridgeVersion>(), Err(NoVersion), "{text}");
        }
        let version: BridgeVersion = "1.2.30".parse().unwrap();
        assert_eq!(version.to_string(), "1.2.30");
    }
}
