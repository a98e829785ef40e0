//! Properties of the parsers: what is written can be read back, what is read is
//! the one way to write it, and no bytes make any of them panic.

use card_protocol::{
    ChipId, Command, Response, StatusWord, hex,
    piv::{self, Algorithm, Chuid, DataObject, EcdsaSignature, ManagementKey},
    tlv::{self, Reader, Tag, Writer},
};
use proptest::{collection::vec, prelude::*};

/// Any logical command that fits one APDU.
fn command() -> impl Strategy<Value = Command> {
    let data = prop_oneof![
        vec(any::<u8>(), 0..300),
        (65_500..=65_535_usize).prop_map(|length| vec![0xA5; length])
    ];
    let expected = proptest::option::of(prop_oneof![1..=300_u32, 65_500..=65_536_u32]);
    (any::<[u8; 4]>(), data, expected).prop_map(|([class, ins, p1, p2], data, expected)| {
        let command = Command::new(class, ins, p1, p2).with_data(data);
        match expected {
            Some(length) => command.expecting(length).unwrap(),
            None => command,
        }
    })
}

/// Tags of one, two and three bytes.
fn tag() -> impl Strategy<Value = Tag> {
    prop_oneof![0..=0xFF_u32, 0x1F1F..=0xFF7F_u32, 0x1F_8100..=0xFF_FF7F_u32]
        .prop_filter_map("a tag", Tag::new)
}

/// Bytes that look like data objects often enough to get deep into a parser.
fn nearly_tlv() -> impl Strategy<Value = Vec<u8>> {
    let tags = prop::sample::select(vec![
        0x30_u32, 0x34, 0x35, 0x53, 0x7C, 0x80, 0x81, 0x82, 0x86, 0x70, 0x71, 0xFE, 0x7F49, 0x7E,
        0x61, 0x4F, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
    ])
    .prop_filter_map("a tag", Tag::new);
    let leaf = vec(any::<u8>(), 0..40);
    leaf.prop_recursive(4, 64, 4, move |inner| {
        vec((tags.clone(), inner), 1..4).prop_map(|objects| {
            let writer = objects
                .into_iter()
                .fold(Writer::new(), |writer, (tag, value)| {
                    writer.push(tag, &value)
                });
            writer.into_bytes()
        })
    })
}

/// Hands `data` to everything that reads what a card says.
fn read_everything(data: &[u8]) {
    if let Ok(command) = Command::parse(data) {
        let _ = piv::parse_put_data(&command);
        let _ = piv::is_witness_answer(&command);
    }
    let _ = Response::parse(data);
    let _ = Reader::new(data).count();
    let _ = piv::parse_application(data);
    let _ = piv::parse_certificate_object(data);
    let _ = Chuid::parse(data);
    let _ = piv::parse_signature(data);
    let _ = piv::parse_metadata(data);
    for object in DataObject::ALL {
        let _ = piv::parse_data(object, data);
    }
    for algorithm in Algorithm::ALL {
        let _ = piv::parse_public_key(algorithm, data);
        let _ = piv::parse_ecdsa_signature(algorithm, data);
        let _ = piv::parse_witness(algorithm, data);
        let _ = piv::parse_challenge(algorithm, data);
    }
    let key = ManagementKey::TripleDes(ManagementKey::FACTORY);
    let _ = piv::check_answer(&key, &[0; 8], data);
}

