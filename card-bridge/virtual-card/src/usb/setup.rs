//! The eight bytes that begin a control transfer (USB 2.0 section 9.3).

/// A request, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    /// bmRequestType.
    pub(super) kind: u8,
    /// bRequest.
    pub(super) request: u8,
    /// wValue.
    pub(super) value: u16,
    /// wIndex.
    pub(super) index: u16,
    /// wLength.
    pub(super) length: u16,
}

impl From<[u8; 8]> for Setup {
    fn from([kind, request, v0, v1, i0, i1, l0, l1]: [u8; 8]) -> Self {
        Self {
            kind,
            request,
            value: u16::from_le_bytes([v0, v1]),
            index: u16::from_le_bytes([i0, i1]),
            length: u16::from_le_bytes([l0, l1]),
        }
    }
}

/// To the device, an interface, an endpoint; out, and in (table 9-2).
pub(super) mod kind {
    pub(crate) const OUT_DEVICE: u8 = 0x00;
    pub(crate) const OUT_INTERFACE: u8 = 0x01;
    pub(crate) const OUT_ENDPOINT: u8 = 0x02;
    pub(crate) const IN_DEVICE: u8 = 0x80;
    pub(crate) const IN_INTERFACE: u8 = 0x81;
    pub(crate) const IN_ENDPOINT: u8 = 0x82;
    /// Of the class, to an interface.
    pub(crate) const OUT_CLASS: u8 = 0x21;
    /// Of the class, from an interface.
    pub(crate) const IN_CLASS: u8 = 0xA1;
}

/// Standard requests (table 9-4).
pub(super) mod request {
    pub(crate) const GET_STATUS: u8 = 0;
    pub(crate) const CLEAR_FEATURE: u8 = 1;
    pub(crate) const SET_FEATURE: u8 = 3;
    pub(crate) const GET_DESCRIPTOR: u8 = 6;
    pub(crate) const GET_CONFIGURATION: u8 = 8;
    pub(crate) const SET_CONFIGURATION: u8 = 9;
    pub(crate) const GET_INTERFACE: u8 = 10;
    pub(crate) const SET_INTERFACE: u8 = 11;
}

/// Requests of the class (CCID 1.1 section 5.3).
pub(super) mod class_request {
    pub(crate) const ABORT: u8 = 1;
    pub(crate) const GET_CLOCK_FREQUENCIES: u8 = 2;
    pub(crate) const GET_DATA_RATES: u8 = 3;
}
