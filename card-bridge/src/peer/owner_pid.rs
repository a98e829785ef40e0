//! Windows and macOS: the system tells the process at the other end
//! (`GetExtendedTcpTable`, `proc_pidfdinfo`), and whose that process is (its
//! token, its `proc_bsdinfo`). A process whose owner it does not tell is
//! somebody else's.

use std::{io, net::SocketAddr};

use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, TcpState};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, Uid, UpdateKind};

use super::{Ends, PeerError, takes_loopback};

pub(super) fn check(ends: &Ends) -> Result<(), PeerError> {
    let pids = processes(ends)?;
    if pids.is_empty() {
        return Err(PeerError::Unknown);
    }
    // A socket may be held by several processes (a parent and its child).
    if are_own(&pids)? {
        Ok(())
    } else {
        Err(PeerError::OtherUser)
    }
}

/// Whether all of these processes are this user's.
fn are_own(pids: &[Pid]) -> Result<bool, PeerError> {
    let own = Pid::from_u32(std::process::id());
    let mut asked = pids.to_vec();
    asked.push(own);
    let mut system =
        System::new().map_err(|error| PeerError::Unreadable(io::Error::other(error)))?;
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&asked),
        true,
        ProcessRefreshKind::nothing().with_user(UpdateKind::Always),
    );
    let owner = |pid: Pid| -> Option<Uid> { system.process(pid)?.user_id().cloned() };
    let own = owner(own).ok_or(PeerError::Unknown)?;
    Ok(pids.iter().all(|pid| owner(*pid).as_ref() == Some(&own)))
}

pub(super) fn held_by_others(ports: &[u16], _own: SocketAddr) -> io::Result<Vec<u16>> {
    let families = AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6;
    let sockets =
        netstat2::get_sockets_info(families, ProtocolFlags::TCP).map_err(io::Error::other)?;
    let mut held = Vec::new();
    for port in ports {
        let listens = |socket: &&netstat2::SocketInfo| match &socket.protocol_socket_info {
            ProtocolSocketInfo::Tcp(tcp) => {
                tcp.state == TcpState::Listen
                    && tcp.local_port == *port
                    && takes_loopback(tcp.local_addr.to_canonical())
            }
            ProtocolSocketInfo::Udp(_) => false,
        };
        let pids = sockets.iter().filter(listens);
        let pids = pids.flat_map(|socket| socket.associated_pids.iter().copied());
        let pids: Vec<_> = pids.map(Pid::from_u32).collect();
        // What the system does not tell the owner of is somebody else's.
        if !pids.is_empty() && !are_own(&pids).map_err(io::Error::other)? {
            held.push(*port);
        }
    }
    Ok(held)
}

/// The processes that hold the other end. What is of both families is in the second table.
fn processes(ends: &Ends) -> Result<Vec<Pid>, PeerError> {
    if ends.peer.is_ipv4() {
        // A table costs what all connections of the machine do.
        let pids = processes_of(AddressFamilyFlags::IPV4, ends)?;
        if !pids.is_empty() {
            return Ok(pids);
        }
    }
    processes_of(AddressFamilyFlags::IPV6, ends)
}

fn processes_of(families: AddressFamilyFlags, ends: &Ends) -> Result<Vec<Pid>, PeerError> {
    let sockets = netstat2::get_sockets_info(families, ProtocolFlags::TCP)
        .map_err(|error| PeerError::Unreadable(io::Error::other(error)))?;
    let is_other_end = |socket: &ProtocolSocketInfo| match socket {
        ProtocolSocketInfo::Tcp(tcp) => {
            tcp.state == TcpState::Established
                && tcp.local_port == ends.peer.port()
                && tcp.remote_port == ends.own.port()
                && tcp.local_addr.to_canonical() == ends.peer.ip()
                && tcp.remote_addr.to_canonical() == ends.own.ip()
        }
        ProtocolSocketInfo::Udp(_) => false,
    };
    Ok(sockets
        .into_iter()
        .filter(|socket| is_other_end(&socket.protocol_socket_info))
        .flat_map(|socket| socket.associated_pids)
        .map(Pid::from_u32)
        .collect())
}
