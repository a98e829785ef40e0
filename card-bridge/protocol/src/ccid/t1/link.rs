//! The rules of the block protocol (ISO/IEC 7816-3 §11.6.3), on the host's side. The
//! numbers in the comments are those of the rules.

use core::mem;

use zeroize::Zeroizing;

use super::{
    Checksum, Invalid, Supervision, T1Error,
    block::{self, Block},
};
use crate::{Limits, atr::BlockParameters, ccid::MessageBytes};

/// How often in succession an invalid block is put up with (7.4.2), a request of ours
/// is sent (7.4.1, 6.4), and one block is asked for again.
const MOST_TRIES: u8 = 3;
/// How often one command may lead to resynchronisation.
const MOST_RESYNCHRONISATIONS: u8 = 3;
/// IFSD until another is agreed (§11.4.2).
const FIRST_IFSD: u8 = 32;

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LinkStep {
    /// Send this block, and wait for the answer so many block waiting times (0: the
    /// usual one).
    Send {
        /// The block.
        block: MessageBytes,
        /// The multiplier that the card asked for (rule 3).
        waiting: u8,
    },
    /// What was begun is over: the response, or nothing for a new IFSD.
    Done(Vec<u8>),
    /// Nothing was begun.
    Idle,
}

/// The bytes of a command, hidden from `Debug`.
#[derive(Default)]
struct Hidden(Zeroizing<Vec<u8>>);

impl core::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

#[derive(Debug)]
enum State {
    Idle,
    /// S(IFS request) is out.
    Ifs(u8),
    /// The I-block from `offset` on is out.
    Sending {
        offset: usize,
        length: usize,
    },
    /// The card sends its answer.
    Collecting,
    /// S(ABORT response) is out: the card says one more thing.
    Aborting,
    /// S(RESYNCH request) is out.
    Resynchronising,
    Done,
    /// The card has to be reset.
    Dead,
}

/// What was sent last: what an invalid answer is answered with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Last {
    Information,
    Ready,
    Supervisory,
}

/// The state of the protocol with one card, from its reset on.
#[derive(Debug)]
pub struct Link {
    checksum: Checksum,
    initial_ifsc: u8,
    ifsc: u8,
    /// Longer information fields than this have no room in the reader's messages.
    room: u8,
    ifsd: u8,
    limits: Limits,
    state: State,
    command: Hidden,
    received: Vec<u8>,
    /// N(S) of the I-block that is out or comes next.
    sequence: bool,
    /// N(S) of the card's next I-block.
    expected: bool,
    block: MessageBytes,
    waiting: u8,
    last: Last,
    invalid: u8,
    repeated: u8,
    resynchronised: u8,
    rounds: u32,
    /// The last block of the command has been sent at least once.
    is_out: bool,
}

impl Link {
    /// After the card's reset.
    #[must_use]
    pub fn new(parameters: BlockParameters, limits: Limits) -> Self {
        let checksum = if parameters.uses_crc {
            Checksum::Crc
        } else {
            Checksum::Lrc
        };
        let ifsc = parameters.ifsc.clamp(1, 254);
        Self {
            checksum,
            initial_ifsc: ifsc,
            ifsc,
            room: 254,
            ifsd: FIRST_IFSD,
            limits,
            state: State::Idle,
            command: Hidden::default(),
            received: Vec::new(),
            sequence: false,
            expected: false,
            block: MessageBytes::default(),
            waiting: 0,
            last: Last::Supervisory,
            invalid: 0,
            repeated: 0,
            resynchronised: 0,
            rounds: 0,
            is_out: false,
        }
    }

    /// For a reader whose messages have room for shorter information fields only.
    #[must_use]
    pub fn with_room(mut self, room: u8) -> Self {
        self.room = room.clamp(1, 254);
        self
    }

    /// For a reader that has agreed on an IFSD by itself.
    #[must_use]
    pub fn with_ifsd(mut self, ifsd: u8) -> Self {
        self.ifsd = ifsd.clamp(1, 254);
        self
    }

    /// Begins to tell the card how much the host receives (rule 4).
    ///
    /// # Errors
    /// [`T1Error::NotReady`] while something runs, or after the card was lost.
    pub fn negotiate_ifsd(&mut self, ifsd: u8) -> Result<(), T1Error> {
        let ifsd = ifsd.clamp(1, 254);
        self.begin()?;
        self.state = State::Ifs(ifsd);
        let block = block::request(Supervision::Ifs, &[ifsd], self.checksum);
        self.put(block, Last::Supervisory);
        Ok(())
    }

