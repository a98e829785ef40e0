//! What a session says to its caller, and what bounds it.

use core::time::Duration;

use crate::{
    Limits,
    ccid::{ControlRequest, Endpoint, IccStatus, MessageBytes, Parameters},
};

/// How much, and for how long, a reader may make us do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReaderLimits {
    /// For one command: bytes of response, and rounds that bring nothing.
    pub exchange: Limits,
    /// Requests for more time before one answer.
    pub time_extensions: u32,
    /// Answers to other commands before one answer.
    pub late_answers: u32,
    /// How long an answer may take, where neither card nor reader say more. A key that
    /// makes an RSA pair without asking for time needs more than the usual.
    pub answer: Duration,
    /// How long a single wait is at most, whatever they say.
    pub longest_wait: Duration,
}

impl Default for ReaderLimits {
    /// As [`Limits`]; ten seconds, and a thousand times more of up to a minute each: a
    /// key that makes an RSA pair asks once a second or so. Who does not want to wait
    /// that long aborts.
    fn default() -> Self {
        Self {
            exchange: Limits::default(),
            time_extensions: 1000,
            late_answers: 8,
            answer: Duration::from_secs(10),
            longest_wait: Duration::from_mins(1),
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Write this, as one transfer, to the bulk-out endpoint; then call
    /// `Session::sent`. What is a whole number of packets needs no empty one after it.
    Send(MessageBytes),
    /// Read up to so many bytes from the bulk-in endpoint, for so long; give them to
    /// `Session::receive`, whatever their number. When the time is over, call
    /// `Session::abort`; a read that is still pending goes on, and its bytes are
    /// given to `Session::receive` all the same.
    Receive {
        /// A whole number of packets.
        length: usize,
        /// From the last bytes on.
        wait: Duration,
    },
    /// Do this on the control pipe, then call `Session::sent`, also when the reader
    /// refuses it.
    Control(ControlRequest),
    /// The command is over.
    Done(Outcome),
    /// Nothing was begun, or it ended with an error.
    Idle,
}

/// What came of a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The card is powered, and protocol and parameters are agreed. Its answer to
    /// reset.
    Activated(Vec<u8>),
    /// The card has no power.
    Deactivated,
    /// What is in the slot.
    Status(IccStatus),
    /// The bytes of a response APDU: with T=0 at the level of TPDUs, of one TPDU's.
    Response(Vec<u8>),
    /// What reader and card are set to.
    Parameters(Parameters),
    /// kHz and bit/s.
    ClockAndRate(u32, u32),
    /// The command that was running is not any more. Whether the card has carried it
    /// out is not known.
    Aborted,
}

/// How to learn that a card comes or goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Watch {
    /// Read from this endpoint, without an end, and give what comes to
    /// `Session::notified`.
    Interrupt(Endpoint),
    /// Ask by `Session::get_status`, when nothing else runs, so often.
    Poll(Duration),
}

/// What a notification says of the slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// A card is there: the same as before, if nothing changed.
    Present {
        /// It is another one, or the same put in again.
        is_new: bool,
    },
    /// No card.
    Absent,
    /// The reader found an electrical fault.
    HardwareError,
    /// It is about another slot.
    Elsewhere,
}
