//! One logical command, carried over as many APDUs as the card needs: command
//! chaining on the way there, GET RESPONSE (`61xx`) on the way back, and a
//! repeat with the right length after `6Cxx` (ISO/IEC 7816-4 §5.3). Where card
//! and reader carry extended lengths, one APDU is enough.
//!
//! The exchange does no IO. The caller asks [`Exchange::step`] what to do and
//! hands what the card said to [`Exchange::receive`]; [`run`] is that loop for a
//! transport that blocks. Response size and rounds are bounded, so a card that
//! always has more to say is an error and not a hang.

use crate::apdu::{
    ApduError, CHAINING_BIT, Command, CommandBytes, Ins, MAX_SHORT_LE, Response, StatusMeaning,
    encode_extended, encode_short,
};

/// As much data as a short APDU carries.
const CHUNK: usize = 255;
/// As much data as an extended APDU of ours carries: less than any card's
/// buffer that says it takes extended lengths, and more than our objects have.
/// What is longer is chained.
const MOST_EXTENDED: usize = 2000;

/// How much a card may make us do for one command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Most bytes of response data, all rounds together.
    pub response_bytes: usize,
    /// The most times that GET RESPONSE is sent or a command repeated. (The
    /// links of our own chain do not count: their number is ours and not the
    /// card's.)
    pub rounds: u32,
}

