//! The card's side of T=1 (ISO/IEC 7816-3 section 11): blocks with a checksum, chained
//! where IFSC or IFSD is too small, said once more where they did not come through.

use super::{Block, Step, checksum};
use crate::usb::status::SlotError;

/// PCB (section 11.3.2.2).
mod pcb {
    /// I-block: N(S), and whether more follows.
    pub(super) const SEQUENCE: u8 = 0x40;
    pub(super) const MORE: u8 = 0x20;
    /// R-block: N(R).
    pub(super) const R: u8 = 0x80;
    pub(super) const EXPECTED: u8 = 0x10;
    pub(super) const CHECKSUM_ERROR: u8 = 1;
    pub(super) const OTHER_ERROR: u8 = 2;
    /// S-blocks.
    pub(super) const RESYNCH: u8 = 0xC0;
    pub(super) const IFS: u8 = 0xC1;
    pub(super) const ABORT: u8 = 0xC2;
    pub(super) const WTX: u8 = 0xC3;
    pub(super) const RESPONSE: u8 = 0x20;
}

/// What either side takes before another size is agreed upon (section 11.4.2).
const DEFAULT_IFS: u8 = 32;

/// The largest size; 255 is reserved.
const LARGEST_IFS: u8 = 254;

/// The state between two blocks.
pub(in crate::usb) struct T1 {
    ifsc: u8,
    ifsd: u8,
    /// N(S) of the host's next I-block, and of ours.
    expected: bool,
    next: bool,
    /// What is gathered of a command, and what is left of an answer.
    command: Vec<u8>,
    rest: Vec<u8>,
    /// What was said last, for whoever did not hear it.
    said: Option<Vec<u8>>,
    waits_for_time: bool,
    /// An answer that the card had before the host gave it the time.
    ready: Option<Vec<u8>>,
}

impl T1 {
    pub(super) fn new(ifsc: u8) -> Self {
        Self {
            ifsc,
            ifsd: DEFAULT_IFS,
            expected: false,
            next: false,
            command: Vec::new(),
            rest: Vec::new(),
            said: None,
            waits_for_time: false,
            ready: None,
        }
    }

    pub(super) fn block(&mut self, block: &[u8]) -> Step {
        let &[nad, pcb, length, ref rest @ ..] = block else {
            return Step::Fail(SlotError::Mute);
        };
        if checksum(block) != 0 {
            return self.complain(pcb::CHECKSUM_ERROR);
        }
        let Some((_, information)) = rest.split_last() else {
            return Step::Fail(SlotError::Mute);
        };
        if nad != 0 || length > LARGEST_IFS || usize::from(length) != information.len() {
            return self.complain(pcb::OTHER_ERROR);
        }
        match pcb & 0xC0 {
            pcb::R => self.repeated_or_acknowledged(pcb, information),
            pcb::RESYNCH => self.supervise(pcb, information),
            _ => self.information(pcb, information),
        }
    }

    fn information(&mut self, pcb: u8, information: &[u8]) -> Step {
        let is_expected = (pcb & pcb::SEQUENCE != 0) == self.expected;
        let is_possible = pcb & !(pcb::SEQUENCE | pcb::MORE) == 0
            && information.len() <= usize::from(self.ifsc)
            && !self.is_sending()
            && !self.waits_for_time;
        if !is_expected || !is_possible {
            return self.complain(pcb::OTHER_ERROR);
        }
        self.expected = !self.expected;
        self.command.extend_from_slice(information);
        if pcb & pcb::MORE != 0 {
            return self.complain(0);
        }
        Step::Run(std::mem::take(&mut self.command))
    }

    /// N(R) names the block that the host wants: the next part, or the last once more.
    fn repeated_or_acknowledged(&mut self, pcb: u8, information: &[u8]) -> Step {
        let is_possible = pcb & 0x2C == 0 && pcb & 0x03 != 3 && information.is_empty();
        let wants_next = (pcb & pcb::EXPECTED != 0) == self.next;
        if is_possible && self.is_sending() && wants_next {
            return Step::Say(self.part());
        }
        match &self.said {
            Some(said) if is_possible => Step::Say(Block::whole(said.clone())),
            _ => self.complain(pcb::OTHER_ERROR),
        }
    }

    fn supervise(&mut self, pcb: u8, information: &[u8]) -> Step {
        const GRANTED: u8 = pcb::WTX | pcb::RESPONSE;
        match (pcb, information) {
            (pcb::RESYNCH, []) => {
                *self = Self::new(self.ifsc);
            }
            (pcb::IFS, &[size @ 1..=LARGEST_IFS]) => self.ifsd = size,
            (pcb::ABORT, []) => {
                self.command.clear();
                self.rest.clear();
            }
            (GRANTED, &[_]) if self.waits_for_time => {
                self.waits_for_time = false;
                return match self.ready.take() {
                    Some(answer) => Step::Say(self.finished(answer)),
                    None => Step::Wait,
                };
            }
            _ => return self.complain(pcb::OTHER_ERROR),
        }
        Step::Say(self.say(pcb | pcb::RESPONSE, information))
    }

    /// The card's answer, or the first part of it.
    pub(super) fn finished(&mut self, answer: Vec<u8>) -> Block {
        if self.waits_for_time {
            self.ready = Some(answer);
            return Block::default();
        }
        self.rest = answer;
        self.part()
    }

    /// Whether the host still has to ask for a part of the answer.
    const fn is_sending(&self) -> bool {
        !self.rest.is_empty()
    }

    fn part(&mut self) -> Block {
        let rest = self
            .rest
            .split_off(usize::from(self.ifsd).min(self.rest.len()));
        let part = std::mem::replace(&mut self.rest, rest);
        let sequence = if self.next { pcb::SEQUENCE } else { 0 };
        let more = if self.is_sending() { pcb::MORE } else { 0 };
        self.next = !self.next;
        self.say(sequence | more, &part)
    }

    /// S(WTX request), unless one is on its way.
    pub(super) fn ask_for_time(&mut self) -> Option<Block> {
        const TIMES: u8 = 1;
        if self.waits_for_time {
            return None;
        }
        self.waits_for_time = true;
        Some(self.say(pcb::WTX, &[TIMES]))
    }

    /// An R-block: which block is wanted, and whether something was wrong.
    fn complain(&mut self, error: u8) -> Step {
        let expected = if self.expected { pcb::EXPECTED } else { 0 };
        Step::Say(self.say(pcb::R | expected | error, &[]))
    }

    fn say(&mut self, pcb: u8, information: &[u8]) -> Block {
        // IFSD is a byte, so it fits.
        let length = u8::try_from(information.len()).unwrap_or(LARGEST_IFS);
        let mut block = vec![0, pcb, length];
        block.extend_from_slice(information);
        block.push(checksum(&block));
        self.said = Some(block.clone());
        Block::whole(block)
    }
}
