//! Who the key says it is, byte by byte.

use virtual_card::usb::{InterfaceClass, Level, Options, Stall};

use crate::support::Key;

fn descriptor(key: &mut Key, kind: u8, index: u8, length: u16) -> Result<Vec<u8>, Stall> {
    let [low, high] = length.to_le_bytes();
    key.device.control([0x80, 6, index, kind, 0, 0, low, high])
}

/// Cuts a configuration into its descriptors.
fn parts(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(length) = bytes.first() {
        let (part, rest) = bytes.split_at(usize::from(*length));
        parts.push(part);
        bytes = rest;
    }
    parts
}

fn class_descriptor(level: Level) -> Vec<u8> {
    let mut key = Key::unconfigured(Options {
        level,
        ..Options::default()
    });
    let bytes = descriptor(&mut key, 2, 0, 512).unwrap();
    parts(&bytes)[2].to_vec()
}

#[test]
fn the_device_is_what_its_options_say() {
    let mut key = Key::unconfigured(Options {
        vendor: 0x1234,
        product: 0xABCD,
        ..Options::default()
    });
    let expected = [
        18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x34, 0x12, 0xCD, 0xAB, 0x00, 0x01, 1, 2, 3, 1,
    ];
    assert_eq!(descriptor(&mut key, 1, 0, 18).unwrap(), expected);
    // Before it has an address, a host asks for eight bytes only.
    assert_eq!(descriptor(&mut key, 1, 0, 8).unwrap(), expected[..8]);
}

#[test]
fn the_configuration_has_one_interface_with_the_class_descriptor_behind_it() {
    let mut key = Key::unconfigured(Options::default());
    let bytes = descriptor(&mut key, 2, 0, 512).unwrap();
    assert_eq!(usize::from(bytes[2]), bytes.len());
    let parts = parts(&bytes);
    assert_eq!(parts.len(), 6);
    assert_eq!(parts[0], [9, 2, 93, 0, 1, 1, 0, 0x80, 50]);
    assert_eq!(parts[1], [9, 4, 0, 0, 3, 0xFF, 0, 0, 4]);
    assert_eq!((parts[2].len(), parts[2][1]), (54, 0x21));
    assert_eq!(parts[3], [7, 5, 0x01, 2, 64, 0, 0]);
    assert_eq!(parts[4], [7, 5, 0x82, 2, 64, 0, 0]);
    assert_eq!(parts[5], [7, 5, 0x83, 3, 8, 0, 16]);
}

#[test]
fn class_and_interrupt_endpoint_are_options() {
    let mut key = Key::unconfigured(Options {
        class: InterfaceClass::SmartCard,
        has_interrupt: false,
        ..Options::default()
    });
    let bytes = descriptor(&mut key, 2, 0, 512).unwrap();
    let parts = parts(&bytes);
    assert_eq!(parts[1], [9, 4, 0, 0, 2, 0x0B, 0, 0, 4]);
    assert_eq!(parts.len(), 5);
}

#[test]
fn the_class_descriptor_is_that_of_ccid() {
    #[rustfmt::skip]
    let expected = [
        54, 0x21, 0x10, 0x01, 0, 7,
        2, 0, 0, 0,             // T=1
        0xA0, 0x0F, 0, 0, 0xA0, 0x0F, 0, 0, 0,
        0x00, 0x2A, 0, 0, 0x00, 0x2A, 0, 0, 0,
        254, 0, 0, 0,           // dwMaxIFSD
        0, 0, 0, 0, 0, 0, 0, 0,
        0xBA, 0x04, 0x04, 0x00, // extended APDUs
        0x0A, 0x08, 0, 0,       // 2058 bytes
        0xFF, 0xFF, 0, 0, 0, 1,
    ];
    assert_eq!(class_descriptor(Level::ExtendedApdu), expected);
}

#[test]
fn each_level_says_what_it_passes() {
    let at = |level, place: usize| {
        let bytes = class_descriptor(level);
        u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap())
    };
    let (protocols, features, longest) = (6, 40, 44);
    assert_eq!(at(Level::ShortApdu, features), 0x0002_04BA);
    assert_eq!(at(Level::TpduT1, features), 0x0001_0038);
    assert_eq!(at(Level::TpduT0, features), 0x0001_0038);
    assert_eq!(at(Level::TpduT1, protocols), 2);
    assert_eq!(at(Level::TpduT0, protocols), 1);
    for level in [Level::ShortApdu, Level::TpduT1, Level::TpduT0] {
        assert_eq!(at(level, longest), 271);
    }
}

#[test]
fn strings_are_in_english_and_name_the_key() {
    let mut key = Key::unconfigured(Options {
        serial: "甲01".to_owned(),
        ..Options::default()
    });
    assert_eq!(descriptor(&mut key, 3, 0, 255).unwrap(), [4, 3, 0x09, 0x04]);
    let serial = descriptor(&mut key, 3, 3, 255).unwrap();
    assert_eq!(serial, [8, 3, 0x32, 0x75, 0x30, 0, 0x31, 0]);
    assert_eq!(descriptor(&mut key, 3, 9, 255), Err(Stall));
}

#[test]
fn a_serial_number_is_never_longer_than_a_descriptor() {
    let mut key = Key::unconfigured(Options {
        serial: "1".repeat(300),
        ..Options::default()
    });
    let serial = descriptor(&mut key, 3, 3, 255).unwrap();
    assert_eq!(usize::from(serial[0]), serial.len());
}
