//! Key pairs: made in the card, used under the PIN, one of a kind.

use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};

use crate::support::{BLOCKED, Card, NOT_VERIFIED, PIN, SUCCESS, WRONG};

const DIGEST: [u8; 32] = [0xD1; 32];

fn assert_signed_by(point: &[u8], signature: &[u8]) {
    let key = VerifyingKey::from_sec1_bytes(point).unwrap();
    let signature = Signature::from_der(signature).unwrap();
    key.verify_prehash(&DIGEST, &signature).unwrap();
}

#[test]
fn a_generated_key_signs_under_the_pin() {
    let card = Card::new();
    card.administer();
    for slot in [0x9A, 0x9C, 0x9D, 0x82] {
        let point = card.generate(slot).unwrap();
        assert_eq!(card.verify(PIN), SUCCESS);
        assert_signed_by(&point, &card.sign(slot, &DIGEST).unwrap());
    }
}

/// 9E is for whoever has the card: any program, without the PIN, also when the
/// PIN is blocked (SP 800-73-4 part 1, §3.1.3).
#[test]
fn the_card_authentication_key_signs_without_the_pin() {
    let card = Card::new();
    assert_eq!(card.generate(0x9E), Err(NOT_VERIFIED));
    card.administer();
    let point = card.generate(0x9E).unwrap();
    let card = card.reopen();
    for _ in 0..3 {
        assert_signed_by(&point, &card.sign(0x9E, &DIGEST).unwrap());
        card.verify(WRONG);
    }
    assert_eq!(card.verify(PIN), BLOCKED);
    assert_signed_by(&point, &card.sign(0x9E, &DIGEST).unwrap());
}

/// A new card has one from the factory, so that a signature alone says nothing:
/// it has to be that of the key which is registered.
#[test]
fn each_card_has_a_card_authentication_key_of_its_own() {
    let signatures = [Card::new(), Card::new()].map(|card| {
        let factory = card.sign(0x9E, &DIGEST).unwrap();
        card.administer();
        let point = card.generate(0x9E).unwrap();
        let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let factory = Signature::from_der(&factory).unwrap();
        assert!(key.verify_prehash(&DIGEST, &factory).is_err());
        assert_signed_by(&point, &card.sign(0x9E, &DIGEST).unwrap());
        factory
    });
    assert_ne!(signatures[0], signatures[1]);
}

#[test]
fn no_key_is_used_or_made_without_right() {
    let card = Card::new();
    assert_eq!(card.generate(0x9A), Err(NOT_VERIFIED));
    card.administer();
    card.generate(0x9A).unwrap();
    assert_eq!(card.sign(0x9A, &DIGEST), Err(NOT_VERIFIED));
}

#[test]
fn the_signature_key_wants_the_pin_each_time() {
    let card = Card::new();
    card.administer();
    card.generate(0x9C).unwrap();
    assert_eq!(card.verify(PIN), SUCCESS);
    card.sign(0x9C, &DIGEST).unwrap();
    assert_eq!(card.sign(0x9C, &DIGEST), Err(NOT_VERIFIED));
}

#[test]
fn a_new_card_has_no_key_in_9a() {
    let card = Card::new();
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_eq!(card.sign(0x9A, &DIGEST), Err(0x6400));
    assert_eq!(card.sign(0x9D, &DIGEST), Err(0x6985));
}

#[test]
fn a_key_outlives_the_process_and_a_pin_change() {
    let card = Card::new();
    card.administer();
    let point = card.generate(0x9A).unwrap();
    let new = b"654321\xFF\xFF";
    assert_eq!(card.change(0x80, PIN, new), SUCCESS);
    let card = card.reopen();
    assert_eq!(card.verify(new), SUCCESS);
    assert_signed_by(&point, &card.sign(0x9A, &DIGEST).unwrap());
}

#[test]
fn a_new_key_replaces_the_old_one() {
    let card = Card::new();
    card.administer();
    let old = card.generate(0x9A).unwrap();
    let new = card.generate(0x9A).unwrap();
    assert_ne!(old, new);
    assert_eq!(card.verify(PIN), SUCCESS);
    assert_signed_by(&new, &card.sign(0x9A, &DIGEST).unwrap());
}

#[test]
fn two_cards_never_share_a_key() {
    let chuid = |card: &Card| card.get_data(&[0x5F, 0xC1, 0x02]);
    let serial = |card: &Card| card.raw(&[0x00, 0xF8, 0, 0, 0]);
    let (one, two) = (Card::new(), Card::new());
    one.administer();
    two.administer();
    assert_ne!(one.generate(0x9A), two.generate(0x9A));
    assert_ne!(chuid(&one), chuid(&two));
    assert_ne!(serial(&one), serial(&two));
    // What the card draws at random differs too, in a session of the same steps.
    let witness = |card: &Card| card.send(&[0x00, 0x87, 0x03, 0x9B], &[0x7C, 2, 0x80, 0]);
    assert_ne!(witness(&one), witness(&two));
}
