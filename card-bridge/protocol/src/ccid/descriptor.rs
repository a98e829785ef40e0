//! The descriptors of a configuration (USB 2.0 §9.6.3 to §9.6.6), and in them the
//! interfaces of readers (CCID 1.1 §5). Strict: what does not add up is refused, what
//! belongs to others is passed over.

use super::functional::{self, FunctionalDescriptor, FunctionalError};

const CONFIGURATION: u8 = 0x02;
const INTERFACE: u8 = 0x04;
const ENDPOINT: u8 = 0x05;
/// bInterfaceClass of readers (§5).
pub const SMART_CARD_CLASS: u8 = 0x0B;
/// bInterfaceClass of what belongs to its maker; readers of before the standard have
/// it, and keys that a page may claim: browsers protect class 0B.
pub const VENDOR_CLASS: u8 = 0xFF;
/// bInterfaceProtocol of bulk transfers; the others are those of ICCD 1.0, where
/// messages go over the control pipe.
const BULK_PROTOCOL: u8 = 0x00;
/// The longest packet of a bulk endpoint of whatever speed.
const MOST_PACKET: u16 = 1024;

/// Bytes that are not the descriptors of a configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DescriptorError {
    /// The bytes end within a descriptor, or before wTotalLength.
    #[error("configuration descriptor is cut off")]
    Truncated,
    /// There is more than wTotalLength.
    #[error("{0} bytes after the configuration descriptor")]
    TrailingBytes(usize),
    /// They do not begin with a configuration descriptor.
    #[error("descriptor of type {0:02X} is not a configuration")]
    NotConfiguration(u8),
    /// bLength is shorter than such a descriptor has to be.
    #[error("descriptor of type {kind:02X} has length {length}")]
    Length {
        /// bDescriptorType.
        kind: u8,
        /// bLength.
        length: u8,
    },
    /// More interfaces than bNumInterfaces.
    #[error("more than the {0} interfaces that are announced")]
    Interfaces(u8),
    /// An interface of class 0B has other endpoints than a reader's.
    #[error("interface {0} has not the endpoints of a reader")]
    Endpoints(u8),
    /// An interface of class 0B speaks ICCD's protocols over the control pipe.
    #[error("interface {interface} has protocol {protocol:02X}, not bulk transfers")]
    Protocol {
        /// bInterfaceNumber.
        interface: u8,
        /// bInterfaceProtocol.
        protocol: u8,
    },
    /// An interface of class 0B has no functional descriptor.
    #[error("interface {0} has no functional descriptor")]
    NoFunctional(u8),
    /// The functional descriptor makes no sense.
    #[error(transparent)]
    Functional(#[from] FunctionalError),
}

/// One endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// Its number without the direction: what WebUSB calls endpointNumber.
    pub number: u8,
    /// Most bytes of one packet.
    pub packet: u16,
}

/// The interface of a reader.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReaderInterface {
    /// bInterfaceNumber.
    pub number: u8,
    /// bAlternateSetting.
    pub alternate: u8,
    /// bInterfaceClass.
    pub class: u8,
    /// Where messages go.
    pub bulk_out: Endpoint,
    /// Where answers come from.
    pub bulk_in: Endpoint,
    /// Where the reader tells that a card came or went.
    pub interrupt: Option<Endpoint>,
    /// What the reader is.
    pub functional: FunctionalDescriptor,
}

/// What a configuration descriptor holds of readers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Configuration {
    /// bConfigurationValue: what the configuration is selected by.
    pub value: u8,
    /// Its readers: each alternate setting by itself.
    pub readers: Vec<ReaderInterface>,
    /// Why interfaces of class 0B are none.
    pub refused: Vec<DescriptorError>,
}

/// An interface descriptor and what has been seen of its followers.
struct Open {
    number: u8,
    alternate: u8,
    announced: u8,
    class: u8,
    protocol: u8,
    seen: u8,
    bulk_out: Option<Endpoint>,
    bulk_in: Option<Endpoint>,
    interrupt: Option<Endpoint>,
    is_odd: bool,
    functional: Option<Result<FunctionalDescriptor, FunctionalError>>,
}

/// wTotalLength, from the first nine bytes or more of a configuration descriptor:
/// how many to ask for.
///
/// # Errors
/// [`DescriptorError`].
pub fn total_length(bytes: &[u8]) -> Result<u16, DescriptorError> {
    let &[length, kind, low, high, _, _, _, _, _] =
        bytes.first_chunk().ok_or(DescriptorError::Truncated)?;
    if kind != CONFIGURATION {
        return Err(DescriptorError::NotConfiguration(kind));
    }
    if length < 9 {
        return Err(DescriptorError::Length { kind, length });
    }
    match u16::from_le_bytes([low, high]) {
        total @ 9.. => Ok(total),
        _ => Err(DescriptorError::Truncated),
    }
}

