//! The host's side of CCID, the class of USB devices for smart card readers
//! (*Device Class: Smart Card*, revision 1.1), without any input or output.
//!
//! * [`Configuration`] finds the reader among a device's descriptors, and
//!   [`FunctionalDescriptor`] says what it does by itself.
//! * [`Session`] speaks with one of its slots: powers the card, agrees with it on a
//!   protocol, sends APDUs, aborts. It is asked what to do ([`Session::step`]) and told
//!   what came ([`Session::receive`]), as [`Exchange`](crate::Exchange) is, which goes
//!   over it for chains and GET RESPONSE.
//! * [`t1`] is the block protocol, for readers that leave it to the host.
//!
//! The reader is not trusted: what it says is bounded, an answer that belongs to no
//! command is dropped, and no command is sent a second time by itself. `docs/ccid.md`
//! holds the standard against this, section by section.

mod activation;
mod assembly;
mod bytes;
mod channel;
mod control;
mod descriptor;
mod error;
mod functional;
mod message;
mod notification;
mod parameters;
mod pps;
mod rates;
mod session;
mod slot_error;
pub mod t1;
mod transfer;

pub use bytes::MessageBytes;
pub use control::{ControlRequest, ControlTarget, parse_list};
pub use descriptor::{
    Configuration, DescriptorError, Endpoint, ReaderInterface, SMART_CARD_CLASS, VENDOR_CLASS,
    total_length,
};
pub use error::SessionError;
pub use functional::{
    ExchangeLevel, Features, FunctionalDescriptor, FunctionalError, UnsupportedReader, Voltage,
};
pub use message::{
    Answer, AnswerHeader, AnswerKind, CommandStatus, HEADER, IccStatus, MessageError,
    parse_clock_and_rate,
};
pub use notification::{Notification, SlotState};
pub use parameters::{Parameters, T0Parameters, T1Parameters};
pub use pps::PpsError;
pub use rates::data_rate;
pub use session::{Outcome, Presence, ReaderLimits, Session, Step, Watch};
pub use slot_error::SlotError;
