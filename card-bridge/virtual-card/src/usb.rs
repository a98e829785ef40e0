//! The same card as a USB key: a CCID device with the card in it (USB 2.0 chapter 9; the
//! device class CCID 1.1), that a browser or pcscd takes for a real one.
//!
//! [`Device`] is the key in process, by transfers. [`ip`] puts it behind a line that
//! Linux' `vhci-hcd` takes for a USB device. What the reader in it does is written from
//! the standards and from nothing of `card-protocol`, so that the two can't agree by
//! sharing a mistake; `cargo xtask test usb` has Debian's libccid judge it.

mod chip;
mod class_descriptor;
mod descriptors;
mod device;
mod exchange;
pub mod ip;
mod message;
mod options;
mod parameters;
mod reader;
mod setup;
mod slot;
mod status;

pub use device::Device;
pub use options::{InterfaceClass, Level, Options};
pub use reader::Stall;
