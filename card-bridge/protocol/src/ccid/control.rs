//! Requests on the control pipe: the class-specific ones (CCID 1.1 §5.3), and the
//! standard ones that bring the descriptors (USB 2.0 §9.4.3).

use super::message::MessageError;

/// To whom a control transfer goes, and of which kind it is: the words of WebUSB.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ControlTarget {
    /// A standard request to the device.
    StandardDevice,
    /// A request of the class to the interface.
    ClassInterface,
}

/// A control transfer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ControlRequest {
    /// bmRequestType without its direction.
    pub target: ControlTarget,
    /// bRequest.
    pub request: u8,
    /// wValue.
    pub value: u16,
    /// wIndex.
    pub index: u16,
    /// wLength: how many bytes to read; 0 is a transfer out without data.
    pub length: u16,
}

impl ControlRequest {
    /// `GET_DESCRIPTOR` for the configuration with this index, and so many bytes of it:
    /// nine, then what [`total_length`](super::total_length) says of them.
    #[must_use]
    pub const fn get_configuration(index: u8, length: u16) -> Self {
        Self {
            target: ControlTarget::StandardDevice,
            request: 0x06,
            value: u16::from_be_bytes([0x02, index]),
            index: 0,
            length,
        }
    }

    /// ABORT (§5.3.1).
    #[must_use]
    pub const fn abort(interface: u8, slot: u8, sequence: u8) -> Self {
        Self {
            target: ControlTarget::ClassInterface,
            request: 0x01,
            value: u16::from_be_bytes([sequence, slot]),
            index: interface as u16,
            length: 0,
        }
    }

    /// `GET_CLOCK_FREQUENCIES` (§5.3.2): bNumClockSupported numbers.
    #[must_use]
    pub const fn get_clock_frequencies(interface: u8, count: u8) -> Self {
        Self::list(0x02, interface, count)
    }

    /// `GET_DATA_RATES` (§5.3.3): bNumDataRatesSupported numbers.
    #[must_use]
    pub const fn get_data_rates(interface: u8, count: u8) -> Self {
        Self::list(0x03, interface, count)
    }

    const fn list(request: u8, interface: u8, count: u8) -> Self {
        Self {
            target: ControlTarget::ClassInterface,
            request,
            value: 0,
            index: interface as u16,
            length: 4 * count as u16,
        }
    }
}

/// The numbers of a list of clock frequencies (kHz) or data rates (bit/s).
///
/// # Errors
/// [`MessageError::Parameters`] when the bytes are no double words.
pub fn parse_list(bytes: &[u8]) -> Result<Vec<u32>, MessageError> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(MessageError::Parameters);
    }
    Ok(numbers.iter().copied().map(u32::from_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::{ControlRequest, parse_list};
    use crate::ccid::MessageError;

    #[test]
    fn requests_are_those_of_the_standard() {
        let abort = ControlRequest::abort(2, 1, 7);
        assert_eq!(
            (abort.request, abort.value, abort.index, abort.length),
            (1, 0x0701, 2, 0)
        );
        let rates = ControlRequest::get_data_rates(1, 106);
        assert_eq!((rates.request, rates.index, rates.length), (3, 1, 424));
        let clocks = ControlRequest::get_clock_frequencies(0, 255);
        assert_eq!((clocks.request, clocks.length), (2, 1020));
        let configuration = ControlRequest::get_configuration(1, 9);
        assert_eq!((configuration.request, configuration.value), (6, 0x0201));
    }

    #[test]
    fn lists_are_whole_numbers() {
        assert_eq!(
            parse_list(&[0, 0x2A, 0, 0, 0x40, 0x38, 0, 0]),
            Ok(vec![10_752, 14_400])
        );
        assert_eq!(parse_list(&[]), Ok(vec![]));
        assert_eq!(parse_list(&[1, 2, 3]), Err(MessageError::Parameters));
    }
}
