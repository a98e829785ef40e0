//! What goes over the line: all numbers big-endian, except what USB itself says.

use super::LineError;
use crate::usb::{
    descriptors::{CONFIGURATION, RELEASE},
    options::Options,
};

const VERSION: [u8; 2] = [0x01, 0x11];

/// Requests and answers before there is a device (code of the operation).
const REQUEST_LIST: u16 = 0x8005;
const REQUEST_IMPORT: u16 = 0x8003;
const ANSWER_LIST: u16 = 0x0005;
const ANSWER_IMPORT: u16 = 0x0003;

pub(super) const REQUEST_LENGTH: usize = 8;
pub(super) const BUS_ID_LENGTH: usize = 32;

/// The head of every answer, and the description of a device.
pub(super) const IMPORTED_LENGTH: usize = 8 + 312;

/// The only device of a server.
pub(super) const BUS_ID: &str = "1-1";

/// Bus 1, device 1.
pub(super) const DEVICE_ID: u32 = 0x0001_0001;

/// Of `enum usb_device_speed`: full.
pub(super) const FULL_SPEED: u32 = 2;

/// The head of everything about a URB.
pub(super) const HEADER: usize = 48;

/// Errors, as Linux numbers them.
pub(super) mod status {
    pub(crate) const OK: i32 = 0;
    /// EPIPE: stalled.
    pub(crate) const STALL: i32 = -32;
    /// EOVERFLOW: the device said more than there was room for.
    pub(crate) const BABBLE: i32 = -75;
    /// ECONNRESET: unlinked.
    pub(crate) const UNLINKED: i32 = -104;
}

/// What is asked before there is a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    List,
    Import,
}

impl Request {
    pub(super) fn read(head: [u8; REQUEST_LENGTH]) -> Result<Self, LineError> {
        let [.., c0, c1, _, _, _, _] = head;
        match u16::from_be_bytes([c0, c1]) {
            REQUEST_LIST => Ok(Self::List),
            REQUEST_IMPORT => Ok(Self::Import),
            _ => Err(LineError::Protocol("an operation that is not known")),
        }
    }
}

/// `OP_REQ_IMPORT`.
pub(super) fn request_import() -> Vec<u8> {
    [
        &operation(REQUEST_IMPORT, 0)[..],
        &padded(BUS_ID, BUS_ID_LENGTH),
    ]
    .concat()
}

/// Whether an `OP_REP_IMPORT` gives us the device. What it says about it, the device will
/// say itself.
pub(super) fn is_imported(answer: &[u8; IMPORTED_LENGTH]) -> Result<(), LineError> {
    let &[v0, v1, c0, c1, s0, s1, s2, s3, ..] = answer;
    let is_import = u16::from_be_bytes([c0, c1]) == ANSWER_IMPORT;
    if [v0, v1] != VERSION || !is_import {
        return Err(LineError::Protocol("no answer to an import"));
    }
    match u32::from_be_bytes([s0, s1, s2, s3]) {
        0 => Ok(()),
        status => Err(LineError::Refused(status)),
    }
}

/// `OP_REP_DEVLIST`.
pub(super) fn list(options: Option<&Options>) -> Vec<u8> {
    let mut bytes = operation(ANSWER_LIST, 0);
    bytes.extend(u32::from(options.is_some()).to_be_bytes());
    if let Some(options) = options {
        bytes.extend(device(options));
        // The interface: class, subclass, protocol, padding.
        bytes.extend([options.class.code(), 0, 0, 0]);
    }
    bytes
}

/// `OP_REP_IMPORT` that gives the device away.
pub(super) fn imported(options: &Options) -> Vec<u8> {
    [operation(ANSWER_IMPORT, 0), device(options)].concat()
}

/// `OP_REP_IMPORT` that does not.
pub(super) fn not_imported() -> Vec<u8> {
    operation(ANSWER_IMPORT, 1)
}

fn operation(code: u16, status: u32) -> Vec<u8> {
    [&VERSION[..], &code.to_be_bytes(), &status.to_be_bytes()].concat()
}

fn device(options: &Options) -> Vec<u8> {
    let mut bytes = padded("/sys/devices/virtual-card/usb1/1-1", 256);
    bytes.extend(padded(BUS_ID, BUS_ID_LENGTH));
    for number in [1, 1, FULL_SPEED] {
        bytes.extend(u32::to_be_bytes(number));
    }
    for number in [options.vendor, options.product, RELEASE] {
        bytes.extend(number.to_be_bytes());
    }
    // Class, subclass and protocol are the interface's; no configuration yet; one
    // configuration, one interface.
    bytes.extend([0, 0, 0, 0, CONFIGURATION, 1]);
    bytes
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(length, 0);
    bytes
}

/// What the host wants of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urb {
    /// `USBIP_CMD_SUBMIT`. Out of the host, `length` bytes follow.
    Submit {
        seq: u32,
        is_in: bool,
        endpoint: u8,
        length: usize,
        setup: [u8; 8],
    },
    /// `USBIP_CMD_UNLINK`.
    Unlink { seq: u32, victim: u32 },
}

impl Urb {
    pub(super) fn read(header: &[u8; HEADER]) -> Result<Self, LineError> {
        const SUBMIT: u32 = 1;
        const UNLINK: u32 = 2;
        /// More than any transfer of ours.
        const LONGEST: u32 = 1 << 20;
        let words = header.as_chunks::<4>().0;
        let &[
            command,
            seq,
            _device,
            direction,
            endpoint,
            sixth,
            length,
            ..,
        ] = words
        else {
            return Err(LineError::Protocol("a short header"));
        };
        let seq = u32::from_be_bytes(seq);
        match u32::from_be_bytes(command) {
            SUBMIT => {
                let length = u32::from_be_bytes(length);
                let endpoint = u8::try_from(u32::from_be_bytes(endpoint));
                match (endpoint, header.last_chunk()) {
                    (Ok(endpoint), Some(setup)) if length <= LONGEST => Ok(Self::Submit {
                        seq,
                        is_in: u32::from_be_bytes(direction) != 0,
                        endpoint,
                        length: usize::try_from(length).unwrap_or(usize::MAX),
                        setup: *setup,
                    }),
                    _ => Err(LineError::Protocol("a transfer that is not possible")),
                }
            }
            UNLINK => Ok(Self::Unlink {
                seq,
                victim: u32::from_be_bytes(sixth),
            }),
            _ => Err(LineError::Protocol("a command that is not known")),
        }
    }
}

/// `USBIP_RET_SUBMIT`: `data` of a transfer in, or how much of one out was taken.
pub(super) fn submitted(seq: u32, status: i32, data: &[u8], taken: usize) -> Vec<u8> {
    const RETURNED: u32 = 3;
    let length = u32::try_from(data.len().max(taken)).unwrap_or(u32::MAX);
    let mut bytes = head(RETURNED, seq, status);
    bytes.extend(length.to_be_bytes());
    bytes.resize(HEADER, 0);
    bytes.extend_from_slice(data);
    bytes
}

/// `USBIP_RET_UNLINK`.
pub(super) fn unlinked(seq: u32, status: i32) -> Vec<u8> {
    const RETURNED: u32 = 4;
    let mut bytes = head(RETURNED, seq, status);
    bytes.resize(HEADER, 0);
    bytes
}

fn head(command: u32, seq: u32, status: i32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend(command.to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    // Device, direction and endpoint are the host's own knowledge.
    bytes.extend([0; 12]);
    bytes.extend(status.to_be_bytes());
    bytes
}
