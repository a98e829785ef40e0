//! The key behind a line: USB/IP, version 1.1.1 (Linux,
//! `Documentation/usb/usbip_protocol.rst`). Linux' `vhci-hcd`, at the other end, has a
//! USB device then that no other program of its machine can tell from one of metal.
//!
//! [`serve`] plugs in and pulls the key as it is told to. [`attach()`] runs where the device
//! is to be seen: it asks for the key and hands the connection to the kernel.

use std::{io, time::Duration};

mod attach;
mod server;
mod session;
mod wire;

pub use attach::{attach, attach_incoming};
pub use server::{Handle, Server, Way, serve};

/// How often somebody looks who is told by nobody: `vhci-hcd` has no events, and neither
/// has the end of a connection on which nothing is read.
const LOOK: Duration = Duration::from_millis(50);

/// Why a line ended, or there is none.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The port could not be had, or the connection broke.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What came is not USB/IP.
    #[error("not USB/IP: {0}")]
    Protocol(&'static str),
    /// The other side has no such device.
    #[error("the other side has no device for us (status {0})")]
    Refused(u32),
    /// `vhci-hcd` is not there, or all of its ports are taken.
    #[error("vhci-hcd has no free port")]
    NoPort,
}
