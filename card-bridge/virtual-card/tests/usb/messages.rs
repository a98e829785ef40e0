//! Each message of CCID 1.1 section 6, and each way in which it fails.

use std::time::Duration;

use virtual_card::{
    ATR,
    usb::{Level, Options},
};

use crate::support::{
    Answer, DATA_BLOCK, GET_PARAMETERS, Key, PARAMETERS, POWER_OFF, POWER_ON, RESET_PARAMETERS,
    SELECT, SET_DATA_RATE, SET_PARAMETERS, SLOT_STATUS, STATUS, XFR_BLOCK, failed, message, parse,
};

const T1_DEFAULTS: [u8; 7] = [0x11, 0x10, 0x00, 0x4D, 0x00, 254, 0x00];

fn status(icc: u8, clock: u8) -> Answer {
    Answer {
        kind: SLOT_STATUS,
        status: icc,
        error: 0,
        specific: clock,
        data: vec![],
    }
}

#[test]
fn the_slot_s_status_follows_power_and_card() {
    let mut key = Key::new(Options::default());
    assert_eq!(key.ask(STATUS, [0; 3], &[]), status(1, 1));
    assert_eq!(key.power_on(), ATR);
    assert_eq!(key.ask(STATUS, [0; 3], &[]), status(0, 0));
    assert_eq!(key.ask(POWER_OFF, [0; 3], &[]), status(1, 1));
    key.device.set_card_present(false);
    assert_eq!(key.ask(STATUS, [0; 3], &[]), status(2, 1));
}

#[test]
fn power_comes_in_the_voltages_that_there_are() {
    let mut key = Key::new(Options::default());
    for voltage in 0..=3 {
        let answer = key.ask(POWER_ON, [voltage, 0, 0], &[]);
        assert_eq!(
            (answer.outcome(), &answer.data[..]),
            ((DATA_BLOCK, 0, 0), &ATR[..])
        );
    }
    let answer = key.ask(POWER_ON, [4, 0, 0], &[]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 7));
}

#[test]
fn without_power_or_card_the_card_is_mute() {
    let mut key = Key::new(Options::default());
    let all = [
        (XFR_BLOCK, SELECT, DATA_BLOCK),
        (GET_PARAMETERS, &[][..], PARAMETERS),
        (RESET_PARAMETERS, &[], PARAMETERS),
        (SET_PARAMETERS, &T1_DEFAULTS, PARAMETERS),
    ];
    for (kind, data, answers) in all {
        let answer = key.ask(kind, [0; 3], data);
        assert_eq!(answer.outcome(), failed(answers, 1, 0xFE), "{kind:02X}");
    }
    key.device.set_card_present(false);
    let answer = key.ask(POWER_ON, [0; 3], &[]);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 2, 0xFE));
    assert_eq!(key.transfer(SELECT).outcome(), failed(DATA_BLOCK, 2, 0xFE));
    key.device.set_card_present(true);
    assert_eq!(key.power_on(), ATR);
}

#[test]
fn parameters_are_set_asked_for_and_reset() {
    let mut key = Key::at(Level::ExtendedApdu);
    let answer = key.ask(GET_PARAMETERS, [0; 3], &[]);
    assert_eq!((answer.outcome(), answer.specific), ((PARAMETERS, 0, 0), 1));
    assert_eq!(answer.data, T1_DEFAULTS);
    let mut other = T1_DEFAULTS;
    other[0] = 0x95;
    let answer = key.ask(SET_PARAMETERS, [1, 0, 0], &other);
    assert_eq!(
        (answer.outcome(), &answer.data[..]),
        ((PARAMETERS, 0, 0), &other[..])
    );
    assert_eq!(key.ask(GET_PARAMETERS, [0; 3], &[]).data, other);
    assert_eq!(key.ask(RESET_PARAMETERS, [0; 3], &[]).data, T1_DEFAULTS);
}

#[test]
fn a_wrong_parameter_is_named_by_its_place() {
    let mut key = Key::at(Level::ExtendedApdu);
    let with = |place: usize, value: u8| {
        let mut data = T1_DEFAULTS;
        data[place] = value;
        data.to_vec()
    };
    let wrong = [
        // T=0 of a card that speaks T=1; a structure of another length.
        (0, with(0, 0x11), 7),
        (1, T1_DEFAULTS[..5].to_vec(), 1),
        // Reserved Fi; CRC; reserved bits; clock stop; IFSC; NAD.
        (1, with(0, 0x71), 10),
        (1, with(1, 0x11), 11),
        (1, with(1, 0x00), 11),
        (1, with(4, 4), 14),
        (1, with(5, 255), 15),
        (1, with(6, 1), 16),
    ];
    for (protocol, data, place) in wrong {
        let answer = key.ask(SET_PARAMETERS, [protocol, 0, 0], &data);
        assert_eq!(
            answer.outcome(),
            failed(PARAMETERS, 0, place),
            "{data:02X?}"
        );
        assert_eq!(answer.data, T1_DEFAULTS);
    }
}

