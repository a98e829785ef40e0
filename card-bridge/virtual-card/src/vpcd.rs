//! Puts a card into a virtual reader of `pcscd`: vpcd (from vsmartcard, package
//! `vsmartcard-vpcd`) listens on one TCP port per reader. Connecting inserts
//! the card, closing the connection pulls it.
//!
//! The protocol is a length of two bytes, big endian, and a message. A message
//! of one byte controls the card, any longer one is an APDU
//! (<https://frankmorgner.github.io/vsmartcard/virtualsmartcard/api.html>).

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub use self::seat::Puller;
use self::seat::Seat;

use crate::{VirtualCard, atr::ATR, error::CardError};

mod seat;

/// The ports of Debian's vpcd: reader 0 ("Virtual PCD 00 00") and reader 1
/// ("Virtual PCD 00 01").
pub const PORTS: [u16; 2] = [35963, 35964];

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const GET_ATR: u8 = 4;

/// Why a card is not, or no longer, in a reader.
#[derive(Debug, thiserror::Error)]
pub enum VpcdError {
    /// vpcd is not there: pcscd does not run, or runs without vpcd.
    #[error("no virtual reader: {0}")]
    NoReader(#[source] io::Error),
    /// The reader did not power the card in time. Most often another card is
    /// in it already, and this one waits behind it.
    #[error("the reader did not take the card within {} s", .0.as_secs())]
    NotTaken(Duration),
    /// The connection broke in the middle of a message.
    #[error("connection to the virtual reader: {0}")]
    Connection(#[from] io::Error),
    /// The reader's side sent what is not in the protocol.
    #[error("vpcd sent an unknown message of {length} bytes, first byte {first:?}")]
    Protocol {
        /// Length of the message.
        length: usize,
        /// Its first byte, if it has one.
        first: Option<u8>,
    },
    /// The thread that serves the reader is gone.
    #[error("the card's connection to the reader was lost")]
    Lost,
}

/// A card in a reader. Dropping it pulls the card.
#[derive(Debug)]
pub struct Inserted {
    puller: Puller,
    powered: Receiver<()>,
    server: Option<JoinHandle<Served>>,
}

type Served = (VirtualCard, Result<(), VpcdError>);

/// Sees a command, its answer, and how long the card took.
type Watch<'a> = dyn FnMut(&[u8], &[u8], Duration) + 'a;

/// Inserts `card` into the reader that listens on `reader`, for instance
/// `("127.0.0.1", vpcd::PORTS[0])`. The card is served from a thread of its own.
///
/// # Errors
/// [`VpcdError::NoReader`].
pub fn insert(card: VirtualCard, reader: impl ToSocketAddrs) -> Result<Inserted, VpcdError> {
    insert_watched(card, reader, |_command, _answer, _took| {})
}

/// The same, with somebody who is shown every command APDU, its answer and how
/// long the card took for it, before the reader gets the answer. Whatever time
/// that takes, the card seems to take.
///
/// # Errors
/// [`VpcdError::NoReader`].
pub fn insert_watched(
    card: VirtualCard,
    reader: impl ToSocketAddrs,
    mut watch: impl FnMut(&[u8], &[u8], Duration) + Send + 'static,
) -> Result<Inserted, VpcdError> {
    let address = reader
        .to_socket_addrs()
        .map_err(VpcdError::NoReader)?
        .next()
        .ok_or_else(|| VpcdError::NoReader(io::ErrorKind::AddrNotAvailable.into()))?;
    let mut seat = Seat::take(address).map_err(VpcdError::NoReader)?;
    let puller = seat.puller();
    let (tell, powered) = mpsc::channel();
    let server = thread::Builder::new()
        .name("vpcd".to_owned())
        .spawn(move || {
            let result = serve(&card, &mut seat, &tell, &mut watch);
            (card, result)
        })?;
    Ok(Inserted {
        puller,
        powered,
        server: Some(server),
    })
}

impl Inserted {
    /// Waits until the reader has powered the card, which means that PC/SC
    /// programs see it from now on.
    ///
    /// # Errors
    /// [`VpcdError::NotTaken`] after `timeout`, [`VpcdError::Lost`].
    pub fn wait_until_powered(&self, timeout: Duration) -> Result<(), VpcdError> {
        self.powered
            .recv_timeout(timeout)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => VpcdError::NotTaken(timeout),
                RecvTimeoutError::Disconnected => VpcdError::Lost,
            })
    }

