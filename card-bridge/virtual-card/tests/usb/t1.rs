//! Blocks of T=1 (ISO/IEC 7816-3 section 11), with the test as the interface device.

use std::time::Duration;

use virtual_card::usb::{Level, Options};

use crate::support::{DATA_BLOCK, Key, SELECT, failed};

const MORE: u8 = 0x20;

fn key(block: u8) -> Key {
    let mut key = Key::new(Options {
        level: Level::TpduT1,
        block,
        ..Options::default()
    });
    key.power_on();
    key
}

fn block(pcb: u8, information: &[u8]) -> Vec<u8> {
    let length = u8::try_from(information.len()).unwrap();
    let mut block = [&[0, pcb, length], information].concat();
    block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
    block
}

/// Sends a block; PCB and information of the answer.
fn send(key: &mut Key, block: &[u8]) -> (u8, Vec<u8>) {
    let answer = key.transfer(block);
    assert_eq!(answer.outcome(), (DATA_BLOCK, 0, 0));
    parse(&answer.data)
}

fn parse(bytes: &[u8]) -> (u8, Vec<u8>) {
    assert_eq!(bytes.iter().fold(0, |sum, byte| sum ^ byte), 0, "LRC");
    assert_eq!((bytes[0], usize::from(bytes[2])), (0, bytes.len() - 4));
    (bytes[1], bytes[3..bytes.len() - 1].to_vec())
}

#[test]
fn the_answer_to_reset_names_the_block_size() {
    let mut key = key(200);
    let atr = key.power_on();
    assert_eq!(atr[..5], [0x3B, 0x8A, 0x81, 0x11, 200]);
    assert_eq!(atr[1..].iter().fold(0, |sum, byte| sum ^ byte), 0, "TCK");
    assert_eq!(atr.len(), 2 + 1 + 1 + 1 + 10 + 1);
}

#[test]
fn sequence_numbers_alternate_on_both_sides() {
    let mut key = key(254);
    send(&mut key, &block(0xC1, &[254]));
    for round in [0, 0x40, 0, 0x40] {
        let (pcb, data) = send(&mut key, &block(round, SELECT));
        assert_eq!(pcb, round);
        assert!(data.ends_with(&[0x90, 0x00]));
    }
}

#[test]
fn answers_are_chained_until_the_host_takes_more() {
    let mut key = key(254);
    let (mut pcb, mut gathered) = send(&mut key, &block(0, SELECT));
    assert_eq!((pcb, gathered.len()), (MORE, 32), "IFSD is 32 at first");
    let mut wanted = 0x10;
    while pcb & MORE != 0 {
        let (next, part) = send(&mut key, &block(0x80 | wanted, &[]));
        assert_eq!(next & 0x40 != 0, wanted != 0);
        gathered.extend(part);
        (pcb, wanted) = (next, wanted ^ 0x10);
    }
    assert!(gathered.ends_with(&[0x90, 0x00]));
    assert_eq!(send(&mut key, &block(0xC1, &[254])), (0xE1, vec![254]));
    let (pcb, whole) = send(&mut key, &block(0x40, SELECT));
    assert_eq!((pcb & MORE, whole), (0, gathered));
}

#[test]
fn commands_are_chained_by_the_card_s_block_size() {
    let mut key = key(5);
    send(&mut key, &block(0xC1, &[254]));
    assert_eq!(send(&mut key, &block(MORE, &SELECT[..5])), (0x90, vec![]));
    assert_eq!(
        send(&mut key, &block(0x40 | MORE, &SELECT[5..10])),
        (0x80, vec![])
    );
    let (pcb, data) = send(&mut key, &block(0, &SELECT[10..]));
    assert_eq!(pcb, 0);
    assert!(data.ends_with(&[0x90, 0x00]));
    // Six are too many.
    assert_eq!(send(&mut key, &block(0x40, &SELECT[..6])), (0x92, vec![]));
}