#[test]
fn the_data_rate_is_said_and_does_not_change() {
    let mut key = Key::at(Level::ExtendedApdu);
    let wanted = [8000_u32.to_le_bytes(), 100_000_u32.to_le_bytes()].concat();
    let answer = key.ask(SET_DATA_RATE, [0; 3], &wanted);
    assert_eq!(answer.outcome(), (0x84, 0, 0));
    let is = [4000_u32.to_le_bytes(), 10752_u32.to_le_bytes()].concat();
    assert_eq!(answer.data, is);
    let answer = key.ask(SET_DATA_RATE, [0; 3], &wanted[..4]);
    assert_eq!(answer.outcome(), failed(0x84, 0, 1));
}

#[test]
fn what_the_reader_can_t_do_it_says() {
    let mut key = Key::at(Level::ExtendedApdu);
    // Secure, Escape, T0APDU, IccClock, Mechanical, and what is no message.
    let all = [
        (0x69, DATA_BLOCK),
        (0x6B, 0x83),
        (0x6A, SLOT_STATUS),
        (0x6E, SLOT_STATUS),
        (0x71, SLOT_STATUS),
        (0x00, SLOT_STATUS),
    ];
    for (kind, answers) in all {
        let answer = key.ask(kind, [0; 3], &[]);
        assert_eq!(answer.outcome(), failed(answers, 0, 0), "{kind:02X}");
    }
}

#[test]
fn there_is_one_slot() {
    let mut key = Key::new(Options::default());
    let mut wrong = message(STATUS, 7, [0; 3], &[]);
    wrong[5] = 1;
    key.device.bulk_out(&wrong).unwrap();
    let answer = key.device.bulk_in().unwrap();
    assert_eq!(answer[..9], [0x81, 0, 0, 0, 0, 1, 7, 0x42, 5]);
}

#[test]
fn a_message_may_come_in_packets_and_has_to_be_whole() {
    let mut key = Key::at(Level::ExtendedApdu);
    // One of three packets: 128 bytes, then the rest.
    let long = [&[0x00, 0xCB, 0x3F, 0xFF, 0x80][..], &[0; 128]].concat();
    let bytes = message(XFR_BLOCK, 3, [0; 3], &long);
    key.device.bulk_out(&bytes[..128]).unwrap();
    assert_eq!(key.device.bulk_in(), None);
    key.device.bulk_out(&bytes[128..]).unwrap();
    assert_eq!(parse(&key.device.bulk_in().unwrap()).kind, DATA_BLOCK);
    // A short packet ends it, whatever dwLength says.
    key.device.bulk_out(&bytes[..100]).unwrap();
    let answer = parse(&key.device.bulk_in().unwrap());
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 1));
    // And it is not longer than it says, nor than the reader takes.
    key.device.bulk_out(&[&bytes[..], &[0]].concat()).unwrap();
    let answer = parse(&key.device.bulk_in().unwrap());
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 1));
    let endless = message(XFR_BLOCK, 4, [0; 3], &[0; 2049]);
    key.device.bulk_out(&endless).unwrap();
    let answer = parse(&key.device.bulk_in().unwrap());
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 1));
    // So does an empty packet after full ones.
    key.device.bulk_out(&bytes[..64]).unwrap();
    key.device.bulk_out(&[]).unwrap();
    let answer = parse(&key.device.bulk_in().unwrap());
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 1));
    // What has not even a header can't be answered.
    key.device.bulk_out(&[0x65, 0]).unwrap();
    assert_eq!(key.device.bulk_in(), None);
    assert_eq!(key.transfer(SELECT).outcome(), (DATA_BLOCK, 0, 0));
}

#[test]
fn a_card_that_takes_long_asks_for_time() {
    let mut key = Key::new(Options {
        slow: Duration::from_millis(2500),
        patience: Duration::from_secs(1),
        ..Options::default()
    });
    // Power on, too: the reader does not know what the card waits for.
    key.say(POWER_ON, [0; 3], &[]);
    let answers: Vec<_> = std::iter::from_fn(|| key.hear()).collect();
    let outcomes: Vec<_> = answers.iter().map(Answer::outcome).collect();
    let waits = (DATA_BLOCK, 0x80 | 1, 1);
    assert_eq!(outcomes, [waits, waits, (DATA_BLOCK, 0, 0)]);
    key.say(XFR_BLOCK, [0; 3], SELECT);
    let outcomes: Vec<_> = std::iter::from_fn(|| key.hear())
        .map(|answer| answer.outcome())
        .collect();
    let waits = (DATA_BLOCK, 0x80, 1);
    assert_eq!(outcomes, [waits, waits, (DATA_BLOCK, 0, 0)]);
}

#[test]
fn the_interrupt_endpoint_tells_of_cards_that_come_and_go() {
    let mut key = Key::new(Options::default());
    assert_eq!(key.device.interrupt_in(), Some(vec![0x50, 0x03]));
    assert_eq!(key.device.interrupt_in(), None);
    key.device.set_card_present(false);
    key.device.set_card_present(false);
    assert_eq!(key.device.interrupt_in(), Some(vec![0x50, 0x02]));
    assert_eq!(key.device.interrupt_in(), None);
    // Of two changes nobody asked for, the newer one counts.
    key.device.set_card_present(true);
    key.device.set_card_present(false);
    assert_eq!(key.device.interrupt_in(), Some(vec![0x50, 0x02]));
    let mut silent = Key::new(Options {
        has_interrupt: false,
        ..Options::default()
    });
    assert_eq!(silent.device.interrupt_in(), None);
}