proptest! {
    #[test]
    fn a_command_is_read_as_it_was_written(command in command()) {
        let bytes = command.encode().unwrap();
        prop_assert_eq!(Command::parse(&bytes).unwrap(), command);
    }

    #[test]
    fn what_reads_as_a_command_is_written_and_read_again(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(command) = Command::parse(&bytes) {
            let written = command.encode().unwrap();
            prop_assert!(written.len() <= bytes.len(), "the shorter form");
            prop_assert_eq!(Command::parse(&written).unwrap(), command);
        }
    }

    #[test]
    fn a_response_is_its_bytes(bytes in vec(any::<u8>(), 0..600)) {
        match Response::parse(&bytes) {
            Ok(response) => prop_assert_eq!(response.encode(), bytes),
            Err(_) => prop_assert!(bytes.len() < 2),
        }
    }

    #[test]
    fn tries_left_are_read_as_they_were_written(tries in 0..=15_u8) {
        let meaning = StatusWord::tries_left(tries).meaning();
        prop_assert_eq!(meaning, card_protocol::StatusMeaning::TriesLeft(tries));
    }

    #[test]
    fn data_objects_are_read_as_they_were_written(
        objects in vec((tag(), prop_oneof![
            vec(any::<u8>(), 0..300),
            (65_500..65_600_usize).prop_map(|length| vec![0xA5; length]),
        ]), 0..4),
    ) {
        let bytes = objects
            .iter()
            .fold(Writer::new(), |writer, (tag, value)| writer.push(*tag, value))
            .into_bytes();
        let read: Vec<(Tag, Vec<u8>)> = Reader::new(&bytes)
            .map(|tlv| tlv.map(|tlv| (tlv.tag, tlv.value.to_vec())))
            .collect::<Result<_, _>>()
            .unwrap();
        prop_assert_eq!(&read, &objects);
        for (tag, _) in &objects {
            let first = objects.iter().find(|(other, _)| other == tag);
            let found = tlv::find(&bytes, *tag).unwrap();
            prop_assert_eq!(found, first.map(|(_, value)| value.as_slice()));
        }
    }

    #[test]
    fn there_is_one_way_to_write_data_objects(
        bytes in prop_oneof![vec(any::<u8>(), 0..300), nearly_tlv()],
    ) {
        if let Ok(objects) = Reader::new(&bytes).collect::<Result<Vec<_>, _>>() {
            let written = objects
                .iter()
                .fold(Writer::new(), |writer, tlv| writer.push(tlv.tag, tlv.value));
            prop_assert_eq!(written.into_bytes(), bytes);
        }
    }

    #[test]
    fn a_data_object_cut_off_anywhere_is_refused(
        tag in tag(), value in vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>(),
    ) {
        let bytes = Writer::new().push(tag, &value).into_bytes();
        prop_assert_eq!(tlv::read_only(&bytes, tag), Ok(value.as_slice()));
        let front = &bytes[..cut.index(bytes.len())];
        prop_assert_eq!(tlv::read_only(front, tag), Err(tlv::TlvError::Truncated));
    }

    #[test]
    fn no_bytes_make_a_parser_panic(
        bytes in prop_oneof![vec(any::<u8>(), 0..200), nearly_tlv()],
    ) {
        read_everything(&bytes);
    }

    #[test]
    fn a_certificate_is_read_as_it_was_written(der in vec(any::<u8>(), 1..3000)) {
        let contents = piv::build_certificate_object(&der);
        prop_assert_eq!(piv::parse_certificate_object(&contents), Ok(der.as_slice()));
    }

    #[test]
    fn what_is_written_to_a_card_is_recognised(
        object in prop::sample::select(DataObject::ALL.as_slice()),
        contents in vec(any::<u8>(), 0..600),
        more in vec(any::<u8>(), 1..4),
    ) {
        let command = piv::put_data(object, &contents);
        prop_assert_eq!(piv::parse_put_data(&command), Some((object, contents.as_slice())));
        for other in [
            command.clone().with_data([command.data(), &more].concat()),
            command.clone().expecting_all(),
            piv::get_data(object),
        ] {
            prop_assert_eq!(piv::parse_put_data(&other), None);
        }
    }

    #[test]
    fn the_answer_to_a_witness_is_recognised(
        key: [u8; 32], witness: [u8; 16], challenge: [u8; 16], at in any::<prop::sample::Index>(),
    ) {
        let short: [u8; 24] = key[..24].try_into().unwrap();
        for key in [
            ManagementKey::TripleDes(short),
            ManagementKey::Aes192(short),
            ManagementKey::Aes256(key),
        ] {
            let block = key.block_length();
            let answer = piv::answer_witness(&key, &witness[..block], &challenge[..block]).unwrap();
            prop_assert!(piv::is_witness_answer(&answer));
            let shorter = &answer.data()[..at.index(answer.data().len())];
            prop_assert!(!piv::is_witness_answer(&answer.clone().with_data(shorter)));
            prop_assert!(!piv::is_witness_answer(&piv::request_witness(key.algorithm()).unwrap()));
            let single = piv::answer_challenge(&key, &challenge[..block]).unwrap();
            prop_assert!(!piv::is_witness_answer(&single));
        }
    }

    #[test]
    fn a_chuid_is_read_as_it_was_written(
        guid: [u8; 16], year in 0..=9999_i16, month in 1..=12_i8, day in 1..=28_i8,
    ) {
        let chuid = Chuid {
            chip_id: ChipId(guid),
            expires: jiff::civil::date(year, month, day),
        };
        prop_assert_eq!(Chuid::parse(&chuid.to_bytes()), Ok(chuid));
    }

    #[test]
    fn a_chip_id_is_read_as_it_was_written(guid: [u8; 16]) {
        let chip_id = ChipId(guid);
        let text = chip_id.to_string();
        prop_assert_eq!(&text, &hex::encode(&guid));
        prop_assert_eq!(text.parse(), Ok(chip_id));
        prop_assert_eq!(text.to_uppercase().parse(), Ok(chip_id));
        let json = serde_json::to_string(&chip_id).unwrap();
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<ChipId>(&json).unwrap(), chip_id);
    }

    #[test]
    fn a_signature_in_der_is_read_as_it_was_written(
        r in vec(any::<u8>(), 1..=32), s in vec(any::<u8>(), 1..=32),
    ) {
        prop_assume!(r.iter().any(|byte| *byte != 0) && s.iter().any(|byte| *byte != 0));
        let field = |number: &[u8]| [&vec![0; 32 - number.len()], number].concat();
        let fixed = [field(&r), field(&s)].concat();
        // Numbers go into DER without leading zeros and with a sign.
        let der = |number: &[u8]| {
            let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
            let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
            [&[0x02, u8::try_from(sign.len() + digits.len()).unwrap()], sign, &digits].concat()
        };
        let body = [der(&r), der(&s)].concat();
        let der = [&[0x30, u8::try_from(body.len()).unwrap()], body.as_slice()].concat();
        let signature = EcdsaSignature::from_der(Algorithm::P256, &der).unwrap();
        prop_assert_eq!(signature.as_fixed(), &fixed);
        prop_assert_eq!(signature.to_der(), der);
    }

    #[test]
    fn a_block_is_decrypted_to_what_it_was(key: [u8; 32], block: [u8; 16]) {
        let short: [u8; 24] = key[..24].try_into().unwrap();
        for key in [
            ManagementKey::TripleDes(short),
            ManagementKey::Aes192(short),
            ManagementKey::Aes256(key),
        ] {
            let mut work = block[..key.block_length()].to_vec();
            key.encrypt_block(&mut work).unwrap();
            prop_assert_ne!(&work, &block[..key.block_length()]);
            key.decrypt_block(&mut work).unwrap();
            prop_assert_eq!(work, &block[..key.block_length()]);
            prop_assert!(key.encrypt_block(&mut [0; 15]).is_err());
        }
    }
}