#[test]
fn what_did_not_come_through_is_said_again() {
    let mut key = key(254);
    send(&mut key, &block(0xC1, &[254]));
    let mut broken = block(0, SELECT);
    broken[4] ^= 1;
    assert_eq!(send(&mut key, &broken), (0x81, vec![]), "a wrong LRC");
    let answer = send(&mut key, &block(0, SELECT));
    // The host did not get it: N(R) is the block it still wants.
    assert_eq!(send(&mut key, &block(0x80, &[])), answer);
    assert_eq!(send(&mut key, &block(0x81, &[])), answer);
    // The same command once more is not carried out once more.
    assert_eq!(send(&mut key, &block(0, SELECT)), (0x92, vec![]));
    assert_eq!(send(&mut key, &block(0x40, SELECT)).0, 0x40);
}

#[test]
fn blocks_that_are_none_are_refused() {
    let mut key = key(254);
    let wrong_length = [0, 0, 9, 0x00, 0x09];
    let other_node = [0x12, 0, 0, 0x12];
    for wrong in [
        &wrong_length[..],
        &other_node,
        &block(0xC4, &[]),
        &block(0xC0, &[1]),
        &block(0xC1, &[0]),
        &block(0xC1, &[255]),
        &block(0xE3, &[1]),
        &block(0x1F, &[]),
    ] {
        assert_eq!(send(&mut key, wrong), (0x82, vec![]), "{wrong:02X?}");
    }
    let answer = key.transfer(&[0, 0, 0]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 0xFE));
}

#[test]
fn resynch_and_abort_begin_anew() {
    let mut key = key(254);
    send(&mut key, &block(0xC1, &[254]));
    send(&mut key, &block(0, SELECT));
    assert_eq!(send(&mut key, &block(0xC0, &[])), (0xE0, vec![]));
    // Sequence numbers and IFSD are as after a reset.
    assert_eq!(send(&mut key, &block(0, SELECT)).0, MORE);
    assert_eq!(send(&mut key, &block(0xC2, &[])), (0xE2, vec![]));
    assert_eq!(send(&mut key, &block(0x40, SELECT)).0, 0x40 | MORE);
}

#[test]
fn a_card_that_takes_long_asks_in_a_block() {
    let mut key = Key::new(Options {
        level: Level::TpduT1,
        slow: Duration::from_millis(1500),
        ..Options::default()
    });
    key.say(crate::support::POWER_ON, [0; 3], &[]);
    while key.hear().is_some() {}
    assert_eq!(send(&mut key, &block(0xC1, &[254])).0, 0xE1);
    assert_eq!(send(&mut key, &block(0, SELECT)), (0xC3, vec![1]));
    // Nothing else is answered until the time is given.
    assert_eq!(send(&mut key, &block(0x40, SELECT)), (0x92, vec![]));
    let (pcb, data) = send(&mut key, &block(0xE3, &[1]));
    assert_eq!(pcb, 0);
    assert!(data.ends_with(&[0x90, 0x00]));
}

#[test]
fn a_card_that_is_reset_amid_a_command_answers_the_reset() {
    use crate::support::{POWER_OFF, POWER_ON, SLOT_STATUS};
    let mut key = Key::new(Options {
        level: Level::TpduT1,
        slow: Duration::from_millis(1500),
        ..Options::default()
    });
    // Asked for by the reader: a card without power has no blocks.
    for round in 0..2 {
        key.say(POWER_ON, [0; 3], &[]);
        let waits = key.hear().unwrap();
        assert_eq!(waits.status & 0xC0, 0x80, "{round}");
        assert!(waits.data.is_empty());
        assert_eq!(key.hear().unwrap().data[0], 0x3B);
    }
    assert_eq!(send(&mut key, &block(0, SELECT)), (0xC3, vec![1]));
    key.say(POWER_OFF, [0; 3], &[]);
    let answers: Vec<_> = std::iter::from_fn(|| key.hear()).collect();
    assert_eq!(answers.last().unwrap().outcome(), (SLOT_STATUS, 1, 0));
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.status & 0x80 == 0)
            .count(),
        1
    );
}

#[test]
fn other_parameters_are_taken_before_the_first_block() {
    let mut key = key(254);
    let pps = [0xFF, 0x11, 0x11, 0xFF];
    assert_eq!(key.transfer(&pps).data, pps);
}
