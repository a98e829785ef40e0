//! Whom a limit counts as one client: an IPv4 address, or the /64 of an IPv6
//! address. A /64 is what one subscriber has (RFC 6177): whoever sits in it can take
//! a new address for each request.

use std::net::{IpAddr, Ipv4Addr};

/// One client, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// An IPv4 address, also one that came as IPv6 (`::ffff:a.b.c.d`).
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address.
    V6(u64),
    /// The connection said no address: all of these are one.
    Unknown,
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let network = [a, b, c, d].into_iter();
                Self::V6(network.fold(0, |bits, part| bits << 16 | u64::from(part)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_client_is_an_address_or_a_64() {
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff:1:2:3"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_ne!(client("2001:db8::1"), client("2001:db9::1"));
        assert_ne!(client("::1"), client("0.0.0.0"));
    }
}
