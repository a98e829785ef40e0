//! What an answer of the reader means to the command that is running.

use core::time::Duration;

use super::{Card, Outcome, Session, Task, activate::chosen};
use crate::ccid::{
    AnswerHeader, CommandStatus, IccStatus, Parameters, SessionError, SlotError,
    message::{self, Answer, Request, Transfer},
    t1::{Invalid, Link, LinkStep, T1Error},
};

impl Session {
    pub(super) fn begin(&mut self) -> Result<(), SessionError> {
        if self.is_out_of_step {
            return Err(SessionError::OutOfStep);
        }
        if !self.channel.is_quiet() {
            return Err(SessionError::Running);
        }
        self.task = Task::Idle;
        self.was_mute = false;
        Ok(())
    }

    pub(super) fn ask(&mut self, request: &Request<'_>, task: Task) {
        self.channel.begin(request, Duration::ZERO);
        self.task = task;
    }

    /// The answer to the command of the running task.
    pub(super) fn take(&mut self, answer: Answer) -> Result<(), SessionError> {
        let Answer { header, data } = answer;
        match core::mem::replace(&mut self.task, Task::Idle) {
            Task::PowerOn(voltage) => self.powered(header, data, voltage),
            Task::Asking(atr, read) => {
                let protocol = chosen(header, &data, &read)?;
                self.agreed(atr, &read, protocol);
                Ok(())
            }
            Task::Negotiating(atr, read, pps) => {
                processed(header)?;
                let rates = pps.confirm(&data)?;
                let parameters = pps.parameters(&read, rates);
                self.set(atr, read, parameters);
                Ok(())
            }
            Task::Setting(atr, read, protocol) => {
                self.has_set(header)?;
                self.agreed(atr, &read, protocol);
                Ok(())
            }
            Task::Ifsd(mut card) => {
                self.block_received(header, &data, &mut card)?;
                if self.send_block_of(&card) {
                    self.task = Task::Ifsd(card);
                } else {
                    self.activated(*card);
                }
                Ok(())
            }
            Task::Blocks => {
                // (A notification may have taken it meanwhile.)
                let mut card = self.card.take().ok_or(SessionError::NotActivated)?;
                let result = self.block_received(header, &data, &mut card);
                if result.is_ok() {
                    self.go_on_with_blocks(&card);
                }
                self.card = Some(card);
                result
            }
            Task::Extended(mut extended) => {
                transferred(header)?;
                let response = extended.receive(&data, header.specific)?;
                if let Some(response) = response {
                    self.task = Task::Done(Outcome::Response(response));
                } else {
                    self.channel
                        .begin(&Request::XfrBlock(extended.request()), Duration::ZERO);
                    self.task = Task::Extended(extended);
                }
                Ok(())
            }
            Task::Single => {
                transferred(header)?;
                let most = self.limits.exchange.response_bytes;
                if data.len() > most {
                    return Err(SessionError::ResponseTooLong(most));
                }
                self.task = Task::Done(Outcome::Response(data));
                Ok(())
            }
            Task::Status => self.status(header),
            Task::PowerOff => {
                match processed(header) {
                    // What is not there has no power either.
                    Ok(()) | Err(SessionError::CardAbsent | SessionError::CardMute) => {}
                    Err(error) => return Err(error),
                }
                self.task = Task::Done(Outcome::Deactivated);
                Ok(())
            }
            Task::Parameters => {
                processed(header)?;
                let parameters = Parameters::parse(header.specific, &data)?;
                self.task = Task::Done(Outcome::Parameters(parameters));
                Ok(())
            }
            Task::ClockAndRate => {
                processed(header)?;
                let (clock, rate) = message::parse_clock_and_rate(&data)?;
                self.task = Task::Done(Outcome::ClockAndRate(clock, rate));
                Ok(())
            }
            // Whatever the reader makes of the abort: the answer to it is there.
            Task::Aborting => {
                self.task = Task::Done(Outcome::Aborted);
                Ok(())
            }
            Task::Idle | Task::Done(_) => Ok(()),
        }
    }

