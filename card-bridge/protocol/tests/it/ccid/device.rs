//! A reader's descriptors, as the tests need them, and a loop over a session.

use card_protocol::{
    ccid::{
        Configuration, FunctionalDescriptor, Outcome, ReaderInterface, ReaderLimits, Session,
        SessionError, Step,
    },
    hex,
};
use serde::Deserialize;

/// What a test says of its reader.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Reader {
    pub(crate) features: u32,
    pub(crate) protocols: u32,
    pub(crate) voltages: u8,
    pub(crate) last_slot: u8,
    pub(crate) slot: u8,
    /// kHz.
    pub(crate) clock: u32,
    /// bit/s.
    pub(crate) maximum_rate: u32,
    /// `GET_DATA_RATES`.
    pub(crate) rates: Vec<u32>,
    pub(crate) ifsd: u32,
    pub(crate) message: u32,
    pub(crate) packet: u16,
}

impl Default for Reader {
    /// A key that does everything by itself, at the level of extended APDUs.
    fn default() -> Self {
        Self {
            features: 0x0004_00FE,
            protocols: 3,
            voltages: 7,
            last_slot: 0,
            slot: 0,
            clock: 4000,
            maximum_rate: 344_086,
            rates: Vec::new(),
            ifsd: 254,
            message: 271,
            packet: 64,
        }
    }
}

impl Reader {
    /// The 54 bytes.
    pub(crate) fn functional(&self) -> Vec<u8> {
        let mut bytes = vec![54, 0x21, 0x10, 0x01, self.last_slot, self.voltages];
        for number in [self.protocols, self.clock, self.clock] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(0);
        for number in [10_752, self.maximum_rate] {
            bytes.extend(u32::to_le_bytes(number));
        }
        bytes.push(u8::try_from(self.rates.len()).unwrap());
        for number in [self.ifsd, 0, 0, self.features, self.message] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([0xFF, 0xFF, 0, 0, 0, 1]);
        bytes
    }

    /// A configuration with this reader alone, and an interrupt endpoint.
    pub(crate) fn configuration(&self) -> Vec<u8> {
        let [low, high] = self.packet.to_le_bytes();
        let parts = [
            vec![9, 4, 0, 0, 3, 0xFF, 0, 0, 0],
            self.functional(),
            vec![7, 5, 0x02, 0x02, low, high, 0],
            vec![7, 5, 0x81, 0x02, low, high, 0],
            vec![7, 5, 0x83, 0x03, 8, 0, 16],
        ];
        wrap(1, &parts)
    }

    pub(crate) fn interface(&self) -> ReaderInterface {
        let configuration = Configuration::parse(&self.configuration()).unwrap();
        assert_eq!(configuration.refused, []);
        let reader = configuration.readers[0];
        assert_eq!(
            FunctionalDescriptor::parse(&self.functional()),
            Ok(reader.functional)
        );
        reader
    }

    pub(crate) fn session(&self, limits: ReaderLimits) -> Session {
        let session = Session::new(self.interface(), self.slot, limits).unwrap();
        session.with_data_rates(self.rates.clone())
    }
}

/// A configuration descriptor around others.
pub(crate) fn wrap(interfaces: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let body = parts.concat();
    let [low, high] = u16::try_from(9 + body.len()).unwrap().to_le_bytes();
    [vec![9, 2, low, high, interfaces, 1, 0, 0x80, 50], body].concat()
}

/// An answer of the reader.
pub(crate) fn answer(kind: u8, sequence: u8, tail: [u8; 3], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&[kind], &length[..], &[0, sequence], &tail, data].concat()
}

/// The bSeq of a message.
pub(crate) fn sequence(message: &[u8]) -> u8 {
    message[6]
}

/// Goes on until the command is over. `reader` is given each message and gives the
/// transfers that come back.
pub(crate) fn drive(
    session: &mut Session,
    mut reader: impl FnMut(&[u8]) -> Vec<Vec<u8>>,
) -> Result<Outcome, SessionError> {
    let mut coming = Vec::new();
    loop {
        match session.step() {
            Step::Send(message) => {
                assert_eq!(session.step(), Step::Send(message.clone()), "asked twice");
                coming.extend(reader(&message).into_iter().rev().collect::<Vec<_>>());
                session.sent();
            }
            Step::Receive { length, .. } => {
                assert!(length > 0 && length % 64 == 0);
                let transfer: Vec<u8> = coming.pop().expect("the reader has something to say");
                session.receive(&transfer)?;
            }
            Step::Control(_) => session.sent(),
            Step::Done(outcome) => return Ok(outcome),
            Step::Idle => panic!("nothing runs"),
        }
    }
}

/// An outcome as the data files have it.
pub(crate) fn tell(outcome: Result<Outcome, SessionError>) -> String {
    match outcome {
        Ok(Outcome::Activated(atr)) => format!("activated {}", hex::encode(&atr)),
        Ok(Outcome::Response(response)) => format!("response {}", hex::encode(&response)),
        Ok(Outcome::Status(status)) => format!("status {status:?}"),
        Ok(Outcome::Parameters(parameters)) => format!("{parameters:?}"),
        Ok(Outcome::ClockAndRate(clock, rate)) => format!("{clock} kHz {rate} bit/s"),
        Ok(Outcome::Deactivated) => "deactivated".to_owned(),
        Ok(Outcome::Aborted) => "aborted".to_owned(),
        Err(error) => format!("error {error}"),
    }
}
