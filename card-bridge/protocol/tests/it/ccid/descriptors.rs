//! Descriptors: what readers of the field have, and what adds up nowhere.

use card_protocol::{
    atr::Protocol,
    ccid::{
        Configuration, DescriptorError, Endpoint, ExchangeLevel, Features, FunctionalDescriptor,
        FunctionalError, ReaderLimits, Session, UnsupportedReader, Voltage, total_length,
    },
};
use proptest::{collection::vec, prelude::*};

use super::device::{Reader, wrap};

const READER: [u8; 9] = [9, 4, 1, 0, 2, 0x0B, 0, 0, 0];
const OUT: [u8; 7] = [7, 5, 0x02, 2, 64, 0, 0];
const IN: [u8; 7] = [7, 5, 0x82, 2, 64, 0, 0];

fn functional() -> Vec<u8> {
    Reader::default().functional()
}

#[test]
fn features_of_the_field_have_a_level() {
    // dwFeatures of LudovicRousseau/CCID, readers/*.txt.
    for (name, features, level, chooses, negotiates, pps, ifsd) in [
        (
            "GemPCTwin",
            0x0001_0230,
            ExchangeLevel::Tpdu,
            false,
            false,
            false,
            false,
        ),
        (
            "Watchdata_USB_Key",
            0x0001_0030,
            ExchangeLevel::Tpdu,
            false,
            false,
            false,
            false,
        ),
        (
            "GoldKey_PIV_Token",
            0x0002_0870,
            ExchangeLevel::ShortApdu,
            false,
            true,
            false,
            false,
        ),
        (
            "FT_ePass2003Auto",
            0x0004_0840,
            ExchangeLevel::ExtendedApdu,
            false,
            true,
            false,
            false,
        ),
        (
            "Nitrokey_3",
            0x0004_0840,
            ExchangeLevel::ExtendedApdu,
            false,
            true,
            false,
            false,
        ),
        (
            "Yubikey_NEO",
            0x0004_00FE,
            ExchangeLevel::ExtendedApdu,
            true,
            true,
            true,
            false,
        ),
        (
            "OMNIKEY_AG_3121",
            0x0004_07B2,
            ExchangeLevel::ExtendedApdu,
            false,
            false,
            true,
            true,
        ),
        (
            "OMNIKEY_6121",
            0x0004_07B8,
            ExchangeLevel::ExtendedApdu,
            true,
            false,
            true,
            true,
        ),
    ] {
        let features = Features(features);
        assert_eq!(features.level(), Ok(level), "{name}");
        assert_eq!(features.chooses_voltage(), chooses, "{name}");
        assert_eq!(features.negotiates(), negotiates, "{name}");
        assert_eq!(features.makes_pps(), pps, "{name}");
        assert_eq!(features.exchanges_ifsd(), ifsd, "{name}");
    }
    assert_eq!(
        Features(0x30).level(),
        Err(UnsupportedReader::CharacterLevel)
    );
    assert_eq!(
        Features(0x3_0000).level(),
        Err(UnsupportedReader::SeveralLevels)
    );
}

#[test]
fn a_functional_descriptor_is_read_field_by_field() {
    // A YubiKey NEO's, from readers/Yubico_Yubikey_NEO_OTP+U2F+CCID.txt, put into bytes.
    let bytes = card_protocol::hex::decode(
        "3621000100070200000 0A00F0000A00F00000000B0040000B004000078050000000000000000\
         0000FE00040078050000FFFF0000 0001"
            .replace(char::is_whitespace, "")
            .as_str(),
    )
    .unwrap();
    let read = FunctionalDescriptor::parse(&bytes).unwrap();
    assert_eq!((read.version, read.last_slot), (0x0100, 0));
    assert!(
        Voltage::ALL
            .iter()
            .all(|voltage| read.supports_voltage(*voltage))
    );
    assert!(read.carries(Protocol::T1) && !read.carries(Protocol::T0));
    assert_eq!(
        (read.default_clock, read.maximum_clock, read.clocks),
        (4000, 4000, 0)
    );
    assert_eq!(
        (read.default_rate, read.maximum_rate, read.rates),
        (307_200, 307_200, 0)
    );
    assert_eq!((read.maximum_ifsd, read.maximum_message), (1400, 1400));
    assert_eq!(read.features, Features(0x0004_00FE));
    assert_eq!((read.get_response_class, read.envelope_class), (0xFF, 0xFF));
    assert_eq!((read.pin_support, read.busy_slots), (0, 1));
}

