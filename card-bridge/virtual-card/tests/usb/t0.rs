//! Commands of T=0 (ISO/IEC 7816-3 section 10).

use virtual_card::usb::Level;

use crate::support::{DATA_BLOCK, Key, failed};

const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0, 0, 3, 8];

fn key() -> Key {
    Key::at(Level::TpduT0)
}

/// SELECT, until GET RESPONSE has the answer.
fn select(key: &mut Key) -> Vec<u8> {
    let answer = key.transfer(SELECT).data;
    let &[0x61, length] = answer.as_slice() else {
        panic!("{answer:02X?}");
    };
    key.transfer(&[0x00, 0xC0, 0, 0, length]).data
}

#[test]
fn the_answer_to_reset_offers_t0_alone() {
    let mut key = key();
    let atr = key.power_on();
    assert_eq!(
        atr,
        [
            0x3B, 0x0A, 0x80, 0x73, 0xC0, 0x01, 0x80, 0x54, b'V', b'P', b'I', b'V'
        ]
    );
}

#[test]
fn what_a_command_with_data_answers_is_fetched() {
    let mut key = key();
    let whole = select(&mut key);
    assert!(whole.ends_with(&[0x90, 0x00]));
    // In two halves.
    key.transfer(SELECT);
    let first = key.transfer(&[0x00, 0xC0, 0, 0, 10]).data;
    let left = u8::try_from(whole.len() - 12).unwrap();
    assert_eq!(first, [&whole[..10], &[0x61, left]].concat());
    let second = key.transfer(&[0x00, 0xC0, 0, 0, left]).data;
    assert_eq!(second, whole[10..]);
}

#[test]
fn a_wrong_length_is_corrected_without_doing_it_again() {
    let mut key = key();
    let whole = select(&mut key);
    let length = u8::try_from(whole.len() - 2).unwrap();
    key.transfer(SELECT);
    assert_eq!(key.transfer(&[0x00, 0xC0, 0, 0, 0]).data, [0x6C, length]);
    assert_eq!(key.transfer(&[0x00, 0xC0, 0, 0, length]).data, whole);
    // The same of a command that asks for data: the version of the applet.
    let version = key.transfer(&[0x00, 0xFD, 0, 0, 0]).data;
    assert_eq!(version, [0x6C, 3]);
    let version = key.transfer(&[0x00, 0xFD, 0, 0, 3]).data;
    assert_eq!((version.len(), &version[3..]), (5, &[0x90, 0x00][..]));
}

#[test]
fn another_command_drops_what_was_kept() {
    let mut key = key();
    key.transfer(SELECT);
    // How many tries the PIN has: nothing in, nothing out, with or without P3.
    assert_eq!(key.transfer(&[0x00, 0x20, 0, 0x80, 0]).data, [0x63, 0xC3]);
    assert_eq!(key.transfer(&[0x00, 0x20, 0, 0x80]).data, [0x63, 0xC3]);
    let nothing = key.transfer(&[0x00, 0xC0, 0, 0, 10]).data;
    assert_eq!(nothing, [0x69, 0x85]);
}

#[test]
fn an_object_is_fetched_as_a_terminal_does_it() {
    let mut key = key();
    select(&mut key);
    let answer = key
        .transfer(&[0x00, 0xCB, 0x3F, 0xFF, 3, 0x5C, 1, 0x7E])
        .data;
    assert_eq!(answer[0], 0x61);
    let object = key.transfer(&[0x00, 0xC0, 0, 0, answer[1]]).data;
    assert!(object.starts_with(&[0x7E]) && object.ends_with(&[0x90, 0x00]));
}

#[test]
fn a_command_that_is_none_is_refused() {
    let mut key = key();
    for wrong in [&SELECT[..3], &SELECT[..9], &[SELECT, &[0]].concat()] {
        let answer = key.transfer(wrong);
        assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 1), "{wrong:02X?}");
    }
}

#[test]
fn a_proposal_of_other_parameters_is_taken() {
    let mut key = key();
    let pps = [0xFF, 0x10, 0x11, 0xFE];
    assert_eq!(key.transfer(&pps).data, pps);
    let answer = key.transfer(&[0xFF, 0x10, 0x11, 0x00]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 0xFE));
}
