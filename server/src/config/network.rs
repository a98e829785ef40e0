//! An address or a network of them, as options name own proxies: `10.0.0.7`,
//! `10.0.0.0/8`, `2001:db8::/32`.

use std::{net::IpAddr, str::FromStr};

use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

/// An address or a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

/// The text is neither.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is neither an address nor a network such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NetworkError(String);

impl Network {
    /// Whether the address lies in it. One that came as IPv6 (`::ffff:a.b.c.d`) is
    /// looked at as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let differ = first.to_bits() ^ address.to_bits();
                differ.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let differ = first.to_bits() ^ address.to_bits();
                differ.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let error = || NetworkError(text.to_owned());
        let (first, prefix) = match text.split_once('/') {
            Some((first, prefix)) => (first, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_no_address| error())?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_no_number| error())?,
            None => bits,
        };
        // `::ffff:0:0/96` would be IPv4 in a form in which no address is compared.
        let is_mapped = first.to_canonical() != first;
        if prefix > bits || is_mapped {
            return Err(error());
        }
        Ok(Self { first, prefix })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        let network: Network = network.parse().unwrap();
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn an_address_lies_in_a_network_or_not() {
        assert!(contains("10.0.0.7", "10.0.0.7"));
        assert!(contains("10.0.0.7", "::ffff:10.0.0.7"));
        assert!(!contains("10.0.0.7", "10.0.0.6"));
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("10.0.0.0/9", "10.127.0.1"));
        assert!(!contains("10.0.0.0/9", "10.128.0.1"));
        assert!(contains("0.0.0.0/0", "192.0.2.1"));
        assert!(!contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!contains("2001:db8::/32", "2001:db9::1"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/-1",
            "proxy",
            "::ffff:10.0.0.0/104",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