    /// Something that pulls this card from another thread.
    #[must_use]
    pub fn puller(&self) -> Puller {
        self.puller.clone()
    }

    /// Pulls the card and gives it back, without power.
    ///
    /// # Errors
    /// What went wrong while it was in the reader, if anything did.
    pub fn pull(self) -> Result<VirtualCard, VpcdError> {
        self.puller.pull();
        self.wait()
    }

    /// Waits until the card is out, by a [`Puller`] or because the reader is
    /// gone, and gives it back, without power.
    ///
    /// # Errors
    /// What went wrong while it was in the reader, if anything did.
    pub fn wait(mut self) -> Result<VirtualCard, VpcdError> {
        let server = self.server.take().ok_or(VpcdError::Lost)?;
        let (card, result) = server.join().map_err(|_| VpcdError::Lost)?;
        result.map(|()| card)
    }
}

impl Drop for Inserted {
    fn drop(&mut self) {
        self.puller.pull();
        if let Some(server) = self.server.take() {
            // The card's file is free when this returns.
            let _ = server.join();
        }
    }
}

fn serve(
    card: &VirtualCard,
    seat: &mut Seat,
    powered: &Sender<()>,
    watch: &mut Watch<'_>,
) -> Result<(), VpcdError> {
    // pcscd asks for the answer to reset once the power is on, and with it in
    // hand shows the card to programs.
    let mut has_power = false;
    let result = loop {
        if !has_power
            && seat.is_ignored()
            && let Err(error) = seat.take_again()
        {
            break Err(VpcdError::NoReader(error));
        }
        let message = match receive(seat.stream()) {
            Ok(Some(message)) => message,
            Err(error) if !has_power && seat::is_silence(&error) => continue,
            Ok(None) => break Ok(()),
            Err(error) => break seat.ended_by(error),
        };
        match handle(card, &message, watch) {
            Ok(None) => {}
            Ok(Some(answer)) => {
                if let Err(error) = send(seat.stream(), &answer) {
                    break seat.ended_by(error);
                }
            }
            Err(error) => break Err(error),
        }
        match message.as_slice() {
            [POWER_ON] => {
                has_power = true;
                if let Err(error) = seat.keep() {
                    break Err(error.into());
                }
            }
            [GET_ATR] if has_power => {
                // Nobody may be waiting for it.
                let _ = powered.send(());
            }
            _ => {}
        }
    };
    // Out of the reader, a card has no power.
    if let Err(error) = card.power_off() {
        tracing::warn!(%error, "the card was mute when it was pulled");
    }
    result
}

fn handle(
    card: &VirtualCard,
    message: &[u8],
    watch: &mut Watch<'_>,
) -> Result<Option<Vec<u8>>, VpcdError> {
    match message {
        [POWER_OFF] => log_mute(card.power_off()),
        [POWER_ON] => log_mute(card.power_on()),
        [RESET] => log_mute(card.reset()),
        [GET_ATR] => return Ok(Some(ATR.to_vec())),
        [] | [_] => {
            return Err(VpcdError::Protocol {
                length: message.len(),
                first: message.first().copied(),
            });
        }
        apdu => {
            let asked = Instant::now();
            let answer = card.transmit(apdu).unwrap_or_else(|error| {
                tracing::error!(%error, "no answer to an APDU");
                // ISO/IEC 7816-4: no precise diagnosis.
                vec![0x6F, 0x00]
            });
            watch(apdu, &answer, asked.elapsed());
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

/// The protocol has no answer to a power command; a mute card shows at the
/// next APDU.
fn log_mute<T>(result: Result<T, CardError>) {
    if let Err(error) = result {
        tracing::error!(%error, "no answer to a power command");
    }
}

/// A message, or `None` at the end of the connection between two messages.
fn receive(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 2];
    if stream.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[1..])?;
    acknowledge(stream)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(Some(message))
}

/// vpcd writes the length and the message apart, and Nagle's algorithm holds
/// the message until the length is acknowledged, which Linux puts off for 40 ms
/// unless it is told not to, each time.
#[cfg(target_os = "linux")]
fn acknowledge(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_quickack(true)
}

#[cfg(not(target_os = "linux"))]
fn acknowledge(_: &TcpStream) -> io::Result<()> {
    Ok(())
}

fn send(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat())
}
