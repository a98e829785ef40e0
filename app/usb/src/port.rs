//! A USB device as a browser hands it out (`WebUSB`'s `USBDevice`): its name, transfers, and
//! a closed list of what may go wrong. Nothing here knows what a card is.

use async_trait::async_trait;
use card_protocol::{CardError, ccid::ControlRequest};

/// Why a transfer, or a claim, did not come about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PortError {
    /// The device was pulled.
    #[error("the device is gone")]
    Gone,
    /// The device does not take the request, or the endpoint is halted (USB 2.0 §8.4.5).
    #[error("the device stalled")]
    Stall,
    /// The browser keeps this class of interface from pages (`WebUSB` §4.9: smart card
    /// readers, class 0B, among others), or the person took the permission back.
    #[error("the browser keeps it from pages")]
    Refused,
    /// Another tab, or a program of the machine, has claimed the interface.
    #[error("somebody else has the device")]
    Busy,
    /// Anything else.
    #[error("the transfer failed")]
    Other,
}

impl PortError {
    /// What a rejected promise of `WebUSB` means, by the name of its exception and whether
    /// the device was open then (`USBDevice.opened`). The names are those of `WebUSB`'s
    /// text, and for what it leaves open Chromium's.
    ///
    /// `NotFoundError` is said of a device that is gone, which is not open any more, and of
    /// an endpoint that is not claimed: while another tab has the device, for instance.
    /// Whether a device was pulled, `navigator.usb`'s event says for sure.
    #[must_use]
    pub fn of_exception(name: &str, is_open: bool) -> Self {
        match name {
            "NotFoundError" if !is_open => Self::Gone,
            // Chromium's for every open that fails, too: the system has its own rights.
            "SecurityError" => Self::Refused,
            _ => Self::Other,
        }
    }

    /// The same for `claimInterface`, where `NetworkError` says that somebody else has it.
    #[must_use]
    pub fn of_claim(name: &str, is_open: bool) -> Self {
        match name {
            "NetworkError" => Self::Busy,
            name => Self::of_exception(name, is_open),
        }
    }
}

impl From<PortError> for CardError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Gone => Self::CardRemoved,
            PortError::Busy => Self::CardInUse,
            PortError::Stall | PortError::Refused | PortError::Other => Self::ReaderError,
        }
    }
}

/// What a device calls itself: its own words, of which none is proven.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PortLabel {
    /// The string of iProduct.
    pub product: String,
    /// The string of iSerialNumber.
    pub serial: String,
}

/// Where a reader is in its device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InterfaceAddress {
    /// bConfigurationValue.
    pub configuration: u8,
    /// bInterfaceNumber.
    pub interface: u8,
    /// bAlternateSetting.
    pub alternate: u8,
}

/// A device that the page may use. Several transfers may be under way at once: the one
/// from the interrupt endpoint nearly always is.
#[async_trait(?Send)]
pub trait UsbPort {
    /// What it calls itself.
    fn label(&self) -> PortLabel;

    /// Opens it.
    ///
    /// # Errors
    /// [`PortError`], as for all that follow.
    async fn open(&self) -> Result<(), PortError>;

    /// Selects the configuration, claims the interface and selects its setting.
    async fn claim(&self, address: InterfaceAddress) -> Result<(), PortError>;

    /// Reads from the control pipe.
    async fn control_in(&self, request: ControlRequest) -> Result<Vec<u8>, PortError>;

    /// Says something on the control pipe, without data.
    async fn control_out(&self, request: ControlRequest) -> Result<(), PortError>;

    /// Writes `bytes` as one transfer.
    async fn transfer_out(&self, endpoint: u8, bytes: &[u8]) -> Result<(), PortError>;

    /// Reads one transfer of up to `length` bytes: waits until the device has something.
    async fn transfer_in(&self, endpoint: u8, length: usize) -> Result<Vec<u8>, PortError>;

    /// Resets it (USB 2.0 §7.1.7.5). Not every system lets a browser do so.
    async fn reset(&self) -> Result<(), PortError>;

    /// Gives it back: what is under way ends, and others may claim it.
    async fn close(&self);
}

#[cfg(test)]
mod tests {
    use super::PortError;

    #[test]
    fn only_a_device_that_is_not_open_is_gone() {
        for (name, is_open, error, claim) in [
            ("NotFoundError", false, PortError::Gone, PortError::Gone),
            ("NotFoundError", true, PortError::Other, PortError::Other),
            (
                "SecurityError",
                true,
                PortError::Refused,
                PortError::Refused,
            ),
            ("NetworkError", true, PortError::Other, PortError::Busy),
            (
                "InvalidStateError",
                false,
                PortError::Other,
                PortError::Other,
            ),
            ("AbortError", true, PortError::Other, PortError::Other),
            ("", true, PortError::Other, PortError::Other),
        ] {
            assert_eq!(PortError::of_exception(name, is_open), error, "{name}");
            assert_eq!(PortError::of_claim(name, is_open), claim, "{name}");
        }
    }
}