#[test]
fn what_is_no_functional_descriptor_is_refused() {
    let right = functional();
    let changed = |at: usize, byte: u8| {
        let mut bytes = right.clone();
        bytes[at] = byte;
        bytes
    };
    for (bytes, expected) in [
        (vec![], FunctionalError::Length(0)),
        (right[..53].to_vec(), FunctionalError::Length(53)),
        (
            [right.clone(), vec![0]].concat(),
            FunctionalError::Length(55),
        ),
        (changed(0, 53), FunctionalError::Length(54)),
        (changed(1, 0x24), FunctionalError::Type(0x24)),
        (
            Reader {
                message: 42,
                ..Reader::default()
            }
            .functional(),
            FunctionalError::MessageLength(42),
        ),
    ] {
        assert_eq!(FunctionalDescriptor::parse(&bytes), Err(expected));
    }
    // A length that no message has is none to make room for.
    let vast = Reader {
        message: u32::MAX,
        ..Reader::default()
    }
    .functional();
    assert_eq!(
        FunctionalDescriptor::parse(&vast).unwrap().maximum_data(),
        65_544
    );
}

#[test]
fn a_reader_is_found_among_others() {
    let keyboard: [&[u8]; 3] = [
        &[9, 4, 0, 0, 1, 3, 1, 1, 0],
        &[9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0],
        &[7, 5, 0x81, 3, 8, 0, 10],
    ];
    let interrupt: &[u8] = &[7, 5, 0x83, 3, 8, 0, 255];
    let association: &[u8] = &[8, 11, 0, 2, 0, 0, 0, 0];
    let mut parts: Vec<Vec<u8>> = vec![association.to_vec()];
    parts.extend(keyboard.map(<[u8]>::to_vec));
    parts.extend([
        vec![9, 4, 1, 0, 3, 0x0B, 0, 0, 4],
        functional(),
        IN.to_vec(),
        OUT.to_vec(),
    ]);
    parts.push(interrupt.to_vec());
    // A vendor's interface that is something else, and one whose descriptor follows an
    // endpoint, as with the O2Micro OZ776.
    parts.extend([vec![9, 4, 2, 0, 0, 0xFF, 0, 0, 0], vec![5, 0x24, 0, 0, 0]]);
    parts.extend([
        vec![9, 4, 3, 1, 2, 0xFF, 7, 7, 0],
        OUT.to_vec(),
        IN.to_vec(),
        functional(),
    ]);
    let configuration = Configuration::parse(&wrap(4, &parts)).unwrap();
    assert_eq!(configuration.refused, []);
    assert_eq!(configuration.value, 1);
    let [first, second] = configuration.readers[..] else {
        panic!("{:?}", configuration.readers)
    };
    assert_eq!((first.number, first.alternate, first.class), (1, 0, 0x0B));
    let endpoint = |number, packet| Endpoint { number, packet };
    assert_eq!(
        (first.bulk_in, first.bulk_out),
        (endpoint(2, 64), endpoint(2, 64))
    );
    assert_eq!(first.interrupt, Some(endpoint(3, 8)));
    assert_eq!(
        (second.number, second.alternate, second.class),
        (3, 1, 0xFF)
    );
    assert_eq!(second.interrupt, None);
}

