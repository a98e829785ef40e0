//! The card protocol without any input or output: what bytes to send to a PIV
//! card, what its answers mean, and the closed list of what can go wrong.
//!
//! The same code runs in the bridge (PC/SC), in the server (which drives cards
//! by signed programs), in the software cards and, as wasm, in the browser.
//! Nothing here opens a socket, reads a clock or starts a thread: the caller
//! carries the bytes.
//!
//! * [`apdu`] — commands, responses and status words (ISO/IEC 7816-4).
//! * [`atr`] — what a card's answer to reset says of its lengths and protocols.
//! * [`ccid`] — the host's side of a USB reader: descriptors, messages, T=0 and T=1.
//! * [`exchange`] — one logical command over chaining, GET RESPONSE and 6Cxx.
//! * [`tlv`] — BER-TLV, strictly.
//! * [`piv`] — the commands and data objects of SP 800-73-4.
//! * [`x509`] — as much of a certificate as tells an own card from a foreign one.
//! * [`hex`] — the text form of bytes in messages.
//! * [`error`] — [`CardError`], the errors a person can be told about; [`fault`] — what
//!   is wrong with a card before any PIN.
//! * [`bridge`] — the messages between a page and the bridge; [`acquaintance`] — how
//!   the page knows it again.
//! * [`pin_policy`] — what a new PIN has to look like.
//! * [`token`], [`statement`] — what a card signs, for a login and for an act.
//! * [`signed`] — what a server signs for a bridge; [`grant`], [`proposal`] — who may
//!   use the bridge, and what it may have a card sign.
//! * [`program`], [`enroll`] — how the server drives a card through the bridge.
//! * [`legible`] — texts that read as they are written (feature `legible`).
//! * [`sealing`] — what passes a page and is for the bridge alone (feature `sealing`).
#![forbid(unsafe_code)]

pub mod acquaintance;
pub mod apdu;
pub mod atr;
pub mod bridge;
pub mod ccid;
pub mod enroll;
pub mod error;
pub mod exchange;
pub mod fault;
pub mod grant;
pub mod hex;
#[cfg(feature = "legible")]
pub mod legible;
pub mod pin_policy;
pub mod piv;
pub mod program;
pub mod proposal;
#[cfg(feature = "sealing")]
pub mod sealing;
pub mod signed;
pub mod statement;
pub mod tlv;
pub mod token;
pub mod x509;

pub use apdu::{ApduError, Command, CommandBytes, Ins, Response, StatusMeaning, StatusWord};
pub use error::{CardError, ProgramRefusal};
pub use exchange::{Exchange, ExchangeError, Limits, RunError, Step, Transport, run};
pub use fault::CardFault;
pub use pin_policy::{PinPolicy, PinWeakness};
pub use piv::{ChipId, Pin, PinTries, Puk};
