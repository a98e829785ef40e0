//! APDUs of any length, in several messages where one is too small (CCID 1.1 sections
//! 6.1.4 and 6.2.1, wLevelParameter and bChainParameter).

use super::{Block, Step};
use crate::usb::{message::HEADER, status::SlotError};

/// wLevelParameter, and bChainParameter of the answers.
const WHOLE: u16 = 0x00;
const BEGINS: u16 = 0x01;
const ENDS: u16 = 0x02;
const CONTINUES: u16 = 0x03;
/// Nothing in it: the other side is to go on.
const NEXT: u16 = 0x10;

/// The longest APDU: header, extended Lc, 65535 bytes, extended Le.
const LONGEST: usize = 65_544;

/// What is gathered of a command, and what is left of an answer.
pub(in crate::usb) struct Extended {
    limit: usize,
    command: Option<Vec<u8>>,
    rest: Vec<u8>,
}

impl Extended {
    pub(super) fn new(longest_message: u32) -> Self {
        let longest = usize::try_from(longest_message).unwrap_or(usize::MAX);
        Self {
            limit: longest.saturating_sub(HEADER),
            command: None,
            rest: Vec::new(),
        }
    }

    pub(super) fn block(&mut self, level: u16, data: &[u8]) -> Step {
        const LENGTH: u8 = 1;
        const LEVEL_PARAMETER: u8 = 8;
        if level == NEXT {
            if self.rest.is_empty() || !data.is_empty() {
                return Step::Fail(SlotError::At(LEVEL_PARAMETER));
            }
            return Step::Say(self.part(ENDS, CONTINUES));
        }
        self.rest.clear();
        let begun = self.command.take();
        let mut command = match (level, begun) {
            (WHOLE | BEGINS, _) => Vec::new(),
            (ENDS | CONTINUES, Some(command)) => command,
            _ => return Step::Fail(SlotError::At(LEVEL_PARAMETER)),
        };
        command.extend_from_slice(data);
        if command.len() > LONGEST {
            return Step::Fail(SlotError::At(LENGTH));
        }
        if matches!(level, BEGINS | CONTINUES) {
            self.command = Some(command);
            return Step::Say(Block {
                chain: byte(NEXT),
                data: Vec::new(),
            });
        }
        if command.len() < 4 {
            return Step::Fail(SlotError::At(LENGTH));
        }
        Step::Run(command)
    }

    pub(super) fn finished(&mut self, answer: Vec<u8>) -> Block {
        self.rest = answer;
        self.part(WHOLE, BEGINS)
    }

    /// As much as fits.
    fn part(&mut self, last: u16, more: u16) -> Block {
        let rest = self.rest.split_off(self.limit.min(self.rest.len()));
        let data = std::mem::replace(&mut self.rest, rest);
        let chain = if self.rest.is_empty() { last } else { more };
        Block {
            chain: byte(chain),
            data,
        }
    }
}

const fn byte(parameter: u16) -> u8 {
    let [low, _] = parameter.to_le_bytes();
    low
}
