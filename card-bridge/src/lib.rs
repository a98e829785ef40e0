//! The bridge between web pages and smart cards: a WebSocket on the loopback
//! interface on one side, PC/SC on the other. It keeps no secret but the one by which
//! pages know it again ([`bridge_key`]), offers a few methods to the pages of an allowed origin whose server grants them, and has a
//! card do nothing that this server has not signed.
//!
//! * [`listener`] accepts connections, of its own user only ([`peer`]); [`session`]
//!   speaks with one page.
//! * [`hub`] is what all sessions share: readers, leases, settings.
//! * [`reader`] is the way to the cards: PC/SC, or software cards in process.
//! * [`operation`] does with a card what [`card_operations`] says, for which the browser has
//!   another way; [`replay_guard`] knows which programs of a server ran.
//! * [`pin_gate`] is the one way for a PIN from a person to a card.
//! * [`confirm`] is who asks the holder before something is signed.
//! * [`enroll`] makes cards, from the command line or in process.
#![forbid(unsafe_code)]

pub mod bridge_key;
pub mod clock;
pub mod config;
pub mod confirm;
pub mod enroll;
pub mod http;
pub mod hub;
pub mod listener;
pub mod operation;
pub mod origin;
pub mod paths;
pub mod peer;
pub mod pin_entry;
pub mod pin_gate;
mod private_file;
pub mod reader;
pub mod replay_guard;
pub mod session;
pub mod socket;
