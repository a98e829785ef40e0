//! A card's place in a reader: the connection to vpcd, taken once more when
//! the reader does not power the card.
//!
//! That happens when one card follows another more quickly than any hand could
//! do it: pcscd looks a few times a second whether a card is there, and takes
//! the new one for the old one, which it may have put to sleep. And vpcd closes
//! a pulled card's connection outside of its lock: the new one can get the
//! number of the one just closed, and a thread that waits for the old card's
//! answer waits on the new card for ever. Leaving the reader for a moment ends
//! both, as a person does who pulls a card that is not seen and inserts it again.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::VpcdError;

/// A reader that sees a new card powers it at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longer than pcscd takes to see that a card is gone (400 ms).
const PAUSE: Duration = Duration::from_secs(1);
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
    since: Instant,
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
            since: Instant::now(),
            puller: Puller(Arc::new(Mutex::new(place))),
        })
    }

    /// Whether the reader had time enough to power the card.
    pub(super) fn is_ignored(&self) -> bool {
        self.since.elapsed() >= PATIENCE
    }

    /// Leaves the reader and takes it again, unless the card was pulled.
    #[expect(
        clippy::disallowed_methods,
        reason = "pcscd tells a card nothing of what it sees: there is no event to wait for"
    )]
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        tracing::debug!(reader = %self.reader, "not powered; inserted once more");
        // The only error is "not connected".
        let _ = self.stream.shutdown(Shutdown::Both);
        thread::sleep(PAUSE);
        let stream = connect(self.reader)?;
        let mut place = self.puller.place();
        if place.was_pulled {
            return Ok(());
        }
        place.stream = stream.try_clone()?;
        drop(place);
        self.stream = stream;
        self.since = Instant::now();
        Ok(())
    }

    /// From now on the card waits for the reader as long as it takes.
    pub(super) fn keep(&self) -> io::Result<()> {
        self.stream.set_read_timeout(None)
    }

    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// What an error of the connection means: none once the card was pulled, for the
    /// reader may have been in the middle of something (it resets the connection then).
    pub(super) fn ended_by(&self, error: io::Error) -> Result<(), VpcdError> {
        if self.puller.place().was_pulled {
            tracing::debug!(%error, "pulled amid something");
            return Ok(());
        }
        Err(error.into())
    }

    pub(super) fn puller(&self) -> Puller {
        self.puller.clone()
    }
}

/// Whether the reader asked for nothing in [`PATIENCE`].
pub(super) fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn connect(reader: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&reader, CONNECT)?;
    // Half a message must not wait for the other side's acknowledgement.
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}