    /// Begins to send an APDU over blocks.
    pub(super) fn transmit_blocks(&mut self, apdu: &[u8]) -> Result<(), SessionError> {
        let mut card = self.card.take().ok_or(SessionError::NotActivated)?;
        let begun = match &mut card.link {
            Some(link) => link.transmit(apdu).map_err(SessionError::from),
            None => Err(SessionError::NotActivated),
        };
        if begun.is_ok() {
            self.go_on_with_blocks(&card);
        }
        self.card = Some(card);
        begun
    }

    /// A block's answer, handed to the link.
    fn block_received(
        &mut self,
        header: AnswerHeader,
        data: &[u8],
        card: &mut Card,
    ) -> Result<(), SessionError> {
        let answer = match transferred(header) {
            Ok(()) => Ok(data),
            // No block helps a card without power.
            Err(error) if header.icc == IccStatus::Inactive => return Err(error),
            Err(SessionError::CardMute | SessionError::Reader(SlotError::Overrun)) => {
                Err(Invalid::Other)
            }
            Err(SessionError::Reader(SlotError::ParityError)) => Err(Invalid::Check),
            Err(error) => return Err(error),
        };
        self.was_mute = matches!(header.status, CommandStatus::Failed(SlotError::IccMute));
        let link = card.link.as_mut().ok_or(SessionError::NotActivated)?;
        match link.receive(answer) {
            Err(T1Error::Unresponsive) if self.was_mute => Err(SessionError::CardMute),
            result => Ok(result?),
        }
    }

    /// The link's next block, or what it brought.
    pub(super) fn go_on_with_blocks(&mut self, card: &Card) {
        if self.send_block_of(card) {
            self.task = Task::Blocks;
        } else if let Some(LinkStep::Done(response)) = card.link.as_ref().map(Link::step) {
            self.task = Task::Done(Outcome::Response(response));
        }
    }

    /// Whether the link has a block to send: it is on its way then.
    pub(super) fn send_block_of(&mut self, card: &Card) -> bool {
        let Some(LinkStep::Send { block, waiting }) = card.link.as_ref().map(Link::step) else {
            return false;
        };
        let transfer = Transfer {
            waiting,
            level: 0,
            data: &block,
        };
        let wait = card.block_wait.saturating_mul(u32::from(waiting.max(1)));
        // The reader's own time comes on top of the card's.
        let wait = wait.saturating_add(Duration::from_secs(1));
        self.channel.begin(&Request::XfrBlock(transfer), wait);
        true
    }

    fn status(&mut self, header: AnswerHeader) -> Result<(), SessionError> {
        match processed(header) {
            Ok(()) | Err(SessionError::CardAbsent | SessionError::CardMute) => {}
            Err(error) => return Err(error),
        }
        if header.icc != IccStatus::Active {
            self.card = None;
        }
        self.task = Task::Done(Outcome::Status(header.icc));
        Ok(())
    }
}

/// An answer that says that the command was processed.
pub(super) fn processed(header: AnswerHeader) -> Result<(), SessionError> {
    let CommandStatus::Failed(error) = header.status else {
        return Ok(());
    };
    Err(match error {
        _ if header.icc == IccStatus::Absent => SessionError::CardAbsent,
        SlotError::IccMute => SessionError::CardMute,
        SlotError::Hardware => SessionError::HardwareError,
        SlotError::SlotBusy | SlotError::BusyWithAutoSequence => SessionError::SlotBusy,
        SlotError::CommandAborted => SessionError::Aborted,
        error => SessionError::Reader(error),
    })
}

/// The same for a card that had power: it is not there any more, or has none any more. Only
/// the first is a removal: without power is a card with a bad contact, too.
fn transferred(header: AnswerHeader) -> Result<(), SessionError> {
    match processed(header) {
        _ if header.icc == IccStatus::Absent => Err(SessionError::CardRemoved),
        Err(SessionError::HardwareError) => Err(SessionError::HardwareError),
        Err(_) if header.icc == IccStatus::Inactive => Err(SessionError::CardMute),
        result => result,
    }
}