#[test]
fn interfaces_that_are_no_readers_are_told_why() {
    let [out, r#in] = [OUT.to_vec(), IN.to_vec()];
    let reader = READER.to_vec();
    let short = [&[53, 0x21], &functional()[2..53]].concat();
    for (parts, expected) in [
        (
            vec![reader.clone(), out.clone(), r#in.clone()],
            DescriptorError::NoFunctional(1),
        ),
        (
            vec![reader.clone(), functional(), out.clone()],
            DescriptorError::Endpoints(1),
        ),
        (
            vec![reader.clone(), functional(), out.clone(), out.clone()],
            DescriptorError::Endpoints(1),
        ),
        // One more than announced; one of packets of no length; one with number 0; an
        // isochronous one.
        (
            vec![
                reader.clone(),
                functional(),
                out.clone(),
                r#in.clone(),
                vec![7, 5, 0x83, 3, 8, 0, 9],
            ],
            DescriptorError::Endpoints(1),
        ),
        (
            vec![
                reader.clone(),
                functional(),
                out.clone(),
                vec![7, 5, 0x82, 2, 0, 0, 0],
            ],
            DescriptorError::Endpoints(1),
        ),
        (
            vec![
                reader.clone(),
                functional(),
                out.clone(),
                vec![7, 5, 0x80, 2, 64, 0, 0],
            ],
            DescriptorError::Endpoints(1),
        ),
        (
            vec![
                reader.clone(),
                functional(),
                out.clone(),
                vec![7, 5, 0x82, 1, 64, 0, 0],
            ],
            DescriptorError::Endpoints(1),
        ),
        (
            vec![
                vec![9, 4, 1, 0, 2, 0x0B, 0, 2, 0],
                functional(),
                out.clone(),
                r#in.clone(),
            ],
            DescriptorError::Protocol {
                interface: 1,
                protocol: 2,
            },
        ),
        (
            vec![reader.clone(), short, out.clone(), r#in.clone()],
            DescriptorError::Functional(FunctionalError::Length(53)),
        ),
    ] {
        let configuration = Configuration::parse(&wrap(1, &parts)).unwrap();
        assert_eq!(configuration.readers, []);
        assert_eq!(configuration.refused, [expected]);
    }
}

#[test]
fn what_does_not_add_up_is_refused() {
    let whole = Reader::default().configuration();
    assert_eq!(
        total_length(&whole[..9]),
        Ok(u16::try_from(whole.len()).unwrap())
    );
    for cut in 0..whole.len() {
        assert_eq!(
            Configuration::parse(&whole[..cut]),
            Err(DescriptorError::Truncated),
            "{cut}"
        );
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(
        Configuration::parse(&longer),
        Err(DescriptorError::TrailingBytes(1))
    );
    let length = |kind, length| DescriptorError::Length { kind, length };
    for (bytes, expected) in [
        (
            vec![9, 1, 9, 0, 0, 1, 0, 0, 0],
            DescriptorError::NotConfiguration(1),
        ),
        (vec![8, 2, 9, 0, 0, 1, 0, 0, 0], length(2, 8)),
        (vec![9, 2, 8, 0, 0, 1, 0, 0, 0], DescriptorError::Truncated),
        (wrap(1, &[vec![1, 0x30]]), length(0x30, 1)),
        (wrap(1, &[vec![0, 0x30]]), length(0x30, 0)),
        (wrap(1, &[vec![3, 0x30]]), DescriptorError::Truncated),
        (wrap(1, &[vec![8, 4, 0, 0, 0, 0, 0, 0]]), length(4, 8)),
        (
            wrap(1, &[READER.to_vec(), vec![6, 5, 2, 2, 64, 0]]),
            length(5, 6),
        ),
        (wrap(0, &[READER.to_vec()]), DescriptorError::Interfaces(0)),
    ] {
        assert_eq!(Configuration::parse(&bytes), Err(expected), "{bytes:02X?}");
    }
}

#[test]
fn readers_that_this_is_not_for_are_refused_by_name() {
    let make =
        |reader: Reader| Session::new(reader.interface(), reader.slot, ReaderLimits::default());
    for (reader, expected) in [
        (
            Reader {
                features: 0x30,
                ..Reader::default()
            },
            UnsupportedReader::CharacterLevel,
        ),
        (
            Reader {
                features: 0x5_0000,
                ..Reader::default()
            },
            UnsupportedReader::SeveralLevels,
        ),
        (
            Reader {
                protocols: 4,
                ..Reader::default()
            },
            UnsupportedReader::Protocols,
        ),
        (
            Reader {
                slot: 1,
                ..Reader::default()
            },
            UnsupportedReader::Slot(1),
        ),
    ] {
        assert_eq!(make(reader).unwrap_err(), expected);
    }
    assert!(
        make(Reader {
            slot: 1,
            last_slot: 1,
            ..Reader::default()
        })
        .is_ok()
    );
}

proptest! {
    #[test]
    fn no_descriptors_make_the_parser_panic(
        parts in vec(
            prop_oneof![
                Just(READER.to_vec()),
                Just(OUT.to_vec()),
                Just(IN.to_vec()),
                Just(functional()),
                vec(any::<u8>(), 0..12),
                (any::<u8>(), vec(any::<u8>(), 0..9))
                    .prop_map(|(kind, rest)| {
                        let length = u8::try_from(rest.len() + 2).unwrap();
                        [vec![length, kind], rest].concat()
                    }),
            ],
            0..12,
        ),
        interfaces: u8,
    ) {
        if let Ok(configuration) = Configuration::parse(&wrap(interfaces, &parts)) {
            for reader in configuration.readers {
                prop_assert!(reader.bulk_in.packet > 0 && reader.bulk_out.packet > 0);
                prop_assert!(reader.functional.maximum_data() >= 33);
            }
        }
    }
}
