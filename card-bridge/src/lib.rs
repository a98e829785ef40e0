//! The bridge between web pages and smart cards: a WebSocket on the loopback
//! interface on one side, PC/SC on the other. It keeps no secret, offers a few
//! methods to the origins that its user allowed, and runs no card command of a
//! page that the origin's server has not signed.
//!
//! * [`listener`] accepts connections, [`session`] speaks with one page.
//! * [`hub`] is what all sessions share: readers, leases, settings.
//! * [`reader`] is the way to the cards: PC/SC, or software cards in process.
//! * [`operation`] is what is done with a card; [`program`] runs what a server signed.
//! * [`enroll`] makes cards, from the command line or in process.
#![forbid(unsafe_code)]

pub mod clock;
pub mod config;
pub mod enroll;
pub mod http;
pub mod hub;
pub mod key;
pub mod listener;
pub mod operation;
pub mod origin;
pub mod paths;
pub mod pin_entry;
pub mod program;
pub mod reader;
pub mod session;
pub mod socket;
