//! The other end of the line, where the device is to be seen: as root, on Linux with the
//! module `vhci-hcd`.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream, ToSocketAddrs},
    thread,
    time::Duration,
};

use super::{
    LOOK, LineError,
    wire::{self, DEVICE_ID, FULL_SPEED, IMPORTED_LENGTH},
};

const VHCI: &str = "/sys/devices/platform/vhci_hcd.0";

/// Until somebody who is not there is asked again.
const PAUSE: Duration = Duration::from_millis(300);

/// Of `enum usbip_device_status`: a port of `vhci-hcd` that nobody uses.
const FREE: &str = "004";

/// Asks for the key again and again, and shows it to this machine's kernel.
///
/// # Errors
/// [`LineError::NoPort`], when this machine can show none.
pub fn attach(server: impl ToSocketAddrs) -> Result<(), LineError> {
    loop {
        match import(&server) {
            Ok(stream) => {
                let port = hand_over(&stream)?;
                // The kernel has its own hold of it.
                drop(stream);
                while !is_free(&port)? {
                    thread::park_timeout(LOOK);
                }
            }
            Err(error) => {
                tracing::debug!(%error, "no key");
                thread::park_timeout(PAUSE);
            }
        }
    }
}

/// The same where keys come to us: on this port of any interface.
///
/// # Errors
/// When the port can't be had, or [`LineError::NoPort`].
pub fn attach_incoming(port: u16) -> Result<(), LineError> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    for stream in listener.incoming() {
        match stream.map_err(LineError::from).and_then(ask) {
            Ok(stream) => drop(hand_over(&stream)?),
            Err(error) => tracing::debug!(%error, "no key"),
        }
    }
    Ok(())
}

fn import(server: &impl ToSocketAddrs) -> Result<TcpStream, LineError> {
    ask(TcpStream::connect(server)?)
}

fn ask(mut stream: TcpStream) -> Result<TcpStream, LineError> {
    stream.set_nodelay(true)?;
    stream.write_all(&wire::request_import())?;
    let mut answer = [0; IMPORTED_LENGTH];
    stream.read_exact(&mut answer)?;
    wire::is_imported(&answer)?;
    Ok(stream)
}

/// Gives the connection to the kernel. Gives the number of its port.
fn hand_over(stream: &TcpStream) -> Result<String, LineError> {
    // Another may take a port between looking and writing.
    for port in free_ports()? {
        let line = format!("{port} {} {DEVICE_ID} {FULL_SPEED}", descriptor(stream));
        match fs::write(format!("{VHCI}/attach"), line) {
            Ok(()) => return Ok(port),
            Err(error) => tracing::debug!(%error, port, "not this port"),
        }
    }
    Err(LineError::NoPort)
}

#[cfg(unix)]
fn descriptor(stream: &TcpStream) -> i32 {
    use std::os::fd::AsRawFd as _;
    stream.as_raw_fd()
}

#[cfg(not(unix))]
fn descriptor(_: &TcpStream) -> i32 {
    -1
}

/// The lines of `status`: hub, port, state, speed, device, socket, bus id.
fn ports() -> io::Result<Vec<(String, String)>> {
    let status = fs::read_to_string(format!("{VHCI}/status"))?;
    let port = |line: &str| {
        let mut words = line.split_whitespace();
        // A device of full speed goes to the hub for all but USB 3.
        (words.next() == Some("hs")).then_some(())?;
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    Ok(status.lines().filter_map(port).collect())
}

fn free_ports() -> io::Result<Vec<String>> {
    let free = ports()?
        .into_iter()
        .filter(|(_, state)| is_free_state(state));
    // "0000" is how they are listed, "0" how they are written.
    Ok(free
        .map(|(port, _)| {
            let number = port.trim_start_matches('0');
            if number.is_empty() {
                "0".to_owned()
            } else {
                number.to_owned()
            }
        })
        .collect())
}

fn is_free(port: &str) -> io::Result<bool> {
    Ok(free_ports()?.iter().any(|free| free == port))
}

fn is_free_state(state: &str) -> bool {
    state == FREE
}
