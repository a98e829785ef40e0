//! The thread in which a card lives: it mounts the card's file and runs one
//! applet from each power on to the next power off or reset.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::mpsc::{Receiver, Sender},
};

use littlefs2::{fs::Filesystem, io, object_safe::DynFilesystem};

use crate::{
    applet::{Applet, Store, TrussedChannel},
    atr::ATR,
    error::CardError,
    image::Image,
    memory::Memory,
    transport::Transport,
};

/// Debug builds of the applet keep kilobytes of buffers per call.
pub(super) const STACK_SIZE: usize = 8 * 1024 * 1024;

/// What the card's holder asks; each with the way back. Not `Debug`: an APDU
/// may hold a PIN.
pub(super) enum Request {
    /// Power on, or reset: a new applet either way.
    Reset(Sender<Vec<u8>>),
    PowerOff(Sender<()>),
    Transmit(Vec<u8>, Sender<Result<Vec<u8>, CardError>>),
}

/// Why an applet ended.
enum Ended {
    /// Power off.
    Off(Sender<()>),
    /// Reset: who wants to know the answer to reset.
    Reset(Sender<Vec<u8>>),
    /// The holder dropped the card.
    Dropped,
}

/// Makes the empty file systems of a new card.
pub(super) fn format(image: &Image) -> Result<(), CardError> {
    Filesystem::format(&mut image.internal())
        .and_then(|()| Filesystem::format(&mut image.external()))
        .map_err(|error| damaged(image.path(), error))
}

/// Serves requests until the card is dropped.
pub(super) fn run(
    image: &Image,
    requests: &Receiver<Request>,
    ready: &Sender<Result<(), CardError>>,
) {
    loop {
        // The applet stops by panicking where a security key would restart.
        // What it had written stays, what it had in memory goes: a mount anew.
        let is_mounted = Cell::new(false);
        match catch_unwind(AssertUnwindSafe(|| {
            mounted(image, requests, ready, &is_mounted)
        })) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                // Nobody waits any more if the card was open already.
                let _ = ready.send(Err(damaged(image.path(), error)));
                return;
            }
            Err(_) if is_mounted.get() => {
                tracing::error!(card = %image.path().display(), "the applet panicked");
            }
            Err(_) => {
                let path = image.path().to_owned();
                let reason = "it could not be mounted".to_owned();
                let _ = ready.send(Err(CardError::Damaged { path, reason }));
                return;
            }
        }
    }
}

fn mounted(
    image: &Image,
    requests: &Receiver<Request>,
    ready: &Sender<Result<(), CardError>>,
    is_mounted: &Cell<bool>,
) -> io::Result<()> {
    Filesystem::mount_and_then(&mut image.internal(), |internal| {
        Filesystem::mount_and_then(&mut image.external(), |external| {
            is_mounted.set(true);
            let _ = ready.send(Ok(()));
            unpowered(image, internal, external, requests)
        })
    })
}

fn unpowered(
    image: &Image,
    internal: &dyn DynFilesystem,
    external: &dyn DynFilesystem,
    requests: &Receiver<Request>,
) -> io::Result<()> {
    while let Ok(request) = requests.recv() {
        match request {
            Request::Reset(answer) => {
                let mut ended = Ended::Reset(answer);
                while let Ended::Reset(answer) = ended {
                    ended = powered(image, internal, external, requests, &answer)?;
                }
                match ended {
                    Ended::Off(answer) => reply(&answer, ()),
                    Ended::Reset(_) => {}
                    Ended::Dropped => return Ok(()),
                }
            }
            Request::PowerOff(answer) => reply(&answer, ()),
            Request::Transmit(_, answer) => reply(&answer, Err(CardError::NotPowered)),
        }
    }
    Ok(())
}

fn powered(
    image: &Image,
    internal: &dyn DynFilesystem,
    external: &dyn DynFilesystem,
    requests: &Receiver<Request>,
    powered_on: &Sender<Vec<u8>>,
) -> io::Result<Ended> {
    let mut memory = Memory::new();
    Filesystem::format(&mut memory)?;
    Filesystem::mount_and_then(&mut memory, |volatile| {
        let channels = [TrussedChannel::new(), TrussedChannel::new()];
        let store = Store {
            internal,
            external,
            volatile,
        };
        let mut applet = Applet::new(store, &channels, image).ok_or(io::Error::INVALID)?;
        let mut transport = Transport::default();
        reply(powered_on, ATR.to_vec());
        while let Ok(request) = requests.recv() {
            match request {
                Request::Reset(answer) => return Ok(Ended::Reset(answer)),
                Request::PowerOff(answer) => return Ok(Ended::Off(answer)),
                Request::Transmit(apdu, answer) => {
                    let response = transport.exchange(&apdu, |command| applet.run(command));
                    reply(&answer, Ok(response));
                }
            }
        }
        Ok(Ended::Dropped)
    })
}

/// Who asked may have gone away; that is no fault of the card.
fn reply<T>(answer: &Sender<T>, value: T) {
    let _ = answer.send(value);
}

fn damaged(path: &Path, error: io::Error) -> CardError {
    CardError::Damaged {
        path: path.to_owned(),
        reason: format!("{error:?}"),
    }
}