impl Default for Limits {
    /// 64 KiB in at most 300 rounds: any PIV object, and nothing endless.
    fn default() -> Self {
        Self {
            response_bytes: 64 * 1024,
            rounds: 300,
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Transmit this APDU and give the answer to [`Exchange::receive`].
    Send(CommandBytes),
    /// The command is over; this is its whole response, whatever its status.
    Done(Response),
}

/// The card broke the protocol, or a limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ExchangeError {
    /// What came back is not a response APDU.
    #[error(transparent)]
    Apdu(#[from] ApduError),
    /// More data than [`Limits::response_bytes`].
    #[error("card answered with more than {0} bytes")]
    ResponseTooLong(usize),
    /// More rounds than [`Limits::rounds`].
    #[error("card did not come to an end in {0} rounds")]
    TooManyRounds(u32),
    /// The caller's own mistake: a response after the exchange was over.
    #[error("response after the end of the exchange")]
    AlreadyDone,
}

#[derive(Clone, Debug)]
enum State {
    /// The command's data from `offset` on is still to be sent.
    Sending {
        offset: usize,
        expected: Option<u32>,
    },
    /// The card has more data for us.
    Collecting {
        expected: u32,
    },
    Done(Response),
}

/// The state of one logical command. Dropping it wipes the command's data.
#[derive(Debug)]
pub struct Exchange {
    command: Command,
    limits: Limits,
    state: State,
    received: Vec<u8>,
    rounds: u32,
    without_le: bool,
    is_extended: bool,
}

impl Exchange {
    /// Starts with nothing sent.
    #[must_use]
    pub fn new(command: Command, limits: Limits) -> Self {
        let state = State::Sending {
            offset: 0,
            expected: command.expected(),
        };
        Self {
            command,
            limits,
            state,
            received: Vec::new(),
            rounds: 0,
            without_le: false,
            is_extended: false,
        }
    }

    /// Whether extended lengths would save this command APDUs.
    #[must_use]
    pub fn gains_by_extended(command: &Command) -> bool {
        let is_long = command.data().len() > CHUNK;
        (is_long || command.expected().is_some_and(|le| le > MAX_SHORT_LE))
            && command.data().len() <= MOST_EXTENDED
    }

    /// For a card and a reader that carry extended lengths. A card that
    /// refuses the length all the same (`6700`) gets the short form.
    #[must_use]
    pub fn over_extended(mut self) -> Self {
        self.is_extended = Self::gains_by_extended(&self.command);
        self
    }

    /// For a card that speaks T=0, where a command with data can't carry an
    /// expected length: the card offers its answer by `61xx` instead.
    #[must_use]
    pub fn over_t0(mut self) -> Self {
        self.without_le = true;
        self
    }

    /// What to do now. Asking twice gives the same answer: only
    /// [`receive`](Self::receive) goes on.
    #[must_use]
    pub fn step(&self) -> Step {
        match &self.state {
            State::Sending { offset, expected } => Step::Send(self.link(*offset, *expected)),
            State::Collecting { expected } => {
                // GET RESPONSE goes to the command's logical channel (§5.4.1).
                let class = self.command.class() & 0x03;
                Step::Send(encode_short(
                    [class, Ins::GetResponse.code(), 0, 0],
                    &[],
                    Some(*expected),
                ))
            }
            State::Done(response) => Step::Done(response.clone()),
        }
    }

    /// Takes the card's answer to the APDU of the last [`Step::Send`].
    ///
    /// # Errors
    /// [`ExchangeError`]; the exchange then makes no more sense and is dropped.
    pub fn receive(&mut self, response: &[u8]) -> Result<(), ExchangeError> {
        let response = Response::parse(response)?;
        let meaning = response.status().meaning();
        match self.state {
            State::Done(_) => return Err(ExchangeError::AlreadyDone),
            State::Sending { offset, expected } if !self.is_last_link(offset) => {
                self.state = if meaning == StatusMeaning::Success {
                    State::Sending {
                        offset: offset + CHUNK,
                        expected,
                    }
                } else {
                    State::Done(response)
                };
                return Ok(());
            }
            State::Sending { .. } if self.is_extended && meaning == StatusMeaning::WrongLength => {
                self.count_round()?;
                self.is_extended = false;
                self.state = State::Sending {
                    offset: 0,
                    expected: self.command.expected(),
                };
                return Ok(());
            }
            // What expects no answer has no length to be wrong: a PIN is never sent twice.
            State::Sending { offset, .. } if self.command.expected().is_some() => {
                if let StatusMeaning::WrongExpectedLength(length) = meaning {
                    self.count_round()?;
                    self.state = State::Sending {
                        offset,
                        expected: Some(u32::from(length)),
                    };
                    return Ok(());
                }
            }
            State::Sending { .. } => {}
            State::Collecting { .. } => {
                if let StatusMeaning::WrongExpectedLength(length) = meaning {
                    self.count_round()?;
                    self.state = State::Collecting {
                        expected: u32::from(length),
                    };
                    return Ok(());
                }
            }
        }
        self.collect(response.data())?;
        self.state = if let StatusMeaning::MoreData(length) = meaning {
            self.count_round()?;
            State::Collecting {
                expected: u32::from(length),
            }
        } else {
            State::Done(Response::new(
                core::mem::take(&mut self.received),
                response.status(),
            ))
        };
        Ok(())
    }

    /// The APDU that carries the data from `offset` on.
    fn link(&self, offset: usize, expected: Option<u32>) -> CommandBytes {
        let [class, rest @ ..] = self.command.header();
        let [instruction, p1, p2] = rest;
        let data = self.command.data().get(offset..).unwrap_or_default();
        if let (true, Ok(length)) = (self.is_extended, u16::try_from(data.len())) {
            return encode_extended([class, instruction, p1, p2], length, data, expected);
        }
        let expected = expected.map(|le| le.min(MAX_SHORT_LE));
        match data.split_at_checked(CHUNK) {
            Some((chunk, more)) if !more.is_empty() => {
                encode_short([class | CHAINING_BIT, instruction, p1, p2], chunk, None)
            }
            _ => {
                let expected = expected.filter(|_| !self.without_le || data.is_empty());
                encode_short([class, instruction, p1, p2], data, expected)
            }
        }
    }

    fn is_last_link(&self, offset: usize) -> bool {
        self.is_extended || self.command.data().len().saturating_sub(offset) <= CHUNK
    }

    fn count_round(&mut self) -> Result<(), ExchangeError> {
        if self.rounds >= self.limits.rounds {
            return Err(ExchangeError::TooManyRounds(self.limits.rounds));
        }
        self.rounds += 1;
        Ok(())
    }

    fn collect(&mut self, data: &[u8]) -> Result<(), ExchangeError> {
        if self.received.len().saturating_add(data.len()) > self.limits.response_bytes {
            return Err(ExchangeError::ResponseTooLong(self.limits.response_bytes));
        }
        self.received.extend_from_slice(data);
        Ok(())
    }
}

/// A way to a card that blocks until the card has answered.
pub trait Transport {
    /// What can go wrong on this way.
    type Error;

    /// Sends one APDU and returns the card's response APDU.
    ///
    /// # Errors
    /// Whatever the transport reports.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Self::Error>;
}

impl<T: Transport + ?Sized> Transport for &mut T {
    type Error = T::Error;

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Self::Error> {
        (**self).transmit(apdu)
    }
}

/// Why [`run`] has no response.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RunError<E> {
    /// The way to the card failed.
    #[error("transport: {0}")]
    Transport(E),
    /// The card broke the protocol.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// Carries `exchange` out over `transport`.
///
/// # Errors
/// [`RunError`]. A status word other than `9000` is not an error here.
pub fn run<T: Transport>(
    mut exchange: Exchange,
    mut transport: T,
) -> Result<Response, RunError<T::Error>> {
    loop {
        match exchange.step() {
            Step::Send(apdu) => {
                let answer = transport.transmit(&apdu).map_err(RunError::Transport)?;
                exchange.receive(&answer)?;
            }
            Step::Done(response) => return Ok(response),
        }
    }
}
