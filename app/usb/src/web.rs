//! The browser's half: devices of `navigator.usb`, its clocks and its storage, and
//! [`UsbCards`], which the pages call.
//!
//! `web-sys` has these interfaces behind a flag of the compiler's (they may still change),
//! so the few that are needed are declared here.

mod bindings;
mod cards;
mod clock;
mod grants;
mod port;
mod storage;

pub use self::cards::UsbCards;
