//! One command of a session, from its first message to its end.

use std::{cell::Cell, pin::pin, rc::Rc, time::Duration};

use card_protocol::{
    CardError,
    ccid::{Outcome, Session, SessionError, Step},
};
use futures_util::future::{Either, select};

use super::{ReaderError, Reading, TRANSFER, UsbReader};
use crate::{cancel::CancelToken, port::PortError};

/// How long one answer of the card is waited for in all, of whatever key it makes: as the
/// bridge does.
const MUTE: Duration = Duration::from_secs(20);
/// Once somebody wants an end.
const AFTER_CANCEL: Duration = Duration::from_secs(2);
/// How long a reader may take to abort (CCID 1.1 §5.3.1), in all, before it is reset.
const ABORT: Duration = Duration::from_secs(3);
/// How long what the card has no part in may take, in all.
const SHORT: Duration = Duration::from_secs(10);
/// How often it is looked whether somebody wants an end.
const LISTEN: Duration = Duration::from_millis(100);

/// How long an answer is waited for.
pub(crate) struct Patience<'a> {
    stop: Option<&'a CancelToken>,
    /// By the clock that nobody sets.
    until: Duration,
    /// Whether that is the end of transfers to the device, too.
    is_for_all: bool,
    stopped: Cell<Option<Duration>>,
}

impl<'a> Patience<'a> {
    /// That of what nobody stops.
    pub(crate) fn alone(reader: &UsbReader) -> Self {
        Self::during(reader, MUTE)
    }

    /// The same for what the card has no part in.
    pub(crate) fn short(reader: &UsbReader) -> Self {
        Self::during(reader, SHORT)
    }

    fn during(reader: &UsbReader, time: Duration) -> Self {
        Self {
            stop: None,
            until: reader.clock.now().steady + time,
            is_for_all: true,
            stopped: Cell::new(None),
        }
    }

    /// That of an operation, for one answer, and not beyond `all` if that is said.
    pub(crate) fn of(reader: &UsbReader, stop: &'a CancelToken, all: Option<Duration>) -> Self {
        let until = Self::alone(reader).until;
        Self {
            stop: Some(stop),
            until: all.map_or(until, |all| all.min(until)),
            is_for_all: false,
            stopped: Cell::new(None),
        }
    }

    /// How long a transfer to the device may take now.
    fn transfer(&self, now: Duration) -> Duration {
        if self.is_for_all {
            TRANSFER.min(self.until.saturating_sub(now))
        } else {
            TRANSFER
        }
    }

    /// When a look at a card that begins now has to have all its answers.
    pub(crate) fn look(now: Duration) -> Duration {
        now + MUTE
    }

    /// What is said when nobody waits any more.
    fn is_over(&self, now: Duration) -> Option<CardError> {
        if let Some(stop) = self.stop
            && stop.is_stopping()
        {
            let since = self.stopped.get().unwrap_or(now);
            self.stopped.set(Some(since));
            if now.saturating_sub(since) >= AFTER_CANCEL {
                return Some(stop.given_up());
            }
        }
        (now >= self.until).then_some(CardError::CardMute)
    }
}

/// What became of a transfer.
enum Read {
    Bytes(Vec<u8>),
    /// It goes on, and nobody waits for it.
    Late(CardError),
}

/// What became of a command.
enum Ended {
    Done(Outcome),
    /// Nobody waits for its end any more.
    GivenUp(CardError),
}

