//! Data objects: written in chains, read in pieces, kept.

use crate::support::{Card, NOT_VERIFIED, PIN, SUCCESS, tlv};

const CHUID: [u8; 3] = [0x5F, 0xC1, 0x02];
const CERTIFICATE_9A: [u8; 3] = [0x5F, 0xC1, 0x05];
const PRINTED: [u8; 3] = [0x5F, 0xC1, 0x09];

fn bytes(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn a_large_object_is_written_and_read_back_and_kept() {
    let card = Card::new();
    card.administer();
    for length in [1000, 2048, 3000] {
        let value = bytes(length);
        assert_eq!(card.put_data(&CERTIFICATE_9A, &value), SUCCESS);
        assert_eq!(card.get_data(&CERTIFICATE_9A), (tlv(0x53, &value), SUCCESS));
    }
    let card = card.reopen();
    assert_eq!(
        card.get_data(&CERTIFICATE_9A),
        (tlv(0x53, &bytes(3000)), SUCCESS)
    );
}

#[test]
fn extended_lengths_do_the_same() {
    let card = Card::new();
    card.administer();
    let value = bytes(2048);
    let data = [&[0x5C, 3][..], &CERTIFICATE_9A, &tlv(0x53, &value)].concat();
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let apdu = [
        &[0x00, 0xDB, 0x3F, 0xFF, 0, length[0], length[1]],
        data.as_slice(),
    ]
    .concat();
    assert_eq!(card.raw(&apdu), (vec![], SUCCESS));
    let read = [
        &[0x00, 0xCB, 0x3F, 0xFF, 0, 0, 5, 0x5C, 3][..],
        &CERTIFICATE_9A,
        &[0, 0],
    ]
    .concat();
    assert_eq!(card.raw(&read), (tlv(0x53, &value), SUCCESS));
}

#[test]
fn the_chuid_can_be_replaced() {
    let card = Card::new();
    let (factory, status) = card.get_data(&CHUID);
    assert_eq!(status, SUCCESS);
    assert_eq!(
        factory[..2],
        [0x53, u8::try_from(factory.len() - 2).unwrap()]
    );
    card.administer();
    let value = [tlv(0x30, &[0xD4; 25]), tlv(0x34, &[9; 16])].concat();
    assert_eq!(card.put_data(&CHUID, &value), SUCCESS);
    assert_eq!(card.reopen().get_data(&CHUID), (tlv(0x53, &value), SUCCESS));
}

#[test]
fn writing_needs_the_management_key() {
    let card = Card::new();
    assert_eq!(card.put_data(&CERTIFICATE_9A, &bytes(1000)), NOT_VERIFIED);
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.put_data(&CERTIFICATE_9A, &bytes(1000)), NOT_VERIFIED);
    assert_eq!(card.get_data(&CERTIFICATE_9A), (vec![], 0x6A82));
}

#[test]
fn printed_information_needs_the_pin() {
    let card = Card::new();
    card.administer();
    assert_eq!(card.put_data(&PRINTED, &bytes(300)), SUCCESS);
    assert_eq!(card.get_data(&PRINTED).1, NOT_VERIFIED);
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.get_data(&PRINTED), (tlv(0x53, &bytes(300)), SUCCESS));
}

#[test]
fn a_card_holds_all_its_certificates() {
    let card = Card::new();
    card.administer();
    let tags = [0x05, 0x0A, 0x0B, 0x01].into_iter().chain(0x0D..=0x20);
    for (length, tag) in (2000..).zip(tags.clone()) {
        assert_eq!(
            card.put_data(&[0x5F, 0xC1, tag], &bytes(length)),
            SUCCESS,
            "{tag:02X}"
        );
    }
    for (length, tag) in (2000..).zip(tags) {
        assert_eq!(
            card.get_data(&[0x5F, 0xC1, tag]),
            (tlv(0x53, &bytes(length)), SUCCESS),
            "{tag:02X}"
        );
    }
}

#[test]
fn an_object_is_rewritten_for_years() {
    let card = Card::new();
    card.administer();
    for length in 1800..2000 {
        assert_eq!(
            card.put_data(&CERTIFICATE_9A, &bytes(length)),
            SUCCESS,
            "{length}"
        );
    }
    assert_eq!(
        card.get_data(&CERTIFICATE_9A),
        (tlv(0x53, &bytes(1999)), SUCCESS)
    );
}

#[test]
fn an_emptied_object_is_there_and_empty() {
    let card = Card::new();
    card.administer();
    assert_eq!(card.put_data(&CERTIFICATE_9A, &bytes(1000)), SUCCESS);
    assert_eq!(card.put_data(&CERTIFICATE_9A, &[]), SUCCESS);
    assert_eq!(card.get_data(&CERTIFICATE_9A), (vec![0x53, 0], SUCCESS));
}
