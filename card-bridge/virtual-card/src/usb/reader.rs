//! The reader around the slot: transfers of USB come in and go out (USB 2.0 chapters 5
//! and 9; CCID 1.1 section 5.3). Sans-IO: no sockets, no threads, no time.

use std::collections::VecDeque;

use super::{
    chip::{Job, Outcome},
    class_descriptor::{CLOCK, DATA_RATE},
    descriptors::{self, BULK_IN, BULK_OUT, CONFIGURATION, INTERRUPT_IN, PACKET},
    message::{Incoming, assemble},
    options::Options,
    setup::{Setup, class_request, kind, request},
    slot::Slot,
};

/// The device does not take a request, or an endpoint is halted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stalled")]
pub struct Stall;

pub(super) struct Reader {
    options: Options,
    configuration: u8,
    halted: Vec<u8>,
    incoming: Vec<u8>,
    /// What is left of a message that did not fit into one transfer.
    rest: Vec<u8>,
    notices: VecDeque<Vec<u8>>,
    slot: Slot,
}

impl Reader {
    pub(super) fn new(options: Options) -> Self {
        let mut reader = Self {
            configuration: 0,
            halted: Vec::new(),
            incoming: Vec::new(),
            rest: Vec::new(),
            notices: VecDeque::new(),
            slot: Slot::new(&options),
            options,
        };
        reader.notify(true);
        reader
    }

    pub(super) const fn options(&self) -> &Options {
        &self.options
    }

    pub(super) const fn slot(&mut self) -> &mut Slot {
        &mut self.slot
    }

    /// A control transfer. Gives what an IN request is answered with.
    pub(super) fn control(&mut self, setup: [u8; 8]) -> Result<Vec<u8>, Stall> {
        let setup = Setup::from(setup);
        let mut answer = match setup.kind & 0x60 {
            0x00 => self.standard(setup),
            0x20 => self.class(setup),
            _ => Err(Stall),
        }?;
        answer.truncate(usize::from(setup.length));
        Ok(answer)
    }

    fn standard(&mut self, setup: Setup) -> Result<Vec<u8>, Stall> {
        const HALT: u16 = 0;
        let Setup {
            value,
            index,
            request,
            ..
        } = setup;
        let [_, low] = value.to_be_bytes();
        match (setup.kind, request) {
            (kind::IN_DEVICE, request::GET_DESCRIPTOR) => {
                descriptors::descriptor(value, &self.options).ok_or(Stall)
            }
            (kind::IN_DEVICE, request::GET_CONFIGURATION) => Ok(vec![self.configuration]),
            (kind::OUT_DEVICE, request::SET_CONFIGURATION) if low <= CONFIGURATION => {
                self.configuration = low;
                self.halted.clear();
                self.incoming.clear();
                Ok(Vec::new())
            }
            // Powered by the bus, wakes nobody; nothing to say of an interface.
            (kind::IN_DEVICE, request::GET_STATUS) => Ok(vec![0, 0]),
            (kind::IN_INTERFACE, request::GET_STATUS) if self.is_interface(index) => Ok(vec![0, 0]),
            (kind::IN_ENDPOINT, request::GET_STATUS) => {
                let endpoint = self.endpoint(index)?;
                Ok(vec![u8::from(self.halted.contains(&endpoint)), 0])
            }
            (kind::OUT_ENDPOINT, request::CLEAR_FEATURE) if value == HALT => {
                let endpoint = self.endpoint(index)?;
                self.halted.retain(|halted| *halted != endpoint);
                Ok(Vec::new())
            }
            (kind::OUT_ENDPOINT, request::SET_FEATURE) if value == HALT => {
                let endpoint = self.endpoint(index)?;
                self.halted.push(endpoint);
                Ok(Vec::new())
            }
            (kind::IN_INTERFACE, request::GET_INTERFACE) if self.is_interface(index) => Ok(vec![0]),
            (kind::OUT_INTERFACE, request::SET_INTERFACE)
                if self.is_interface(index) && value == 0 =>
            {
                Ok(Vec::new())
            }
            _ => Err(Stall),
        }
    }

