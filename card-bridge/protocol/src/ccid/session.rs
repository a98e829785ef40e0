//! One slot of a reader, from its first question on: what to send, what to wait for, and
//! what comes of it (CCID 1.1 §3). The caller moves bytes and keeps the time.

use core::time::Duration;

mod activate;
mod answers;
mod notified;
mod step;

pub use step::{Outcome, Presence, ReaderLimits, Step, Watch};

use super::{
    ExchangeLevel, ReaderInterface, SessionError, UnsupportedReader, Voltage,
    assembly::Assembly,
    channel::{Channel, ChannelStep},
    message::{self, Request, Transfer},
    pps::Pps,
    t1::{Link, T1Error},
    transfer::{self, ExtendedTransfer},
};
use crate::atr::{self, Atr, Protocol};

/// A card with power.
#[derive(Debug)]
struct Card {
    atr: Vec<u8>,
    protocol: Option<Protocol>,
    link: Option<Link>,
    /// The block waiting time.
    block_wait: Duration,
}

/// What is running.
#[derive(Debug)]
enum Task {
    Idle,
    /// With this voltage, and then the ones after it.
    PowerOn(Option<Voltage>),
    Asking(Vec<u8>, Atr),
    Negotiating(Vec<u8>, Atr, Pps),
    Setting(Vec<u8>, Atr, Protocol),
    /// The link negotiates IFSD, with a card that is not there for others yet.
    Ifsd(Box<Card>),
    Extended(ExtendedTransfer),
    /// One message each way.
    Single,
    Blocks,
    PowerOff,
    Status,
    Parameters,
    ClockAndRate,
    Aborting,
    Done(Outcome),
}

/// The session.
#[derive(Debug)]
pub struct Session {
    reader: ReaderInterface,
    level: ExchangeLevel,
    slot: u8,
    limits: ReaderLimits,
    rates: Vec<u32>,
    channel: Channel,
    card: Option<Card>,
    task: Task,
    /// The last block was not answered at all.
    was_mute: bool,
    is_out_of_step: bool,
}

impl Session {
    /// For a slot of a reader, with nothing sent.
    ///
    /// # Errors
    /// [`UnsupportedReader`].
    pub fn new(
        reader: ReaderInterface,
        slot: u8,
        limits: ReaderLimits,
    ) -> Result<Self, UnsupportedReader> {
        let functional = &reader.functional;
        let level = functional.features.level()?;
        if slot > functional.last_slot {
            return Err(UnsupportedReader::Slot(slot));
        }
        if ![Protocol::T0, Protocol::T1]
            .iter()
            .any(|protocol| functional.carries(*protocol))
        {
            return Err(UnsupportedReader::Protocols);
        }
        let most = functional.maximum_data() + message::HEADER;
        let assembly = Assembly::new(most, reader.bulk_in.packet);
        Ok(Self {
            reader,
            level,
            slot,
            limits,
            rates: Vec::new(),
            channel: Channel::new(reader.number, slot, assembly, limits),
            card: None,
            task: Task::Idle,
            was_mute: false,
            is_out_of_step: false,
        })
    }

    /// For a reader with a list of data rates (bNumDataRatesSupported): without it, the
    /// card stays at the default rate.
    #[must_use]
    pub fn with_data_rates(mut self, rates: Vec<u32>) -> Self {
        self.rates = rates;
        self
    }

    /// For a reader that a session before has spoken with ([`Self::next_sequence`]): an
    /// answer that it owes that one is not taken for this one's.
    #[must_use]
    pub fn with_sequence(mut self, next: u8) -> Self {
        self.channel.count_from(next);
        self
    }

    /// The number (bSeq) of the next command.
    #[must_use]
    pub const fn next_sequence(&self) -> u8 {
        self.channel.next_sequence()
    }

    /// The level of exchange.
    #[must_use]
    pub const fn level(&self) -> ExchangeLevel {
        self.level
    }

