//! PIN and PUK: tries, blocking, change, unblocking.

use crate::support::{BLOCKED, Card, NOT_VERIFIED, PIN, PUK, SUCCESS, WRONG};

const NEW: &[u8; 8] = b"24681357";

#[test]
fn the_empty_verify_tells_the_tries_left() {
    let card = Card::new();
    assert_eq!(card.pin_status(), 0x63C3);
    assert_eq!(card.verify(WRONG), 0x63C2);
    assert_eq!(card.pin_status(), 0x63C2);
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.pin_status(), SUCCESS);
}

#[test]
fn a_right_pin_gives_the_tries_back() {
    let card = Card::new();
    assert_eq!(card.verify(WRONG), 0x63C2);
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.verify(WRONG), 0x63C2);
}

#[test]
fn a_wrong_pin_withdraws_the_verified_state() {
    let card = Card::new();
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.verify(WRONG), 0x63C2);
    assert_eq!(card.pin_status(), 0x63C2);
}

#[test]
fn three_wrong_pins_block_and_the_puk_unblocks() {
    let card = Card::new();
    assert_eq!(card.verify(WRONG), 0x63C2);
    assert_eq!(card.verify(WRONG), 0x63C1);
    assert_eq!(card.verify(WRONG), BLOCKED);
    assert_eq!(card.verify(PIN), BLOCKED);
    assert_eq!(card.pin_status(), 0x63C0, "asked, not tried: no 6983 here");
    assert_eq!(card.change(0x80, PIN, NEW), BLOCKED);

    let card = card.reopen();
    assert_eq!(card.verify(PIN), BLOCKED);
    assert_eq!(card.unblock(PUK, NEW), SUCCESS);
    assert_eq!(card.pin_status(), 0x63C3);
    assert_eq!(card.verify(NEW), SUCCESS);
}

#[test]
fn unblocking_keeps_the_keys() {
    let card = Card::new();
    card.administer();
    card.generate(0x9A).unwrap();
    while card.verify(WRONG) != BLOCKED {}
    assert_eq!(card.unblock(PUK, NEW), SUCCESS);
    assert_eq!(card.verify(NEW), SUCCESS);
    card.sign(0x9A, &[7; 32]).unwrap();
}

#[test]
fn a_wrong_puk_counts_and_blocks() {
    let card = Card::new();
    assert_eq!(card.unblock(b"00000000", NEW), 0x63C2);
    assert_eq!(card.change(0x81, b"00000000", NEW), 0x63C1);
    assert_eq!(card.unblock(b"00000000", NEW), BLOCKED);
    assert_eq!(card.unblock(PUK, NEW), BLOCKED);
    assert_eq!(card.change(0x81, PUK, NEW), BLOCKED);
    // The PIN is none the worse for it.
    assert_eq!(card.verify(PIN), SUCCESS);
}

#[test]
fn a_malformed_new_pin_costs_no_puk_try() {
    let card = Card::new();
    for pin in [b"12345\xFF\xFF\xFF", b"123456\x00\x00", b"abcdefgh"] {
        assert_eq!(card.unblock(PUK, pin), 0x6A80);
        assert_eq!(card.change(0x80, PIN, pin), 0x6A80);
    }
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.unblock(b"00000000", NEW), 0x63C2);
}

#[test]
fn the_pin_changes() {
    let card = Card::new();
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.change(0x80, WRONG, NEW), 0x63C2);
    assert_eq!(
        card.pin_status(),
        0x63C2,
        "a wrong old PIN withdraws the verified state"
    );
    assert_eq!(card.change(0x80, PIN, NEW), SUCCESS);
    assert_eq!(card.verify(NEW), SUCCESS);

    let card = card.reopen();
    assert_eq!(card.verify(PIN), 0x63C2);
    assert_eq!(card.verify(NEW), SUCCESS);
}

#[test]
fn the_puk_changes() {
    let card = Card::new();
    let puk = b"\x00\xFE\x80binry";
    assert_eq!(card.change(0x81, PUK, puk), SUCCESS);
    let card = card.reopen();
    assert_eq!(card.unblock(PUK, NEW), 0x63C2);
    assert_eq!(card.unblock(puk, NEW), SUCCESS);
    assert_eq!(card.verify(NEW), SUCCESS);
}

#[test]
fn logging_out_forgets_the_pin() {
    let card = Card::new();
    card.administer();
    card.generate(0x9A).unwrap();
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.raw(&[0x00, 0x20, 0xFF, 0x80]).1, SUCCESS);
    assert_eq!(card.sign(0x9A, &[7; 32]), Err(NOT_VERIFIED));
}
