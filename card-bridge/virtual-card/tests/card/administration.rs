//! The management key 9B: single and mutual authentication, 3DES and AES-256,
//! its replacement.

use crate::support::{
    AES256, BLOCKED, Card, DEFAULT_KEY, NOT_VERIFIED, PIN, SUCCESS, TDES, WRONG, encrypt, tlv,
};

const NEW_KEY: [u8; 32] = [0x3C; 32];

fn set_key(card: &Card, algorithm: u8, key: &[u8]) -> u16 {
    let data = [&[algorithm], tlv(0x9B, key).as_slice()].concat();
    card.send(&[0x00, 0xFF, 0xFF, 0xFF], &data).1
}

#[test]
fn mutual_authentication_with_and_without_the_empty_response() {
    let card = Card::new();
    assert_eq!(card.authenticate(TDES, &DEFAULT_KEY, &[]), SUCCESS);
    card.generate(0x9A).unwrap();
    card.start();
    assert_eq!(card.authenticate(TDES, &DEFAULT_KEY, &[0x82, 0]), SUCCESS);
    card.generate(0x9A).unwrap();
}

#[test]
fn single_authentication() {
    let card = Card::new();
    let header = [0x00, 0x87, TDES, 0x9B];
    let (challenge, status) = card.send(&header, &[0x7C, 2, 0x81, 0]);
    assert_eq!(status, SUCCESS);
    let response = encrypt(TDES, &DEFAULT_KEY, &challenge[4..]);
    assert_eq!(
        card.send(&header, &tlv(0x7C, &tlv(0x82, &response))),
        (vec![], SUCCESS)
    );
    card.generate(0x9A).unwrap();
}

#[test]
fn a_wrong_key_gets_nothing() {
    let card = Card::new();
    assert_eq!(card.authenticate(TDES, &[0x11; 24], &[]), 0x6A80);
    assert_eq!(card.authenticate(AES256, &NEW_KEY, &[]), 0x6A86);
    assert_eq!(card.generate(0x9A), Err(NOT_VERIFIED));
}

#[test]
fn the_key_becomes_aes_256_and_stays_it() {
    let card = Card::new();
    assert_eq!(set_key(&card, AES256, &NEW_KEY), NOT_VERIFIED);
    card.administer();
    assert_eq!(set_key(&card, AES256, &NEW_KEY[1..]), 0x6A80);
    assert_eq!(set_key(&card, AES256, &NEW_KEY), SUCCESS);

    let card = card.reopen();
    assert_eq!(card.authenticate(TDES, &DEFAULT_KEY, &[]), 0x6A86);
    assert_eq!(card.authenticate(AES256, &[0; 32], &[]), 0x6A80);
    assert_eq!(card.generate(0x9A), Err(NOT_VERIFIED));
    assert_eq!(card.authenticate(AES256, &NEW_KEY, &[0x82, 0]), SUCCESS);
    card.generate(0x9A).unwrap();
}

#[test]
fn what_the_applet_does_not_have() {
    let card = Card::new();
    card.administer();
    let ask = |header: [u8; 4]| card.send(&header, &[]);
    assert_eq!(ask([0x00, 0xFA, 0x00, 0x00]).1, 0x6A81, "SET PIN RETRIES");
    assert_eq!(ask([0x00, 0xF9, 0x9A, 0x00]).1, 0x6A81, "ATTEST");
    assert_eq!(
        ask([0x00, 0xF7, 0x00, 0x9B]),
        (vec![], SUCCESS),
        "GET METADATA"
    );
    assert_eq!(
        ask([0x00, 0xFD, 0x00, 0x00]),
        (vec![6, 6, 6], SUCCESS),
        "GET VERSION"
    );
}

#[test]
fn a_blocked_card_can_be_made_new() {
    const RESET: [u8; 4] = [0x00, 0xFB, 0x00, 0x00];
    let card = Card::new();
    card.administer();
    assert_eq!(set_key(&card, AES256, &NEW_KEY), SUCCESS);
    card.generate(0x9A).unwrap();
    assert_eq!(
        card.raw(&RESET).1,
        0x6985,
        "not while the PIN has tries left"
    );
    while card.verify(WRONG) != BLOCKED {}
    assert_eq!(card.raw(&RESET).1, SUCCESS);
    card.start();
    assert_eq!(card.verify(PIN), SUCCESS);
    card.administer();
    assert_eq!(card.sign(0x9A, &[7; 32]), Err(0x6400), "the key is gone");
}

#[test]
fn a_weak_key_is_taken_and_parity_is_ignored() {
    let card = Card::new();
    card.administer();
    assert_eq!(set_key(&card, TDES, &[0x01; 24]), SUCCESS);
    card.start();
    assert_eq!(card.authenticate(TDES, &[0x00; 24], &[]), SUCCESS);
}