    /// Begins to send a command.
    ///
    /// # Errors
    /// [`T1Error::NotReady`] while something runs, or after the card was lost.
    pub fn transmit(&mut self, apdu: &[u8]) -> Result<(), T1Error> {
        self.begin()?;
        self.command = Hidden(Zeroizing::new(apdu.to_vec()));
        self.send_from(0);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), T1Error> {
        if !matches!(self.state, State::Idle | State::Done) {
            return Err(T1Error::NotReady);
        }
        self.received.clear();
        self.waiting = 0;
        self.invalid = 0;
        self.repeated = 0;
        self.resynchronised = 0;
        self.rounds = 0;
        self.is_out = false;
        Ok(())
    }

    /// What to do now. Asking twice gives the same answer.
    #[must_use]
    pub fn step(&self) -> LinkStep {
        match self.state {
            State::Idle | State::Dead => LinkStep::Idle,
            State::Done => LinkStep::Done(self.received.clone()),
            _ => LinkStep::Send {
                block: self.block.clone(),
                waiting: self.waiting,
            },
        }
    }

    /// Takes what came back for the block of the last [`LinkStep::Send`]: a block, or
    /// why there is none.
    ///
    /// # Errors
    /// [`T1Error`].
    pub fn receive(&mut self, answer: Result<&[u8], Invalid>) -> Result<(), T1Error> {
        if matches!(self.state, State::Idle | State::Done | State::Dead) {
            return Err(T1Error::NotReady);
        }
        self.waiting = 0;
        match answer.and_then(|bytes| Block::parse(bytes, self.checksum, self.longest())) {
            Ok(block) => self.take(block),
            Err(invalid) => self.recover(invalid),
        }
    }

    /// S-blocks carry a byte, whatever the IFSD.
    fn longest(&self) -> u8 {
        self.ifsd.max(1)
    }

    fn take(&mut self, block: Block<'_>) -> Result<(), T1Error> {
        match (&self.state, block) {
            (State::Ifs(ifsd), Block::Response(Supervision::Ifs, &[agreed])) if *ifsd == agreed => {
                self.ifsd = agreed;
                self.finish();
                Ok(())
            }
            (State::Resynchronising, Block::Response(Supervision::Resynch, [])) => {
                self.begin_anew()
            }
            // 7.3: a request of ours is repeated until its response comes.
            (State::Ifs(_) | State::Resynchronising, _) => self.recover(Invalid::Other),
            (State::Aborting, Block::R { expected }) => {
                self.sequence = expected;
                self.end(T1Error::Aborted)
            }
            (State::Aborting, Block::I { sequence, .. }) => {
                self.expected = !sequence;
                self.end(T1Error::Aborted)
            }
            (_, Block::Request(supervision, data)) => self.respond(supervision, data),
            (State::Sending { offset, length }, Block::R { expected }) => {
                let (offset, length) = (*offset, *length);
                self.acknowledge(offset, length, expected)
            }
            (
                State::Sending { offset, length },
                Block::I {
                    sequence,
                    more,
                    data,
                },
            ) if self.is_last(*offset, *length) && sequence == self.expected => {
                // 2.1: the card's I-block acknowledges ours.
                self.sequence = !self.sequence;
                self.state = State::Collecting;
                self.collect(more, data)
            }
            (
                State::Collecting,
                Block::I {
                    sequence,
                    more,
                    data,
                },
            ) if sequence == self.expected => self.collect(more, data),
            // 7.2: the card did not understand our R-block.
            (State::Collecting, Block::R { .. }) if self.last == Last::Ready => self.repeat(),
            _ => self.recover(Invalid::Other),
        }
    }

    /// An R-block while ours is out.
    fn acknowledge(&mut self, offset: usize, length: usize, expected: bool) -> Result<(), T1Error> {
        if expected == self.sequence {
            // 7.1, the other way round: the card did not get our block.
            if self.repeated >= MOST_TRIES {
                return self.resynchronise();
            }
            self.invalid = 0;
            self.repeated += 1;
            self.send_from(offset);
            return Ok(());
        }
        if !self.is_last(offset, length) {
            // 2.2: it got it, and wants the next one.
            self.sequence = !self.sequence;
            self.progress();
            self.send_from(offset + length);
            return Ok(());
        }
        // 7.2: it did not understand our R-block. Else it says that it got our last block,
        // and no answer.
        if self.last == Last::Ready {
            self.repeat()
        } else {
            self.recover(Invalid::Other)
        }
    }

    /// The same R-block once more, for a card that did not understand it.
    fn repeat(&mut self) -> Result<(), T1Error> {
        if self.repeated >= MOST_TRIES {
            return self.resynchronise();
        }
        self.invalid = 0;
        self.repeated += 1;
        Ok(())
    }

