//! Power, reset, selection, and the card's file.

use std::fs;

use virtual_card::{ATR, CardError, VirtualCard};

use crate::support::{Card, NOT_VERIFIED, PIN, SUCCESS};

const RANDOM_9E: [u8; 32] = [0x9E; 32];

fn verified() -> Card {
    let card = Card::new();
    card.administer();
    card.generate(0x9A).unwrap();
    assert_eq!(card.verify(PIN), SUCCESS);
    card
}

#[test]
fn reset_forgets_the_pin_and_the_management_key() {
    let card = verified();
    assert_eq!(card.card.reset().unwrap(), ATR);
    card.select();
    assert_eq!(card.pin_status(), 0x63C3);
    assert_eq!(card.sign(0x9A, &[7; 32]), Err(NOT_VERIFIED));
    assert_eq!(card.generate(0x9A), Err(NOT_VERIFIED));
}

#[test]
fn power_off_forgets_the_pin() {
    let card = verified();
    card.card.power_off().unwrap();
    assert!(matches!(
        card.card.transmit(&[0, 0x20, 0, 0x80]),
        Err(CardError::NotPowered)
    ));
    card.start();
    assert_eq!(card.sign(0x9A, &[7; 32]), Err(NOT_VERIFIED));
}

#[test]
fn selecting_again_keeps_the_pin() {
    let card = verified();
    assert_eq!(card.select().1, SUCCESS);
    assert_eq!(card.pin_status(), SUCCESS);
    // Another application: not here, and nothing changes (SP 800-73-4, 3.1.1).
    assert_eq!(
        card.send(&[0, 0xA4, 4, 0], &[0xA0, 0, 0, 5, 0x27, 0x20, 1])
            .1,
        0x6A82
    );
    assert_eq!(card.pin_status(), SUCCESS);
    card.sign(0x9A, &[7; 32]).unwrap();
}

#[test]
fn piv_is_selected_by_part_of_its_name_and_without_le() {
    let card = Card::new();
    let whole = card.select();
    for length in [5, 9, 11] {
        let aid = &[0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0][..length];
        let apdu = [&[0, 0xA4, 4, 0, u8::try_from(length).unwrap()], aid].concat();
        assert_eq!(card.raw(&apdu), whole);
    }
    assert_eq!(whole.0[0], 0x61, "an application property template");
    for other in [&[0xA0, 0, 0, 3][..], &[0xA0, 0, 0, 3, 9], &[]] {
        assert_eq!(card.send(&[0, 0xA4, 4, 0], other).1, 0x6A82);
    }
}

#[test]
fn nothing_works_before_selection() {
    let card = Card::new();
    card.card.reset().unwrap();
    assert_eq!(card.pin_status(), 0x6D00);
    assert_eq!(card.verify(PIN), 0x6D00);
    assert_eq!(card.get_data(&[0x5F, 0xC1, 0x02]).1, 0x6D00);
}

#[test]
fn the_card_authentication_key_is_there_from_the_start() {
    Card::new().sign(0x9E, &RANDOM_9E).unwrap();
}

#[test]
fn a_card_is_in_one_place() {
    let card = Card::new();
    let path = card.folder.path().join("card");
    assert!(matches!(VirtualCard::open(&path), Err(CardError::InUse(_))));
    assert!(matches!(
        VirtualCard::create(&path),
        Err(CardError::Exists(_))
    ));
    drop(card.card);
    VirtualCard::open(&path).unwrap();
}

#[test]
fn other_files_are_not_cards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    assert!(matches!(
        VirtualCard::open(&path),
        Err(CardError::Io { .. })
    ));
    fs::write(&path, b"text").unwrap();
    assert!(matches!(
        VirtualCard::open(&path),
        Err(CardError::NotACard(_))
    ));

    let card = Card::new();
    let whole = card.folder.path().join("card");
    drop(card.card);
    let mut bytes = fs::read(&whole).unwrap();
    bytes[4096..].fill(0);
    fs::write(&whole, &bytes).unwrap();
    assert!(matches!(
        VirtualCard::open(&whole),
        Err(CardError::Damaged { .. })
    ));
    bytes[0] ^= 1;
    fs::write(&whole, &bytes).unwrap();
    assert!(matches!(
        VirtualCard::open(&whole),
        Err(CardError::NotACard(_))
    ));
}

#[test]
fn a_copy_of_the_file_at_any_moment_is_a_whole_card() {
    // What kill -9 leaves: everything that was written, and nothing flushed.
    let card = verified();
    let copy = card.folder.path().join("copy");
    fs::copy(card.folder.path().join("card"), &copy).unwrap();
    let copy = VirtualCard::open(&copy).unwrap();
    copy.power_on().unwrap();
    let copy = Card {
        card: copy,
        folder: card.folder,
    };
    copy.select();
    assert_eq!(copy.verify(PIN), SUCCESS);
    copy.sign(0x9A, &[7; 32]).unwrap();
}

#[test]
fn a_card_may_be_used_from_any_thread() {
    let card = Card::new();
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(card.pin_status(), 0x63C3));
        scope.spawn(|| assert_eq!(card.select().1, SUCCESS));
    });
    let moved = std::thread::spawn(move || card.verify(PIN)).join();
    assert_eq!(moved.unwrap(), SUCCESS);
}
