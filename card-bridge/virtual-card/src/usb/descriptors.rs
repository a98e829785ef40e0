//! Who the key says it is (USB 2.0 section 9.6).

use super::{
    class_descriptor::class_descriptor,
    options::{InterfaceClass, Options},
};

/// wMaxPacketSize of the bulk endpoints: a full-speed device's most.
pub(super) const PACKET: u16 = 64;

/// Endpoint addresses.
pub(super) const BULK_OUT: u8 = 0x01;
pub(super) const BULK_IN: u8 = 0x82;
pub(super) const INTERRUPT_IN: u8 = 0x83;

/// bConfigurationValue of the one configuration.
pub(super) const CONFIGURATION: u8 = 1;

/// bcdDevice.
pub(super) const RELEASE: u16 = 0x0100;

/// bDescriptorType (table 9-5).
mod kind {
    pub(super) const DEVICE: u8 = 1;
    pub(super) const CONFIGURATION: u8 = 2;
    pub(super) const STRING: u8 = 3;
    pub(super) const INTERFACE: u8 = 4;
    pub(super) const ENDPOINT: u8 = 5;
}

/// Indices of the strings.
mod string {
    pub(super) const MANUFACTURER: u8 = 1;
    pub(super) const PRODUCT: u8 = 2;
    pub(super) const SERIAL: u8 = 3;
    pub(super) const INTERFACE: u8 = 4;
}

/// LANGID of English (United States).
const LANGUAGE: u16 = 0x0409;

/// The descriptor that `GET_DESCRIPTOR` asks for by wValue.
pub(super) fn descriptor(value: u16, options: &Options) -> Option<Vec<u8>> {
    let [kind, index] = value.to_be_bytes();
    match (kind, index) {
        (kind::DEVICE, 0) => Some(device(options)),
        (kind::CONFIGURATION, 0) => Some(configuration(options)),
        (kind::STRING, 0) => Some([&[4, kind::STRING][..], &LANGUAGE.to_le_bytes()].concat()),
        (kind::STRING, string::MANUFACTURER) => Some(text("IC card self-service tests")),
        (kind::STRING, string::PRODUCT) => Some(text("Virtual PIV key")),
        (kind::STRING, string::SERIAL) => Some(text(&options.serial)),
        (kind::STRING, string::INTERFACE) => Some(text("CCID")),
        _ => None,
    }
}

fn device(options: &Options) -> Vec<u8> {
    const USB_2: u16 = 0x0200;
    let mut bytes = vec![18, kind::DEVICE];
    bytes.extend(USB_2.to_le_bytes());
    // Class, subclass and protocol are the interface's; bMaxPacketSize0.
    bytes.extend([0, 0, 0, 64]);
    for number in [options.vendor, options.product, RELEASE] {
        bytes.extend(number.to_le_bytes());
    }
    let strings = [string::MANUFACTURER, string::PRODUCT, string::SERIAL];
    bytes.extend(strings);
    // bNumConfigurations
    bytes.push(1);
    bytes
}

fn configuration(options: &Options) -> Vec<u8> {
    const LENGTH: u16 = 9;
    let interface = interface(options);
    let total = u16::try_from(interface.len()).map_or(u16::MAX, |length| length + LENGTH);
    let mut bytes = vec![9, kind::CONFIGURATION];
    bytes.extend(total.to_le_bytes());
    // One interface; no name; powered by the bus, with up to 100 mA.
    bytes.extend([1, CONFIGURATION, 0, 0x80, 50]);
    bytes.extend(interface);
    bytes
}

fn interface(options: &Options) -> Vec<u8> {
    const BULK: u8 = 2;
    const INTERRUPT: u8 = 3;
    let endpoints = if options.has_interrupt { 3 } else { 2 };
    let class = InterfaceClass::code(options.class);
    let name = string::INTERFACE;
    let mut bytes = vec![9, kind::INTERFACE, 0, 0, endpoints, class, 0, 0, name];
    bytes.extend(class_descriptor(options));
    bytes.extend(endpoint(BULK_OUT, BULK, PACKET, 0));
    bytes.extend(endpoint(BULK_IN, BULK, PACKET, 0));
    if options.has_interrupt {
        // Asked every 16 ms.
        bytes.extend(endpoint(INTERRUPT_IN, INTERRUPT, 8, 16));
    }
    bytes
}

fn endpoint(address: u8, attributes: u8, packet: u16, interval: u8) -> Vec<u8> {
    let head = [7, kind::ENDPOINT, address, attributes];
    [&head[..], &packet.to_le_bytes(), &[interval]].concat()
}

/// UTF-16, as much of it as fits.
fn text(text: &str) -> Vec<u8> {
    const MOST: usize = 126;
    let units = text.encode_utf16().take(MOST);
    let body: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let length = u8::try_from(body.len() + 2).unwrap_or(u8::MAX);
    [&[length, kind::STRING][..], &body].concat()
}
