//! The card as its owner holds it: made, opened, powered, talked to. The
//! applet's runtime can't leave its thread, so each card has a thread of its
//! own that ends when the card is dropped.

use std::{
    path::Path,
    sync::mpsc::{self, Sender},
    thread::{self, JoinHandle},
};

use rand_core::{OsRng, RngCore as _};

use crate::{
    attestation::{AttestationKey, Maker},
    error::CardError,
    image::Image,
};

mod worker;

use worker::Request;

/// A software PIV card. Dropping it takes its power and frees its file.
#[derive(Debug)]
pub struct VirtualCard {
    requests: Option<Sender<Request>>,
    worker: Option<JoinHandle<()>>,
}

impl VirtualCard {
    /// Makes a new card in a new file, with keys that no other card has, and
    /// opens it.
    ///
    /// # Errors
    /// [`CardError::Exists`], or what the file system says. A file that could
    /// not be made into a card is removed again.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, CardError> {
        Self::make(path.as_ref(), None)
    }

    /// The same for a card that attests, under this maker, which keys it made.
    ///
    /// # Errors
    /// [`CardError::Maker`] besides.
    pub fn create_attesting(path: impl AsRef<Path>, maker: &Maker) -> Result<Self, CardError> {
        Self::make(path.as_ref(), Some(&maker.equip()?))
    }

    fn make(path: &Path, attestation: Option<&AttestationKey>) -> Result<Self, CardError> {
        let mut serial = [0; 4];
        OsRng.fill_bytes(&mut serial);
        let image = Image::create(path, serial)?;
        let equipped = attestation.map_or(Ok(()), |key| image.equip(key));
        let card = equipped
            .map_err(|source| CardError::Io {
                path: path.to_owned(),
                source,
            })
            .and_then(|()| worker::format(&image))
            .and_then(|()| Self::start(image.clone()));
        card.and_then(|card| card.initialize().and_then(|()| image.seal()).map(|()| card))
            .inspect_err(|_| {
                if let Err(error) = std::fs::remove_file(path) {
                    tracing::warn!(%error, "an unfinished card is left behind");
                }
            })
    }

    /// Opens a card that [`VirtualCard::create`] made. It has no power yet.
    ///
    /// # Errors
    /// [`CardError::InUse`] while another value or process has the card open;
    /// [`CardError::NotACard`], [`CardError::Damaged`], [`CardError::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CardError> {
        Self::start(Image::open(path.as_ref())?)
    }

    /// Gives the card power, or resets it if it has power, and returns its
    /// answer to reset.
    ///
    /// # Errors
    /// [`CardError::Damaged`], [`CardError::Mute`].
    pub fn power_on(&self) -> Result<Vec<u8>, CardError> {
        self.ask(Request::Reset)
    }

    /// Takes the power: a verified PIN is forgotten.
    ///
    /// # Errors
    /// [`CardError::Mute`].
    pub fn power_off(&self) -> Result<(), CardError> {
        self.ask(Request::PowerOff)
    }

    /// Resets the card and returns its answer to reset: a verified PIN is
    /// forgotten.
    ///
    /// # Errors
    /// [`CardError::Damaged`], [`CardError::Mute`].
    pub fn reset(&self) -> Result<Vec<u8>, CardError> {
        self.ask(Request::Reset)
    }

    /// Sends a raw command APDU with short or extended lengths and returns the
    /// raw response APDU, which ends with the status word.
    ///
    /// # Errors
    /// [`CardError::NotPowered`], [`CardError::Mute`]. A refusal by the card is
    /// a status word, not an error.
    pub fn transmit(&self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.ask(|answer| Request::Transmit(apdu.to_vec(), answer))?
    }

    fn start(image: Image) -> Result<Self, CardError> {
        let path = image.path().to_owned();
        let (requests, inbox) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        let worker = thread::Builder::new()
            .name("virtual-card".to_owned())
            .stack_size(worker::STACK_SIZE)
            .spawn(move || worker::run(&image, &inbox, &ready))
            .map_err(|source| CardError::Io { path, source })?;
        let card = Self {
            requests: Some(requests),
            worker: Some(worker),
        };
        is_ready.recv().map_err(|_| CardError::Mute)??;
        Ok(card)
    }

    /// The applet makes its state when it is first asked something.
    fn initialize(&self) -> Result<(), CardError> {
        const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0, 0, 3, 8];
        const PIN_STATUS: &[u8] = &[0x00, 0x20, 0x00, 0x80];
        self.power_on()?;
        self.transmit(SELECT)?;
        let status = self.transmit(PIN_STATUS)?;
        self.power_off()?;
        match status.as_slice() {
            [0x63, _] => Ok(()),
            _ => Err(CardError::Mute),
        }
    }

    fn ask<T>(&self, request: impl FnOnce(Sender<T>) -> Request) -> Result<T, CardError> {
        let (answer, answered) = mpsc::channel();
        let requests = self.requests.as_ref().ok_or(CardError::Mute)?;
        requests
            .send(request(answer))
            .map_err(|_| CardError::Mute)?;
        answered.recv().map_err(|_| CardError::Mute)
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        // Closing the channel ends the thread; the file is free when this
        // returns.
        self.requests = None;
        if let Some(worker) = self.worker.take()
            && worker.join().is_err()
        {
            tracing::error!("the card's thread panicked");
        }
    }
}
