//! One command at a time over the bulk pipes: the message out, its answer in, with the
//! reader's requests for more time, answers that come too late, and the abort of a
//! command (CCID 1.1 §5.3.1, §6).

use core::time::Duration;

use super::{
    ReaderLimits,
    assembly::Assembly,
    bytes::MessageBytes,
    control::ControlRequest,
    message::{Answer, AnswerKind, CommandStatus, MessageError, Request},
};

/// What to do next on the pipes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum ChannelStep {
    Send(MessageBytes),
    Receive { length: usize, wait: Duration },
    Control(ControlRequest),
    Quiet,
}

#[derive(Debug)]
enum State {
    Quiet,
    /// ABORT goes over the control pipe first.
    Control(Pending),
    /// The message is to be sent.
    Out(Pending),
    /// Its answer is to come.
    In(Pending),
}

/// A command whose answer is not there.
#[derive(Debug)]
struct Pending {
    sequence: u8,
    answer: AnswerKind,
    message: MessageBytes,
    /// How long an answer may take.
    usual: Duration,
    /// The same now, by what the reader asked for.
    wait: Duration,
    extensions: u32,
    late: u32,
}

/// The pipes of one slot.
#[derive(Debug)]
pub(super) struct Channel {
    interface: u8,
    slot: u8,
    sequence: u8,
    limits: ReaderLimits,
    assembly: Assembly,
    state: State,
}

impl Channel {
    pub(super) fn new(interface: u8, slot: u8, assembly: Assembly, limits: ReaderLimits) -> Self {
        Self {
            interface,
            slot,
            sequence: 0,
            limits,
            assembly,
            state: State::Quiet,
        }
    }

    /// Goes on counting from there.
    pub(super) fn count_from(&mut self, sequence: u8) {
        self.sequence = sequence;
    }

    /// The number of the next command.
    pub(super) const fn next_sequence(&self) -> u8 {
        self.sequence
    }

    pub(super) const fn is_quiet(&self) -> bool {
        matches!(self.state, State::Quiet)
    }

    /// Begins a command. An answer may take `usual`, or what is usual for all.
    pub(super) fn begin(&mut self, request: &Request<'_>, usual: Duration) {
        self.state = State::Out(self.pending(request, usual.max(self.limits.answer)));
    }

    /// Aborts what is running: the request on the control pipe and the message have the
    /// same number.
    pub(super) fn abort(&mut self) {
        self.state = State::Control(self.pending(&Request::Abort, self.limits.answer));
    }

    fn pending(&mut self, request: &Request<'_>, usual: Duration) -> Pending {
        let sequence = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        let usual = usual.min(self.limits.longest_wait);
        Pending {
            sequence,
            answer: request.answer(),
            message: request.encode(self.slot, sequence),
            usual,
            wait: usual,
            extensions: 0,
            late: 0,
        }
    }

    pub(super) fn step(&self) -> ChannelStep {
        match &self.state {
            State::Quiet => ChannelStep::Quiet,
            State::Control(pending) => ChannelStep::Control(ControlRequest::abort(
                self.interface,
                self.slot,
                pending.sequence,
            )),
            State::Out(pending) => ChannelStep::Send(pending.message.clone()),
            State::In(pending) => ChannelStep::Receive {
                length: self.assembly.wanted(),
                wait: pending.wait,
            },
        }
    }

    /// What the last step said was done. The message is wiped once it is out.
    pub(super) fn sent(&mut self) {
        self.state = match core::mem::replace(&mut self.state, State::Quiet) {
            State::Control(pending) => State::Out(pending),
            State::Out(mut pending) => {
                pending.message = MessageBytes::default();
                State::In(pending)
            }
            state => state,
        };
    }

    /// Takes what a transfer brought, and gives the answer to the command once it is
    /// there. What belongs to no command that waits is dropped.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<Option<Answer>, MessageError> {
        let Some(answer) = self.assembly.push(bytes)? else {
            return Ok(None);
        };
        let header = answer.header;
        let pending = match &mut self.state {
            // A late answer: with nothing running, nobody counts, as nobody reads on.
            State::Quiet => return Ok(None),
            State::Control(pending) | State::Out(pending) => {
                pending.late(self.limits)?;
                return Ok(None);
            }
            State::In(pending) => pending,
        };
        if header.slot != self.slot || header.sequence != pending.sequence {
            pending.late(self.limits)?;
            return Ok(None);
        }
        match header.status {
            CommandStatus::TimeExtension(multiplier) => {
                pending.extend(multiplier, self.limits)?;
                Ok(None)
            }
            // Readers are not of one mind what kind a failure has.
            CommandStatus::Processed if header.kind != pending.answer => {
                Err(MessageError::Kind(header.kind.code()))
            }
            CommandStatus::Processed | CommandStatus::Failed(_) => {
                self.state = State::Quiet;
                Ok(Some(answer))
            }
        }
    }
}

impl Pending {
    fn late(&mut self, limits: ReaderLimits) -> Result<(), MessageError> {
        self.late += 1;
        if self.late > limits.late_answers {
            return Err(MessageError::LateAnswers(self.late));
        }
        Ok(())
    }

    fn extend(&mut self, multiplier: u8, limits: ReaderLimits) -> Result<(), MessageError> {
        self.extensions += 1;
        if self.extensions > limits.time_extensions {
            return Err(MessageError::TimeExtensions(self.extensions));
        }
        let wait = self.usual.saturating_mul(u32::from(multiplier.max(1)));
        self.wait = wait.min(limits.longest_wait);
        Ok(())
    }
}