    fn collect(&mut self, more: bool, data: &[u8]) -> Result<(), T1Error> {
        if self.received.len().saturating_add(data.len()) > self.limits.response_bytes {
            return self.lose(T1Error::ResponseTooLong(self.limits.response_bytes));
        }
        self.received.extend_from_slice(data);
        self.expected = !self.expected;
        self.progress();
        if !more {
            self.finish();
            return Ok(());
        }
        if data.is_empty() {
            self.count_round()?;
        }
        let block = block::ready(self.expected, None, self.checksum);
        self.put(block, Last::Ready);
        Ok(())
    }

    /// Rules 3, 4 and 9: the card's own requests.
    fn respond(&mut self, supervision: Supervision, data: &[u8]) -> Result<(), T1Error> {
        match (supervision, data) {
            (Supervision::WaitingTime, &[multiplier]) => self.waiting = multiplier.max(1),
            (Supervision::Ifs, &[ifsc @ 1..=254]) => self.ifsc = ifsc,
            (Supervision::Abort, []) => self.state = State::Aborting,
            // Resynchronisation is not the card's to ask for (6.1).
            _ => return self.recover(Invalid::Other),
        }
        self.count_round()?;
        self.invalid = 0;
        let block = block::response(supervision, data, self.checksum);
        self.put(block, Last::Supervisory);
        Ok(())
    }

    /// Rule 7: an invalid block, or none in time.
    fn recover(&mut self, invalid: Invalid) -> Result<(), T1Error> {
        self.invalid += 1;
        let is_request = matches!(self.state, State::Ifs(_) | State::Resynchronising);
        if self.invalid >= MOST_TRIES {
            return if is_request {
                // 7.4.1 and 6.4.
                self.lose(T1Error::Unresponsive)
            } else {
                // 7.4.2.
                self.resynchronise()
            };
        }
        // 7.3 for a request of ours, 7.2 for an R-block: the same block again.
        if !is_request && self.last != Last::Ready {
            // 7.1.
            let block = block::ready(self.expected, Some(invalid), self.checksum);
            self.put(block, Last::Ready);
        }
        Ok(())
    }

    /// Rule 6.
    fn resynchronise(&mut self) -> Result<(), T1Error> {
        self.resynchronised += 1;
        if self.resynchronised > MOST_RESYNCHRONISATIONS {
            return self.lose(T1Error::Unresponsive);
        }
        self.invalid = 0;
        self.repeated = 0;
        self.state = State::Resynchronising;
        let block = block::request(Supervision::Resynch, &[], self.checksum);
        self.put(block, Last::Supervisory);
        Ok(())
    }

    /// 6.3: both ends are as after the reset. A command whose last block was not out
    /// is sent again.
    fn begin_anew(&mut self) -> Result<(), T1Error> {
        self.sequence = false;
        self.expected = false;
        self.ifsc = self.initial_ifsc;
        self.received.clear();
        self.progress();
        if self.is_out {
            return self.end(T1Error::Resynchronised);
        }
        self.send_from(0);
        Ok(())
    }

    fn send_from(&mut self, offset: usize) {
        let rest = self.command.0.get(offset..).unwrap_or_default();
        // A block that is asked for again may be shorter than it was: IFSC may be.
        let (data, more) = rest
            .split_at_checked(usize::from(self.ifsc.min(self.room)))
            .unwrap_or((rest, &[]));
        let length = data.len();
        let has_more = !more.is_empty();
        let block = block::information(self.sequence, has_more, data, self.checksum);
        self.is_out |= !has_more;
        self.state = State::Sending { offset, length };
        self.put(block, Last::Information);
    }

    fn is_last(&self, offset: usize, length: usize) -> bool {
        offset + length >= self.command.0.len()
    }

    fn put(&mut self, block: MessageBytes, last: Last) {
        self.block = block;
        self.last = last;
    }

    fn progress(&mut self) {
        self.invalid = 0;
        self.repeated = 0;
    }

    fn count_round(&mut self) -> Result<(), T1Error> {
        if self.rounds >= self.limits.rounds {
            return self.lose(T1Error::TooManyRounds(self.limits.rounds));
        }
        self.rounds += 1;
        Ok(())
    }

    fn finish(&mut self) {
        self.state = State::Done;
        self.forget();
    }

    fn end(&mut self, error: T1Error) -> Result<(), T1Error> {
        self.state = State::Idle;
        self.forget();
        self.received.clear();
        Err(error)
    }

    fn lose(&mut self, error: T1Error) -> Result<(), T1Error> {
        self.state = State::Dead;
        self.forget();
        self.received.clear();
        Err(error)
    }

    /// The command and its last block go, wiped.
    fn forget(&mut self) {
        drop(mem::take(&mut self.command));
        drop(mem::take(&mut self.block));
    }
}
