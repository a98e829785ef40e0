//! The levels at which whole APDUs pass (CCID 1.1 section 3.2, `XfrBlock` in 6.1.4).

use virtual_card::usb::{Level, Options};

use crate::support::{DATA_BLOCK, Key, SELECT, XFR_BLOCK, failed};

/// GET DATA of the discovery object, with extended lengths.
const DISCOVERY: &[u8] = &[0x00, 0xCB, 0x3F, 0xFF, 0, 0, 3, 0x5C, 1, 0x7E, 0, 0];

fn is_good(data: &[u8]) -> bool {
    data.ends_with(&[0x90, 0x00])
}

#[test]
fn short_apdus_pass_as_they_are() {
    let mut key = Key::at(Level::ShortApdu);
    assert!(is_good(&key.transfer(SELECT).data));
    let answer = key.ask(XFR_BLOCK, [0, 1, 0], SELECT);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 8));
    let answer = key.transfer(&SELECT[..3]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 1));
}

#[test]
fn a_long_command_comes_in_parts() {
    let mut key = Key::at(Level::ExtendedApdu);
    key.transfer(SELECT);
    let whole = key.transfer(DISCOVERY).data;
    assert!(is_good(&whole));
    for (level, part) in [(1, &DISCOVERY[..5]), (3, &DISCOVERY[5..9])] {
        let answer = key.ask(XFR_BLOCK, [0, level, 0], part);
        assert_eq!(
            (answer.outcome(), answer.specific),
            ((DATA_BLOCK, 0, 0), 0x10)
        );
        assert!(answer.data.is_empty());
    }
    let answer = key.ask(XFR_BLOCK, [0, 2, 0], &DISCOVERY[9..]);
    assert_eq!((answer.specific, answer.data), (0, whole));
}

#[test]
fn a_long_answer_goes_in_parts() {
    // No reader takes as little as this one; what the card says about itself is short.
    let mut key = Key::at(Level::ExtendedApdu);
    let mut small = Key::new(Options {
        longest_message: 30,
        ..Options::default()
    });
    small.power_on();
    let whole = key.transfer(SELECT).data;
    assert!(whole.len() > 40);
    let first = small.transfer(SELECT);
    assert_eq!((first.specific, &first.data[..]), (1, &whole[..20]));
    let mut gathered = first.data;
    let mut last = 1;
    while last != 2 {
        let next = small.ask(XFR_BLOCK, [0, 0x10, 0], &[]);
        assert_eq!(next.outcome(), (DATA_BLOCK, 0, 0));
        last = next.specific;
        assert!(matches!(last, 2 | 3));
        gathered.extend(next.data);
    }
    assert_eq!(gathered, whole);
    let answer = small.ask(XFR_BLOCK, [0, 0x10, 0], &[]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 8));
}

#[test]
fn parts_without_a_beginning_are_refused() {
    let mut key = Key::at(Level::ExtendedApdu);
    for level in [2, 3, 4, 0x10] {
        let answer = key.ask(XFR_BLOCK, [0, level, 0], SELECT);
        assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 8), "{level}");
    }
    // A new command drops what was begun.
    key.ask(XFR_BLOCK, [0, 1, 0], &SELECT[..4]);
    assert!(is_good(&key.transfer(SELECT).data));
    let answer = key.ask(XFR_BLOCK, [0, 2, 0], &SELECT[4..]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 8));
}