    fn class(&mut self, setup: Setup) -> Result<Vec<u8>, Stall> {
        if !self.is_interface(setup.index) {
            return Err(Stall);
        }
        match (setup.kind, setup.request) {
            (kind::OUT_CLASS, class_request::ABORT) => {
                // bSeq and bSlot.
                let [seq, slot] = setup.value.to_be_bytes();
                if slot != 0 {
                    return Err(Stall);
                }
                self.slot.abort_request(seq);
                Ok(Vec::new())
            }
            (kind::IN_CLASS, class_request::GET_CLOCK_FREQUENCIES) => {
                Ok(CLOCK.to_le_bytes().to_vec())
            }
            (kind::IN_CLASS, class_request::GET_DATA_RATES) => Ok(DATA_RATE.to_le_bytes().to_vec()),
            _ => Err(Stall),
        }
    }

    fn is_interface(&self, index: u16) -> bool {
        self.configuration == CONFIGURATION && index == 0
    }

    fn endpoint(&self, index: u16) -> Result<u8, Stall> {
        let endpoint = u8::try_from(index).map_err(|_| Stall)?;
        let is_there = match endpoint {
            // The control endpoint is never halted for long.
            0 | 0x80 => true,
            BULK_OUT | BULK_IN => self.configuration == CONFIGURATION,
            INTERRUPT_IN => self.configuration == CONFIGURATION && self.options.has_interrupt,
            _ => false,
        };
        is_there.then_some(endpoint).ok_or(Stall)
    }

    /// Whether transfers of this endpoint go through.
    pub(super) fn check(&self, endpoint: u8) -> Result<(), Stall> {
        self.endpoint(endpoint.into())?;
        if self.halted.contains(&endpoint) {
            return Err(Stall);
        }
        Ok(())
    }

    /// A transfer to the bulk endpoint; a short packet ends a message.
    pub(super) fn bulk_out(&mut self, bytes: &[u8]) -> Result<(), Stall> {
        self.check(BULK_OUT)?;
        self.incoming.extend_from_slice(bytes);
        let is_ended = bytes.is_empty() || !bytes.len().is_multiple_of(usize::from(PACKET));
        let longest = self.options.longest_message();
        match assemble(&self.incoming, longest, is_ended) {
            Some(Incoming::Partial) => return Ok(()),
            Some(Incoming::Whole(command)) => self.slot.command(command),
            Some(Incoming::WrongLength(command)) => self.slot.wrong_length(&command),
            None => {}
        }
        self.incoming.clear();
        Ok(())
    }

    /// What the bulk endpoint has for a transfer of `room` bytes.
    pub(super) fn bulk_in(&mut self, room: usize) -> Option<Vec<u8>> {
        if self.rest.is_empty() {
            self.rest = self.slot.take_answer()?;
        }
        let after = self.rest.split_off(room.min(self.rest.len()));
        Some(std::mem::replace(&mut self.rest, after))
    }

    /// Whether a message did not fit into the transfers so far.
    pub(super) const fn has_rest(&self) -> bool {
        !self.rest.is_empty()
    }

    /// What the interrupt endpoint has.
    pub(super) fn interrupt_in(&mut self) -> Option<Vec<u8>> {
        self.notices.pop_front()
    }

    /// The card is put in, or taken out.
    pub(super) fn set_present(&mut self, is_present: bool) {
        if self.slot.set_present(is_present) {
            self.notify(is_present);
        }
    }

    /// `RDR_to_PC_NotifySlotChange` (CCID 1.1 section 6.3.1): there is a card, and that
    /// is news. Only the newest says what is.
    fn notify(&mut self, is_present: bool) {
        const NOTIFY_SLOT_CHANGE: u8 = 0x50;
        const CHANGED: u8 = 2;
        if !self.options.has_interrupt {
            return;
        }
        self.notices.clear();
        let state = CHANGED | u8::from(is_present);
        self.notices.push_back(vec![NOTIFY_SLOT_CHANGE, state]);
    }

    pub(super) fn take_job(&mut self) -> Option<Job> {
        self.slot.take_job()
    }

    pub(super) fn finished(&mut self, outcome: Outcome) {
        self.slot.finished(outcome);
    }
}
