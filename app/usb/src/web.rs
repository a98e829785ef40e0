//! The browser's half: devices of `navigator.usb`, its clocks and its storage.
//! [`Chooser`] is what a page needs of it before there is any key; [`UsbCards`] are the
//! cards in the keys that it may open.
//!
//! `web-sys` has these interfaces behind a flag of the compiler's (they may still change),
//! so the few that are needed are declared here.

mod bindings;
mod cards;
mod chooser;
mod clock;
mod description;
mod holders;
mod port;
mod storage;

pub use self::{
    cards::{PageSettings, Unusable, UsbCards, UsbView},
    chooser::{Chooser, NothingChosen},
};