impl Configuration {
    /// Reads a configuration descriptor and all that follows it, as `GET_DESCRIPTOR`
    /// gives them.
    ///
    /// # Errors
    /// [`DescriptorError`], when the descriptors do not add up. An interface of class 0B
    /// that is not a reader stands in [`Self::refused`]; an odd one of class FF is just
    /// something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptorError> {
        let total = usize::from(total_length(bytes)?);
        let whole = bytes.get(..total).ok_or(DescriptorError::Truncated)?;
        if bytes.len() > total {
            return Err(DescriptorError::TrailingBytes(bytes.len() - total));
        }
        let (first, mut rest) = split(whole)?;
        let &[_, _, _, _, interfaces, value, _, _, _] =
            first.first_chunk().ok_or(DescriptorError::Truncated)?;
        let mut configuration = Self {
            value,
            readers: Vec::new(),
            refused: Vec::new(),
        };
        let mut numbers: Vec<u8> = Vec::new();
        let mut open: Option<Open> = None;
        while !rest.is_empty() {
            let (descriptor, tail) = split(rest)?;
            rest = tail;
            match *descriptor {
                [
                    _,
                    INTERFACE,
                    number,
                    alternate,
                    announced,
                    class,
                    _,
                    protocol,
                    _,
                    ..,
                ] => {
                    configuration.close(open.take());
                    if !numbers.contains(&number) {
                        numbers.push(number);
                    }
                    if numbers.len() > usize::from(interfaces) {
                        return Err(DescriptorError::Interfaces(interfaces));
                    }
                    open = Some(Open::new(number, alternate, announced, class, protocol));
                }
                [_, ENDPOINT, address, attributes, low, high, _, ..] => {
                    if let Some(open) = &mut open {
                        open.endpoint(address, attributes, u16::from_le_bytes([low, high]));
                    }
                }
                [length, kind @ (INTERFACE | ENDPOINT), ..] => {
                    return Err(DescriptorError::Length { kind, length });
                }
                [_, functional::DESCRIPTOR_TYPE, ..] => {
                    if let Some(open) = &mut open {
                        open.functional(descriptor);
                    }
                }
                _ => {}
            }
        }
        configuration.close(open);
        Ok(configuration)
    }

    fn close(&mut self, open: Option<Open>) {
        let Some(open) = open else { return };
        let class = open.class;
        match open.read() {
            Ok(reader) => self.readers.push(reader),
            Err(error) if class == SMART_CARD_CLASS => self.refused.push(error),
            Err(_something_else) => {}
        }
    }
}

impl Open {
    fn new(number: u8, alternate: u8, announced: u8, class: u8, protocol: u8) -> Self {
        Self {
            number,
            alternate,
            announced,
            class,
            protocol,
            seen: 0,
            bulk_out: None,
            bulk_in: None,
            interrupt: None,
            is_odd: false,
            functional: None,
        }
    }

    fn endpoint(&mut self, address: u8, attributes: u8, packet: u16) {
        self.seen = self.seen.saturating_add(1);
        let endpoint = Endpoint {
            number: address & 0x0F,
            // The bits above are of isochronous and interrupt endpoints of high speed.
            packet: packet & 0x07FF,
        };
        let place = match (attributes & 0x03, address & 0x80 != 0) {
            (0x02, false) => &mut self.bulk_out,
            (0x02, true) => &mut self.bulk_in,
            (0x03, true) => &mut self.interrupt,
            _ => {
                self.is_odd = true;
                return;
            }
        };
        self.is_odd |= place.is_some() || endpoint.number == 0;
        self.is_odd |= !(1..=MOST_PACKET).contains(&endpoint.packet);
        *place = Some(endpoint);
    }

    /// The first descriptor of that type counts, whether it follows the interface, as
    /// it should, or an endpoint, as with some readers.
    fn functional(&mut self, descriptor: &[u8]) {
        if matches!(self.class, SMART_CARD_CLASS | VENDOR_CLASS) && self.functional.is_none() {
            self.functional = Some(FunctionalDescriptor::parse(descriptor));
        }
    }

    /// The reader that this is.
    fn read(self) -> Result<ReaderInterface, DescriptorError> {
        let interface = self.number;
        if !matches!(self.class, SMART_CARD_CLASS | VENDOR_CLASS) {
            return Err(DescriptorError::NoFunctional(interface));
        }
        if self.protocol != BULK_PROTOCOL && self.class == SMART_CARD_CLASS {
            return Err(DescriptorError::Protocol {
                interface,
                protocol: self.protocol,
            });
        }
        let functional = self
            .functional
            .ok_or(DescriptorError::NoFunctional(interface))??;
        let (Some(bulk_out), Some(bulk_in), false) = (
            self.bulk_out,
            self.bulk_in,
            self.is_odd || self.seen != self.announced,
        ) else {
            return Err(DescriptorError::Endpoints(interface));
        };
        Ok(ReaderInterface {
            number: self.number,
            alternate: self.alternate,
            class: self.class,
            bulk_out,
            bulk_in,
            interrupt: self.interrupt,
            functional,
        })
    }
}

/// The first descriptor, and what follows.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), DescriptorError> {
    let &[length, kind, ..] = bytes else {
        return Err(DescriptorError::Truncated);
    };
    if length < 2 {
        return Err(DescriptorError::Length { kind, length });
    }
    bytes
        .split_at_checked(usize::from(length))
        .ok_or(DescriptorError::Truncated)
}
