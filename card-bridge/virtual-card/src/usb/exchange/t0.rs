//! The card's side of T=0 (ISO/IEC 7816-3 section 10): a command either brings data or
//! asks for some. `61XX` says what GET RESPONSE will bring, `6CXX` how much there is.
//! Procedure bytes are between reader and card, and are no part of a TPDU.

use super::{Block, Step};
use crate::usb::status::SlotError;

const INS_GET_RESPONSE: u8 = 0xC0;
const HEADER: usize = 5;
/// P3 = 0 of a command that asks for data.
const MOST: usize = 256;

/// The state between two commands.
#[derive(Default)]
pub(in crate::usb) struct T0 {
    asked: Asked,
    kept: Option<Kept>,
}

/// What the card is busy with.
#[derive(Clone, Copy, Default)]
enum Asked {
    #[default]
    Nothing,
    /// A command with data.
    Brings,
    /// A command without: CLA to P2, and as much as is asked for.
    Wants([u8; 4], usize),
}

/// An answer that waits until it is asked for in the right way.
struct Kept {
    /// By this command with the right length, or else by GET RESPONSE.
    by: Option<[u8; 4]>,
    data: Vec<u8>,
    status: [u8; 2],
}

impl T0 {
    pub(super) fn command(&mut self, tpdu: &[u8]) -> Step {
        let (header, length, data) = match *tpdu {
            // What needs no data and asks for none may leave P3 out.
            [cla, ins, p1, p2] => ([cla, ins, p1, p2], 0, &[][..]),
            [cla, ins, p1, p2, p3, ref data @ ..] => ([cla, ins, p1, p2], p3, data),
            _ => return Step::Fail(SlotError::At(1)),
        };
        if !data.is_empty() {
            if data.len() != usize::from(length) {
                return Step::Fail(SlotError::At(1));
            }
            self.kept = None;
            self.asked = Asked::Brings;
            return Step::Run(tpdu.to_vec());
        }
        let wanted = match length {
            0 => MOST,
            some => usize::from(some),
        };
        let [_, ins, ..] = header;
        if let Some(kept) = self.kept.take() {
            let is_asked_for = match kept.by {
                Some(by) => by == header,
                None => ins == INS_GET_RESPONSE,
            };
            if is_asked_for {
                return Step::Say(self.give(kept, wanted));
            }
        }
        self.asked = Asked::Wants(header, wanted);
        let [cla, ins, p1, p2] = header;
        let mut command = Vec::with_capacity(HEADER);
        command.extend([cla, ins, p1, p2, length]);
        Step::Run(command)
    }

    pub(super) fn finished(&mut self, mut answer: Vec<u8>) -> Block {
        let at = answer.len().saturating_sub(2);
        let Ok(status) = <[u8; 2]>::try_from(answer.split_off(at)) else {
            return Block::default();
        };
        let data = answer;
        let by = match std::mem::take(&mut self.asked) {
            Asked::Wants(header, wanted) if data.len() != wanted => Some(header),
            Asked::Brings => None,
            Asked::Wants(..) | Asked::Nothing => return together(data, status),
        };
        if data.is_empty() {
            return together(data, status);
        }
        let first = if by.is_some() { 0x6C } else { 0x61 };
        let says = [first, short(data.len())];
        self.kept = Some(Kept { by, data, status });
        together(Vec::new(), says)
    }

    /// As much of what was kept as is asked for, which has to be there.
    fn give(&mut self, mut kept: Kept, wanted: usize) -> Block {
        if wanted > kept.data.len() {
            let says = [0x6C, short(kept.data.len())];
            self.kept = Some(kept);
            return together(Vec::new(), says);
        }
        let rest = kept.data.split_off(wanted);
        if rest.is_empty() {
            return together(kept.data, kept.status);
        }
        let says = [0x61, short(rest.len())];
        let data = std::mem::replace(&mut kept.data, rest);
        kept.by = None;
        self.kept = Some(kept);
        together(data, says)
    }
}

fn together(mut data: Vec<u8>, status: [u8; 2]) -> Block {
    data.extend(status);
    Block::whole(data)
}

/// A length in one byte; 00 stands for 256 or more.
fn short(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(0)
}
