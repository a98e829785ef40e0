//! About HTTP: who counts as the client, how often it may try, and how many
//! connections there may be.

use std::net::IpAddr;

use serde::Deserialize;

use super::network::Network;

/// About HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Whether the header that `forwarded_header` names says the client's address: only
    /// behind a proxy of one's own that sets it. Default: no.
    pub trust_forwarded_for: bool,
    /// Which header the own proxy sets. The other one is the client's own claim.
    pub forwarded_header: ForwardedHeader,
    /// The addresses and networks of the own proxies, if there are several in a row,
    /// or others than they reach the server. Only they are believed then, and the
    /// client is whoever none of them is. Empty: whoever connects is the one proxy.
    pub proxies: Vec<Network>,
    /// Login attempts that one client may make in a minute. 1 to 10000; default 30.
    pub logins_per_minute: u32,
    /// Connections that there may be at once. 64 to 65536; default 512.
    pub connections: u32,
    /// Connections that one client may have at once; own proxies may have all of them.
    /// 8 to 65536; default 100.
    pub connections_per_client: u32,
}

/// The headers in which proxies say for whom they ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most proxies set.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// The header's name, as HTTP libraries compare it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            trust_forwarded_for: false,
            forwarded_header: ForwardedHeader::default(),
            proxies: Vec::new(),
            logins_per_minute: 30,
            connections: 512,
            connections_per_client: 100,
        }
    }
}

impl Http {
    /// Whether the address is one of the named proxies.
    #[must_use]
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.contains(address))
    }

    /// Whether a peer stands for many clients: what runs on this machine, and the own
    /// proxies.
    #[must_use]
    pub fn stands_for_many(&self, peer: IpAddr) -> bool {
        let believes_any = self.trust_forwarded_for && self.proxies.is_empty();
        peer.to_canonical().is_loopback() || believes_any || self.is_proxy(peer)
    }

    /// What is wrong, with the option's name.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        if !self.proxies.is_empty() && !self.trust_forwarded_for {
            let problem =
                "is for http.trust_forwarded_for = true, without which no proxy is believed";
            return Some(("http.proxies", String::from(problem)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_for_many_is_this_machine_or_an_own_proxy() {
        let far: IpAddr = "192.0.2.1".parse().unwrap();
        let mut http = Http::default();
        assert!(http.stands_for_many("127.0.0.1".parse().unwrap()));
        assert!(http.stands_for_many("::ffff:127.0.0.1".parse().unwrap()));
        assert!(http.stands_for_many("::1".parse().unwrap()));
        assert!(!http.stands_for_many(far));
        http.trust_forwarded_for = true;
        assert!(http.stands_for_many(far));
        http.proxies = vec!["10.0.0.0/8".parse().unwrap()];
        assert!(!http.stands_for_many(far));
        assert!(http.stands_for_many("10.1.1.1".parse().unwrap()));
    }
}
