//! A card's place in a reader: the connection to vpcd, taken once more when
//! the reader does not ask the card for anything.
//!
//! vpcd closes the connection of a card that was pulled outside of its lock.
//! When the card is pulled while pcscd's two threads both talk to it, the next
//! card's connection can get the number of the one just closed, and the thread
//! that still waits for an answer of the old card then waits on the new one,
//! with the lock in hand, for ever. Leaving ends that wait, as a person ends it
//! who pulls a card that is not seen and inserts it again.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A reader that is free asks its card several times a second.
const UNASKED: Duration = Duration::from_secs(3);
/// A reader whose queue is full lets nobody in.
const CONNECT: Duration = Duration::from_secs(30);

/// Pulls a card from another thread than the one that waits for its end.
#[derive(Clone, Debug)]
pub struct Puller(Arc<Mutex<Place>>);

#[derive(Debug)]
struct Place {
    stream: TcpStream,
    was_pulled: bool,
}

impl Puller {
    /// Pulls the card. Does nothing if it is out already.
    pub fn pull(&self) {
        let mut place = self.place();
        place.was_pulled = true;
        // The only error is "not connected", and then it is out.
        let _ = place.stream.shutdown(Shutdown::Both);
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        // Both fields are whole at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place, as the thread that serves the reader has it.
#[derive(Debug)]
pub(super) struct Seat {
    reader: SocketAddr,
    stream: TcpStream,
    puller: Puller,
}

impl Seat {
    pub(super) fn take(reader: SocketAddr) -> io::Result<Self> {
        let stream = connect(reader)?;
        let place = Place {
            stream: stream.try_clone()?,
            was_pulled: false,
        };
        Ok(Self {
            reader,
            stream,
            puller: Puller(Arc::new(Mutex::new(place))),
        })
    }

    /// Leaves the reader and takes it again, unless the card was pulled.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        tracing::debug!(reader = %self.reader, "the reader asks for nothing; inserted once more");
        // The only error is "not connected".
        let _ = self.stream.shutdown(Shutdown::Both);
        let stream = connect(self.reader)?;
        let mut place = self.puller.place();
        if place.was_pulled {
            return Ok(());
        }
        place.stream = stream.try_clone()?;
        drop(place);
        self.stream = stream;
        Ok(())
    }

    /// From now on the card waits for the reader as long as it takes.
    pub(super) fn keep(&self) -> io::Result<()> {
        self.stream.set_read_timeout(None)
    }

    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    pub(super) fn puller(&self) -> Puller {
        self.puller.clone()
    }
}

/// Whether the reader asked for nothing in [`UNASKED`].
pub(super) fn is_unasked(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn connect(reader: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&reader, CONNECT)?;
    // Half a message must not wait for the other side's acknowledgement.
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(UNASKED))?;
    Ok(stream)
}
