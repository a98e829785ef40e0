//! Whole commands, by `Exchange` over a session, at each level of exchange, with a card
//! behind the reader that was written for these tests: also over a line that garbles
//! blocks both ways.

use card_protocol::{
    Command, Exchange, Limits, Response, StatusWord,
    ccid::{Outcome, ReaderLimits, Session, SessionError},
};
use proptest::{collection::vec, prelude::*};

use super::device::{self, Reader, answer, sequence};

/// What the card says of itself: T=1 with IFSC 16, or T=0; extended lengths (73 C0 01 C0).
const OF_BLOCKS: [u8; 11] = [
    0x3B, 0x85, 0x81, 0x11, 0x10, 0x80, 0x73, 0xC0, 0x01, 0xC0, 0xF7,
];
const OF_CHARACTERS: [u8; 7] = [0x3B, 0x05, 0x80, 0x73, 0xC0, 0x01, 0xC0];

/// The application: it answers the data of a command, backwards.
#[derive(Default)]
struct Application {
    collected: Vec<u8>,
    waiting: Vec<u8>,
    executed: usize,
}

impl Application {
    fn apdu(&mut self, apdu: &[u8]) -> Vec<u8> {
        let command = Command::parse(apdu).unwrap();
        if command.instruction() != 0xC0 {
            self.collected.extend_from_slice(command.data());
            if command.is_chained() {
                return StatusWord::SUCCESS.to_bytes().to_vec();
            }
            self.executed += 1;
            self.waiting = std::mem::take(&mut self.collected);
            self.waiting.reverse();
        }
        let most = command
            .expected()
            .map_or(0, |most| usize::try_from(most).unwrap());
        let rest = self.waiting.split_off(self.waiting.len().min(most));
        let piece = std::mem::replace(&mut self.waiting, rest);
        let status = match self.waiting.len() {
            0 => StatusWord::SUCCESS,
            more => StatusWord::more_data(more),
        };
        Response::new(piece, status).encode()
    }
}

/// The card's side of T=1.
#[derive(Default)]
struct Blocks {
    application: Application,
    command: Vec<u8>,
    /// What is left to send, and whether the first of it is out.
    response: Vec<Vec<u8>>,
    is_out: bool,
    sequence: bool,
    expected: bool,
}

fn block(pcb: u8, data: &[u8]) -> Vec<u8> {
    let mut block = [&[0, pcb, u8::try_from(data.len()).unwrap()], data].concat();
    block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
    block
}

impl Blocks {
    fn ready(&self, code: u8) -> Vec<u8> {
        block(0x80 | u8::from(self.expected) << 4 | code, &[])
    }

    fn link(&mut self) -> Vec<u8> {
        self.is_out = true;
        let more = u8::from(self.response.len() > 1) << 5;
        block(u8::from(self.sequence) << 6 | more, &self.response[0])
    }

    /// A block of the host, or one that arrived with an error.
    fn receive(&mut self, sent: Option<&[u8]>) -> Vec<u8> {
        let Some(sent) = sent else {
            return self.ready(1);
        };
        let (pcb, data) = (sent[1], &sent[3..sent.len() - 1]);
        assert_eq!(block(pcb, data), sent, "what we send is a block");
        match pcb {
            0xC1 => block(0xE1, data),
            0xC0 => {
                self.command.clear();
                self.response.clear();
                self.is_out = false;
                (self.sequence, self.expected) = (false, false);
                block(0xE0, &[])
            }
            0x80..=0xBF => {
                let expected = pcb & 0x10 != 0;
                if self.response.is_empty() {
                    return self.ready(0);
                }
                if expected != self.sequence {
                    if self.response.len() == 1 {
                        return self.ready(2);
                    }
                    self.response.remove(0);
                    self.sequence = !self.sequence;
                }
                self.link()
            }
            _ => {
                if (pcb & 0x40 != 0) != self.expected {
                    return self.ready(2);
                }
                assert!(data.len() <= 16, "IFSC");
                // The host's block acknowledges the last one of ours.
                if self.is_out {
                    assert_eq!(self.response.len(), 1);
                    self.response.clear();
                    self.is_out = false;
                    self.sequence = !self.sequence;
                }
                self.expected = !self.expected;
                self.command.extend_from_slice(data);
                if pcb & 0x20 != 0 {
                    return self.ready(0);
                }
                let command = std::mem::take(&mut self.command);
                let response = self.application.apdu(&command);
                self.response = response.chunks(20).map(<[u8]>::to_vec).collect();
                self.link()
            }
        }
    }
}

/// What happens to one block on the line.
#[derive(Clone, Copy, Debug)]
enum Line {
    Clear,
    /// The card does not understand the host.
    ToCard,
    /// The host does not understand the card.
    FromCard,
    /// The reader saw a parity error.
    Parity,
    /// The card's block never comes.
    Mute,
}

/// A reader and its card.
struct Device {
    level: u32,
    is_blocks: bool,
    blocks: Blocks,
    command: Vec<u8>,
    response: Vec<Vec<u8>>,
    line: std::vec::IntoIter<Line>,
}

impl Device {
    fn new(level: u32, is_blocks: bool, line: Vec<Line>) -> Self {
        Self {
            level,
            is_blocks,
            blocks: Blocks::default(),
            command: Vec::new(),
            response: Vec::new(),
            line: line.into_iter(),
        }
    }