    /// The answer to reset of the card that has power.
    #[must_use]
    pub fn atr(&self) -> Option<&[u8]> {
        self.card.as_ref().map(|card| card.atr.as_slice())
    }

    /// The protocol with the card, where it is known: at the levels of APDUs it may be
    /// the reader's own affair.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        self.card.as_ref().and_then(|card| card.protocol)
    }

    /// Whether commands have to be made for T=0: by
    /// [`Exchange::over_t0`](crate::Exchange::over_t0).
    #[must_use]
    pub fn is_over_t0(&self) -> bool {
        self.level == ExchangeLevel::Tpdu && self.protocol() == Some(Protocol::T0)
    }

    /// Whether extended lengths reach the card, and the card says that it takes them:
    /// for [`Exchange::over_extended`](crate::Exchange::over_extended).
    #[must_use]
    pub fn carries_extended(&self) -> bool {
        let reaches = match self.level {
            ExchangeLevel::ExtendedApdu => true,
            ExchangeLevel::ShortApdu => false,
            ExchangeLevel::Tpdu => self.protocol() == Some(Protocol::T1),
        };
        reaches && self.atr().is_some_and(atr::carries_extended)
    }

    /// How to learn that a card comes or goes. The clock is the caller's.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.reader
            .interrupt
            .map_or(Watch::Poll(Duration::from_millis(500)), Watch::Interrupt)
    }

    /// Whether the reader can be spoken to no more: it is reset, and a new session
    /// begun.
    #[must_use]
    pub const fn is_out_of_step(&self) -> bool {
        self.is_out_of_step
    }

    /// Begins to power and reset the card, and to agree with it on a protocol.
    ///
    /// # Errors
    /// [`SessionError::Running`] or [`SessionError::OutOfStep`].
    pub fn power_on(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        self.card = None;
        let functional = &self.reader.functional;
        let voltage = if functional.features.chooses_voltage() {
            None
        } else {
            Voltage::ALL
                .into_iter()
                .find(|one| functional.supports_voltage(*one))
        };
        self.power(voltage);
        Ok(())
    }

    /// Begins to take the card's power away.
    ///
    /// # Errors
    /// [`SessionError::Running`] or [`SessionError::OutOfStep`].
    pub fn power_off(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        self.card = None;
        self.ask(&Request::IccPowerOff, Task::PowerOff);
        Ok(())
    }

    /// Begins to ask what is in the slot.
    ///
    /// # Errors
    /// [`SessionError::Running`] or [`SessionError::OutOfStep`].
    pub fn get_status(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        self.ask(&Request::GetSlotStatus, Task::Status);
        Ok(())
    }

    /// Begins to ask what reader and card are set to.
    ///
    /// # Errors
    /// [`SessionError::Running`] or [`SessionError::OutOfStep`].
    pub fn get_parameters(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        self.ask(&Request::GetParameters, Task::Parameters);
        Ok(())
    }

    /// Begins to set the reader's parameters to its defaults.
    ///
    /// # Errors
    /// [`SessionError::Running`] or [`SessionError::OutOfStep`].
    pub fn reset_parameters(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        self.ask(&Request::ResetParameters, Task::Parameters);
        Ok(())
    }

    /// Begins to set clock (kHz) and data rate (bit/s), for readers that do not do it
    /// by the parameters.
    ///
    /// # Errors
    /// [`SessionError::Running`] or [`SessionError::OutOfStep`].
    pub fn set_clock_and_rate(&mut self, clock: u32, rate: u32) -> Result<(), SessionError> {
        self.begin()?;
        let request = Request::SetDataRateAndClockFrequency(clock, rate);
        self.ask(&request, Task::ClockAndRate);
        Ok(())
    }

    /// Begins to send an APDU to the card.
    ///
    /// # Errors
    /// [`SessionError::Running`], [`SessionError::OutOfStep`],
    /// [`SessionError::NotActivated`], [`SessionError::NotCarried`] or
    /// [`SessionError::T1`].
    pub fn transmit(&mut self, apdu: &[u8]) -> Result<(), SessionError> {
        self.begin()?;
        let most = self.reader.functional.maximum_data();
        let card = self.card.as_ref().ok_or(SessionError::NotActivated)?;
        let request = |data| {
            Request::XfrBlock(Transfer {
                waiting: 0,
                level: 0,
                data,
            })
        };
        match self.level {
            ExchangeLevel::ExtendedApdu => {
                let limits = self.limits.exchange;
                let extended = ExtendedTransfer::new(transfer::any(apdu)?, most, limits);
                let request = Request::XfrBlock(extended.request());
                self.channel.begin(&request, Duration::ZERO);
                self.task = Task::Extended(extended);
            }
            ExchangeLevel::ShortApdu => {
                let data = fits(transfer::short(apdu)?, most)?;
                self.channel.begin(&request(data), Duration::ZERO);
                self.task = Task::Single;
            }
            ExchangeLevel::Tpdu if card.link.is_some() => {
                self.transmit_blocks(transfer::any(apdu)?)?;
            }
            ExchangeLevel::Tpdu => {
                let tpdu = transfer::tpdu(apdu)?;
                let wait = card.block_wait;
                self.channel.begin(&request(fits(&tpdu, most)?), wait);
                self.task = Task::Single;
            }
        }
        Ok(())
    }

    /// Begins to abort what is running. Without anything running it does nothing.
    pub fn abort(&mut self) {
        if self.is_out_of_step || self.channel.is_quiet() || matches!(self.task, Task::Aborting) {
            return;
        }
        // What was half said at the level of TPDUs leaves the card in the middle of it;
        // and what was being agreed is not.
        let keeps = matches!(self.task, Task::Extended(_) | Task::Single | Task::Status);
        if self.level == ExchangeLevel::Tpdu || !keeps {
            self.card = None;
        }
        self.channel.abort();
        self.task = Task::Aborting;
    }

    /// What to do now. Asking twice gives the same answer.
    #[must_use]
    pub fn step(&self) -> Step {
        if let Task::Done(outcome) = &self.task {
            return Step::Done(outcome.clone());
        }
        if self.is_out_of_step {
            return Step::Idle;
        }
        match self.channel.step() {
            ChannelStep::Send(message) => Step::Send(message),
            ChannelStep::Receive { length, wait } => Step::Receive { length, wait },
            ChannelStep::Control(request) => Step::Control(request),
            ChannelStep::Quiet => Step::Idle,
        }
    }

    /// What [`Step::Send`] or [`Step::Control`] said is done.
    pub fn sent(&mut self) {
        self.channel.sent();
    }

    /// Takes the bytes of a transfer from the bulk-in endpoint.
    ///
    /// # Errors
    /// [`SessionError`]: the command is over.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        if self.is_out_of_step {
            return Err(SessionError::OutOfStep);
        }
        let was_in_blocks = matches!(self.task, Task::Blocks);
        let result = match self.channel.receive(bytes) {
            Ok(None) => return Ok(()),
            Ok(Some(answer)) => self.take(answer),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &result {
            self.task = Task::Idle;
            self.is_out_of_step = error.is_fatal();
            let is_lost = match error {
                // The link is in order again.
                SessionError::T1(T1Error::Resynchronised | T1Error::Aborted) => false,
                SessionError::Message(_)
                | SessionError::CardAbsent
                | SessionError::CardRemoved
                | SessionError::CardMute
                | SessionError::HardwareError => true,
                _ => was_in_blocks,
            };
            if is_lost {
                self.card = None;
            }
        }
        result
    }
}

/// What fits one message.
fn fits(data: &[u8], most: usize) -> Result<&[u8], SessionError> {
    if data.len() > most {
        return Err(SessionError::NotCarried(data.len()));
    }
    Ok(data)
}
