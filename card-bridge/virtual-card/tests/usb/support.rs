//! A key with a new card, and messages for it.

use tempfile::TempDir;
use virtual_card::{
    VirtualCard,
    usb::{Device, Level, Options},
};

pub(crate) const POWER_ON: u8 = 0x62;
pub(crate) const POWER_OFF: u8 = 0x63;
pub(crate) const STATUS: u8 = 0x65;
pub(crate) const GET_PARAMETERS: u8 = 0x6C;
pub(crate) const RESET_PARAMETERS: u8 = 0x6D;
pub(crate) const SET_PARAMETERS: u8 = 0x61;
pub(crate) const XFR_BLOCK: u8 = 0x6F;
pub(crate) const ABORT: u8 = 0x72;
pub(crate) const SET_DATA_RATE: u8 = 0x73;

pub(crate) const DATA_BLOCK: u8 = 0x80;
pub(crate) const SLOT_STATUS: u8 = 0x81;
pub(crate) const PARAMETERS: u8 = 0x82;

pub(crate) const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0, 0, 3, 8, 0];

/// A configured key, and the folder of its card's file.
pub(crate) struct Key {
    pub(crate) device: Device,
    _folder: TempDir,
    seq: u8,
}

/// A message of the key, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) kind: u8,
    pub(crate) status: u8,
    pub(crate) error: u8,
    pub(crate) specific: u8,
    pub(crate) data: Vec<u8>,
}

impl Key {
    pub(crate) fn new(options: Options) -> Self {
        let mut key = Self::unconfigured(options);
        key.device.control([0, 9, 1, 0, 0, 0, 0, 0]).unwrap();
        key
    }

    pub(crate) fn unconfigured(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = VirtualCard::create(folder.path().join("card")).unwrap();
        Self {
            device: Device::new(card, options),
            _folder: folder,
            seq: 0,
        }
    }

    pub(crate) fn at(level: Level) -> Self {
        let mut key = Self::new(Options {
            level,
            ..Options::default()
        });
        key.power_on();
        key
    }

    pub(crate) fn power_on(&mut self) -> Vec<u8> {
        let answer = self.ask(POWER_ON, [0; 3], &[]);
        assert_eq!((answer.kind, answer.status), (DATA_BLOCK, 0));
        answer.data
    }

    /// A message, and the key's next one.
    pub(crate) fn ask(&mut self, kind: u8, specific: [u8; 3], data: &[u8]) -> Answer {
        self.say(kind, specific, data);
        self.hear().expect("an answer")
    }

    pub(crate) fn say(&mut self, kind: u8, specific: [u8; 3], data: &[u8]) {
        self.seq = self.seq.wrapping_add(1);
        let message = message(kind, self.seq, specific, data);
        self.device.bulk_out(&message).unwrap();
    }

    /// The key's next message, which answers the last one said.
    pub(crate) fn hear(&mut self) -> Option<Answer> {
        let bytes = self.device.bulk_in()?;
        assert_eq!(bytes[5..7], [0, self.seq], "slot and sequence number");
        Some(parse(&bytes))
    }

    /// `XfrBlock` of whole data.
    pub(crate) fn transfer(&mut self, data: &[u8]) -> Answer {
        self.ask(XFR_BLOCK, [0; 3], data)
    }
}

pub(crate) fn message(kind: u8, seq: u8, specific: [u8; 3], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&[kind], &length[..], &[0, seq], &specific, data].concat()
}

pub(crate) fn parse(bytes: &[u8]) -> Answer {
    let length = u32::from_le_bytes(bytes[1..5].try_into().unwrap());
    assert_eq!(usize::try_from(length).unwrap(), bytes.len() - 10);
    Answer {
        kind: bytes[0],
        status: bytes[7],
        error: bytes[8],
        specific: bytes[9],
        data: bytes[10..].to_vec(),
    }
}

/// An answer that something failed: bmCommandStatus, and why.
pub(crate) fn failed(kind: u8, icc: u8, error: u8) -> (u8, u8, u8) {
    (kind, 0x40 | icc, error)
}

impl Answer {
    pub(crate) fn outcome(&self) -> (u8, u8, u8) {
        (self.kind, self.status, self.error)
    }
}