    fn message(&mut self, message: &[u8]) -> Vec<u8> {
        let (sequence, data) = (sequence(message), &message[10..]);
        match message[0] {
            0x62 => {
                self.blocks = Blocks {
                    application: std::mem::take(&mut self.blocks.application),
                    ..Blocks::default()
                };
                let atr = if self.is_blocks {
                    &OF_BLOCKS[..]
                } else {
                    &OF_CHARACTERS
                };
                answer(0x80, sequence, [0, 0, 0], atr)
            }
            0x61 => answer(0x82, sequence, [0, 0, message[7]], data),
            0x6F if self.level == 0x1_0000 && self.is_blocks => self.block(sequence, data),
            0x6F if self.level == 0x4_0000 => {
                self.command.extend_from_slice(data);
                if matches!(message[8], 1 | 3) {
                    return answer(0x80, sequence, [0, 0, 0x10], &[]);
                }
                let is_first = message[8] != 0x10;
                if is_first {
                    let command = std::mem::take(&mut self.command);
                    let response = self.blocks.application.apdu(&command);
                    self.response = response.chunks(44).map(<[u8]>::to_vec).collect();
                }
                let piece = self.response.remove(0);
                let chain = match (is_first, self.response.is_empty()) {
                    (true, true) => 0,
                    (true, false) => 1,
                    (false, true) => 2,
                    (false, false) => 3,
                };
                answer(0x80, sequence, [0, 0, chain], &piece)
            }
            0x6F if self.level == 0x1_0000 => {
                // T=0: P3 is Le or Lc, and a command with data has its answer fetched.
                let response = self.blocks.application.apdu(data);
                answer(0x80, sequence, [0, 0, 0], &response)
            }
            0x6F => {
                let response = self.blocks.application.apdu(data);
                answer(0x80, sequence, [0, 0, 0], &response)
            }
            other => panic!("{other:02X}"),
        }
    }

    fn block(&mut self, sequence: u8, sent: &[u8]) -> Vec<u8> {
        let line = self.line.next().unwrap_or(Line::Clear);
        let mut back = self
            .blocks
            .receive(Some(sent).filter(|_| !matches!(line, Line::ToCard)));
        match line {
            Line::Clear | Line::ToCard => {}
            Line::FromCard => *back.last_mut().unwrap() ^= 0x55,
            Line::Parity => return answer(0x80, sequence, [0x40, 0xFD, 0], &[]),
            Line::Mute => return answer(0x80, sequence, [0x40, 0xFE, 0], &[]),
        }
        answer(0x80, sequence, [0, 0, 0], &back)
    }
}

fn power_on(session: &mut Session, device: &mut Device) -> Result<Outcome, SessionError> {
    session.power_on().unwrap();
    device::drive(session, |message| vec![device.message(message)])
}

fn run(
    session: &mut Session,
    device: &mut Device,
    command: &Command,
) -> Result<Response, SessionError> {
    let mut exchange = Exchange::new(command.clone(), Limits::default());
    if session.is_over_t0() {
        exchange = exchange.over_t0();
    } else if session.carries_extended() {
        exchange = exchange.over_extended();
    }
    loop {
        let apdu = match exchange.step() {
            card_protocol::Step::Send(apdu) => apdu,
            card_protocol::Step::Done(response) => return Ok(response),
        };
        session.transmit(&apdu)?;
        match device::drive(session, |message| vec![device.message(message)])? {
            Outcome::Response(response) => exchange.receive(&response).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        7 => Just(Line::Clear),
        1 => Just(Line::ToCard),
        1 => Just(Line::FromCard),
        1 => Just(Line::Parity),
        1 => Just(Line::Mute),
    ]
}

fn command(data: Vec<u8>) -> Command {
    Command::new(0, 0xDB, 0x3F, 0xFF)
        .with_data(data)
        .expecting_everything()
}

proptest! {
    #[test]
    fn a_command_goes_through_every_level(data in vec(any::<u8>(), 1..700)) {
        for (features, level, is_blocks) in [
            (0x0004_00FE, 0x4_0000, true),
            (0x0004_0032, 0x4_0000, false),
            (0x0002_00FE, 0x2_0000, true),
            (0x0001_0030, 0x1_0000, false),
            (0x0001_0030, 0x1_0000, true),
        ] {
            let message = if level == 0x4_0000 { 54 } else { 271 };
            let reader = Reader { features, message, ..Reader::default() };
            let mut session = reader.session(ReaderLimits::default());
            let mut device = Device::new(level, is_blocks, Vec::new());
            power_on(&mut session, &mut device).unwrap();
            let response = run(&mut session, &mut device, &command(data.clone())).unwrap();
            let backwards: Vec<u8> = data.iter().rev().copied().collect();
            prop_assert_eq!(response.success(), Ok(backwards.as_slice()), "{:08X}", features);
            prop_assert_eq!(device.blocks.application.executed, 1);
        }
    }

    #[test]
    fn over_a_bad_line_a_command_runs_once_or_is_said_to_be_lost(
        commands in vec(vec(any::<u8>(), 1..120), 1..6),
        line in vec(line(), 0..200),
    ) {
        let reader = Reader { features: 0x0001_0030, ..Reader::default() };
        let mut session = reader.session(ReaderLimits::default());
        let mut device = Device::new(0x1_0000, true, line);
        let mut is_on = false;
        for data in commands {
            if !is_on {
                is_on = power_on(&mut session, &mut device).is_ok();
                if !is_on {
                    continue;
                }
            }
            let before = device.blocks.application.executed;
            let result = run(&mut session, &mut device, &command(data.clone()));
            let ran = device.blocks.application.executed - before;
            prop_assert!(ran <= 1, "a command ran twice");
            match result {
                Ok(response) => {
                    let backwards: Vec<u8> = data.iter().rev().copied().collect();
                    prop_assert_eq!(response.success(), Ok(backwards.as_slice()));
                    prop_assert_eq!(ran, 1);
                }
                Err(error) => {
                    prop_assert!(!error.is_fatal(), "{}", error);
                    is_on = session.atr().is_some();
                }
            }
        }
    }
}