impl UsbReader {
    /// Begins a command and drives it to its end.
    pub(super) async fn run(
        &self,
        begin: impl FnOnce(&mut Session) -> Result<(), SessionError>,
        patience: &Patience<'_>,
    ) -> Result<Outcome, ReaderError> {
        self.is_at_hand()?;
        {
            let mut state = self.state.borrow_mut();
            let is_quiet = matches!(state.session.step(), Step::Idle | Step::Done(_));
            if state.is_lost || !is_quiet {
                // Whoever drove it before went away.
                state.is_lost = true;
                return Err(ReaderError::Lost);
            }
            begin(&mut state.session)?;
        }
        let outcome = self.drive(patience).await;
        let is_lost = match &outcome {
            Ok(_) | Err(ReaderError::GivenUp(_)) => false,
            Err(ReaderError::Session(error)) => error.is_fatal(),
            Err(ReaderError::Port(_) | ReaderError::Lost) => true,
        };
        if is_lost {
            self.lose();
        }
        match outcome {
            Err(ReaderError::Port(error)) if self.was_pulled(error).await => {
                Err(PortError::Gone.into())
            }
            outcome => outcome,
        }
    }

    async fn drive(&self, patience: &Patience<'_>) -> Result<Outcome, ReaderError> {
        let error = match self.go_on(patience).await? {
            Ended::Done(outcome) => return Ok(outcome),
            Ended::GivenUp(error) => error,
        };
        tracing::warn!(%error, "the card does not answer");
        {
            let mut state = self.state.borrow_mut();
            state.was_given_up = true;
            state.session.abort();
        }
        // All that is left to be said has one end, whatever the reader says meanwhile.
        match self.go_on(&Patience::during(self, ABORT)).await {
            // Aborted, or answered after all: too late to be believed.
            Ok(Ended::Done(_)) => {}
            Err(ReaderError::Port(PortError::Gone)) => return Err(PortError::Gone.into()),
            Ok(Ended::GivenUp(_)) | Err(_) => self.lose(),
        }
        Err(ReaderError::GivenUp(error))
    }

    /// Does what the session says until it is over, or nobody waits any more.
    async fn go_on(&self, patience: &Patience<'_>) -> Result<Ended, ReaderError> {
        loop {
            let step = self.state.borrow().session.step();
            let time = patience.transfer(self.clock.now().steady);
            match step {
                Step::Send(message) => {
                    let endpoint = self.interface.bulk_out.number;
                    let transfer = self.port.transfer_out(endpoint, &message);
                    self.within(time, transfer).await?;
                    self.state.borrow_mut().session.sent();
                }
                Step::Control(request) => {
                    let transfer = self.port.control_out(request);
                    // Also when the reader refuses it.
                    if self.within(time, transfer).await == Err(PortError::Gone) {
                        return Err(PortError::Gone.into());
                    }
                    self.state.borrow_mut().session.sent();
                }
                Step::Receive { length, wait } => match self.read(length, wait, patience).await? {
                    Read::Bytes(bytes) => self.state.borrow_mut().session.receive(&bytes)?,
                    Read::Late(error) => return Ok(Ended::GivenUp(error)),
                },
                Step::Done(outcome) => return Ok(Ended::Done(outcome)),
                Step::Idle => return Err(ReaderError::Lost),
            }
        }
    }

    /// Reads one transfer, for so long; the one that came late before, if there is one.
    async fn read(
        &self,
        length: usize,
        wait: Duration,
        patience: &Patience<'_>,
    ) -> Result<Read, ReaderError> {
        let late = self.state.borrow_mut().late.take();
        let mut reading = late.unwrap_or_else(|| self.begin_reading(length));
        let begun = self.clock.now().steady;
        loop {
            let now = self.clock.now().steady;
            let left = wait.saturating_sub(now.saturating_sub(begun));
            let over = patience
                .is_over(now)
                .or_else(|| left.is_zero().then_some(CardError::CardMute));
            if let Some(error) = over {
                self.state.borrow_mut().late = Some(reading);
                return Ok(Read::Late(error));
            }
            let time = self.clock.sleep(left.min(LISTEN));
            if let Either::Left((bytes, _)) = select(&mut reading, pin!(time)).await {
                return Ok(Read::Bytes(bytes?));
            }
        }
    }

    fn begin_reading(&self, length: usize) -> Reading {
        let port = Rc::clone(&self.port);
        let endpoint = self.interface.bulk_in.number;
        Box::pin(async move { port.transfer_in(endpoint, length).await })
    }
}
