//! Linux: `/proc/net/tcp` and `tcp6` list both ends of a loopback connection
//! with the user of each (`Documentation/networking/proc_net_tcp.rst`).
//!
//! Read here and not by a crate: `procfs` reads whole tables into its own types
//! and has no look-up, `netstat2` and `listeners` tell processes and not users
//! (and a process of another user's can't be asked), and what is needed of a
//! line are five of its fields.

use std::{
    fs::File,
    io::{self, BufReader},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use super::{Ends, PeerError, takes_loopback};

/// A client may hold an IPv4 address in a socket of IPv6, so both are read.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
/// How much of a table is read at a time.
const BUFFER: usize = 64 * 1024;
/// `TCP_ESTABLISHED`. An end that is closing has lost its user (it says 0).
const ESTABLISHED: &str = "01";
/// `TCP_LISTEN`.
const LISTENING: &str = "0A";

/// Compares the users of both ends. Both are looked up, so that there is nothing
/// to ask about this process, whose own user ids may differ from one another.
pub(super) fn check(ends: &Ends) -> Result<(), PeerError> {
    match look(ends) {
        // A list that changes while it is read may lack a line that is there.
        Err(PeerError::Unknown) => look(ends),
        found => found,
    }
}

fn look(ends: &Ends) -> Result<(), PeerError> {
    let mut found = Found::default();
    for table in tables() {
        found.read(table?, ends)?;
    }
    found.judge()
}

/// The tables that the kernel has.
fn tables() -> impl Iterator<Item = io::Result<BufReader<File>>> {
    TABLES
        .into_iter()
        .filter_map(|table| match File::open(table) {
            Ok(file) => Some(Ok(BufReader::with_capacity(BUFFER, file))),
            // A kernel without IPv6 has no table of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(Err(error)),
        })
}

/// Compares the users of whoever listens with that of this process's own socket.
pub(super) fn held_by_others(ports: &[u16], own: SocketAddr) -> io::Result<Vec<u16>> {
    let mut listeners = Listeners::default();
    for table in tables() {
        listeners.read(table?)?;
    }
    listeners.of_others(ports, own)
}

/// Who listens, by address.
#[derive(Default)]
struct Listeners(Vec<(SocketAddr, u32)>);

impl Listeners {
    fn read(&mut self, table: impl io::BufRead) -> io::Result<()> {
        for line in table.lines() {
            if let Some(entry) = Entry::parse(&line?, LISTENING) {
                self.0.push((entry.local, entry.uid));
            }
        }
        Ok(())
    }

    fn of_others(&self, ports: &[u16], own: SocketAddr) -> io::Result<Vec<u16>> {
        let mut all = self.0.iter();
        let (_, user) = all
            .find(|(address, _)| *address == own)
            .ok_or(io::ErrorKind::NotFound)?;
        let is_held = |port: &&u16| {
            self.0.iter().any(|(address, other)| {
                address.port() == **port && takes_loopback(address.ip()) && other != user
            })
        };
        Ok(ports.iter().filter(is_held).copied().collect())
    }
}

/// The users of the two ends.
#[derive(Default)]
struct Found {
    own: Option<u32>,
    peer: Option<u32>,
}

impl Found {
    fn read(&mut self, mut table: impl io::BufRead, ends: &Ends) -> io::Result<()> {
        // A list has thousands of lines, of which two are looked at.
        let ports = [ends.own.port(), ends.peer.port()].map(|port| format!(":{port:04X} "));
        let mut line = String::new();
        loop {
            line.clear();
            if table.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if !ports.iter().all(|port| line.contains(port)) {
                continue;
            }
            let Some(entry) = Entry::parse(&line, ESTABLISHED) else {
                continue;
            };
            if (entry.local, entry.remote) == (ends.peer, ends.own) {
                self.peer = Some(entry.uid);
            } else if (entry.local, entry.remote) == (ends.own, ends.peer) {
                self.own = Some(entry.uid);
            }
        }
    }

    fn judge(&self) -> Result<(), PeerError> {
        match (self.own, self.peer) {
            (Some(own), Some(peer)) if own == peer => Ok(()),
            (Some(_), Some(_)) => Err(PeerError::OtherUser),
            _ => Err(PeerError::Unknown),
        }
    }
}

/// A connection's end, or a socket that listens.
#[derive(Debug, Eq, PartialEq)]
struct Entry {
    local: SocketAddr,
    remote: SocketAddr,
    uid: u32,
}

impl Entry {
    /// `sl local_address rem_address st tx:rx tr:tm retrnsmt uid …`.
    fn parse(line: &str, state: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let local = address(fields.next()?)?;
        let remote = address(fields.next()?)?;
        if fields.next()? != state {
            return None;
        }
        let uid = fields.nth(3)?.parse().ok()?;
        Some(Self { local, remote, uid })
    }
}

/// An address as the kernel prints it: words of 32 bits in the machine's own
/// order, each holding bytes in the network's order, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let digits = address.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            Ipv6Addr::from(bytes).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::{Ends, Found, Listeners, PeerError};

    const HEADER: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn judge(ends: &Ends, lines: &[&str]) -> Result<(), PeerError> {
        let table = format!("{HEADER}{}\n", lines.join("\n"));
        let mut found = Found::default();
        found.read(table.as_bytes(), ends).unwrap();
        found.judge()
    }

    fn ends() -> Ends {
        Ends {
            own: "127.0.0.1:43117".parse().unwrap(),
            peer: "127.0.0.1:54399".parse().unwrap(),
        }
    }

    /// 43117 is A86D, 54399 is D47F.
    const OWN: &str = "   0: 0100007F:A86D 0100007F:D47F 01 00000000:00000000 00:00000000 00000000  1000        0 11 1 0 20 4 0 10 -1";
    const PEER: &str = "   1: 0100007F:D47F 0100007F:A86D 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 0 10 -1";

    #[test]
    #[cfg(target_endian = "little")]
    fn only_the_same_user_at_both_ends_is_served() {
        assert!(judge(&ends(), &[OWN, PEER]).is_ok());
        for other in ["1001", "0", "65534"] {
            let peer = PEER.replace(" 1000 ", &format!(" {other} "));
            let judged = judge(&ends(), &[OWN, &peer]);
            assert!(matches!(judged, Err(PeerError::OtherUser)), "{other}");
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn what_is_not_listed_as_established_is_refused() {
        let closing = PEER.replace(" 01 ", " 06 ");
        let elsewhere = PEER.replace("D47F", "D480");
        for lines in [
            &[][..],
            &[OWN],
            &[PEER],
            &[OWN, &closing],
            &[OWN, &elsewhere],
            &[OWN, "   1: 0100007F:D47F 0100007F:A86D 01 short"],
        ] {
            let judged = judge(&ends(), lines);
            assert!(matches!(judged, Err(PeerError::Unknown)), "{lines:?}");
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn ipv6_is_read_and_so_is_ipv4_within_it() {
        let own = "   0: 00000000000000000000000001000000:A86D 00000000000000000000000001000000:D47F 01 00000000:00000000 00:00000000 00000000  1000        0 11 1";
        let peer = "   0: 00000000000000000000000001000000:D47F 00000000000000000000000001000000:A86D 01 00000000:00000000 00:00000000 00000000  1000        0 11 1";
        let six = Ends {
            own: "[::1]:43117".parse().unwrap(),
            peer: "[::1]:54399".parse().unwrap(),
        };
        assert!(judge(&six, &[own, peer]).is_ok());
        assert!(judge(&six, &[OWN, PEER]).is_err());
        let mapped = "   0: 0000000000000000FFFF00000100007F:D47F 0000000000000000FFFF00000100007F:A86D 01 00000000:00000000 00:00000000 00000000  1000        0 11 1";
        assert!(judge(&ends(), &[OWN, mapped]).is_ok());
    }

    /// 43117 is A86D, 43120 is A870.
    #[test]
    #[cfg(target_endian = "little")]
    fn who_else_listens_where_pages_look_is_told() {
        let line = |address: &str, state: &str, user: u32| {
            format!(
                "   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  {user}        0 11 1 0 10 0 0 10 0"
            )
        };
        let table = [
            HEADER.to_owned(),
            line("0100007F:A870", "0A", 1000),
            line("0100007F:A86D", "0A", 1001),
            line("00000000:A86E", "0A", 0),
            line("0100007F:A86F", "0A", 1000),
            // Elsewhere, or not listening.
            line("0A00007F:A86F", "0A", 1001),
            line("0100007F:A86F", "01", 1001),
        ]
        .join("\n");
        let six = line("00000000000000000000000001000000:A86F", "0A", 1001);
        let mut listeners = Listeners::default();
        listeners.read(table.as_bytes()).unwrap();
        listeners.read(six.as_bytes()).unwrap();
        let held = |own: &str| listeners.of_others(&[43117, 43118, 43119], own.parse().unwrap());
        assert_eq!(held("127.0.0.1:43120").unwrap(), [43117, 43118]);
        assert!(held("127.0.0.1:43121").is_err(), "who is this?");
        listeners.0.push(("[::]:43119".parse().unwrap(), 1001));
        let own = "127.0.0.1:43120".parse().unwrap();
        let held = listeners.of_others(&[43117, 43118, 43119], own);
        assert_eq!(held.unwrap(), [43117, 43118, 43119]);
    }
}
