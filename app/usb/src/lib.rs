//! The way to a card that the browser itself opens, over `WebUSB`: for a key whose
//! interface is of class FF, where nothing needs to be installed. It answers the bridge's
//! calls ([`Call`](card_protocol::bridge::Call)) as the bridge does, by the same code
//! (`card-operations`), with the driver of the reader in it (`card_protocol::ccid`).
//!
//! * [`port`] is a device as the browser hands it out, and [`platform`] what else the
//!   page gives: a clock, a place to note programs in, the server's grants.
//! * [`reader`] is one opened device: it finds the reader among the descriptors, and
//!   drives its session.
//! * [`transport`] has all devices, and does what is called for.
//! * `web` (in wasm alone) is the browser's half: `navigator.usb`, and the class that the
//!   pages call.
//!
//! The device is not trusted, and neither is what the browser keeps: a device that lies is
//! reset, and a program that can't be noted does not run. Who is trusted is the page, in
//! whose process this runs: what the bridge guards against pages, this can't.
#![forbid(unsafe_code)]

mod cancel;
mod grants;
mod key;
pub mod platform;
pub mod port;
pub mod reader;
mod replay_guard;
pub mod transport;
#[cfg(target_arch = "wasm32")]
pub mod web;
