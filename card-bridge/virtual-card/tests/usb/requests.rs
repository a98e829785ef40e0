//! Requests on the control pipe (USB 2.0 section 9.4; CCID 1.1 section 5.3).

use virtual_card::usb::{Options, Stall};

use crate::support::{
    ABORT, DATA_BLOCK, Key, SELECT, SLOT_STATUS, STATUS, XFR_BLOCK, failed, message,
};

const SET_CONFIGURATION: [u8; 8] = [0x00, 9, 1, 0, 0, 0, 0, 0];

#[test]
fn an_unconfigured_device_has_no_endpoints() {
    let mut key = Key::unconfigured(Options::default());
    let status = message(STATUS, 1, [0; 3], &[]);
    assert_eq!(key.device.bulk_out(&status), Err(Stall));
    assert_eq!(key.device.control([0x80, 8, 0, 0, 0, 0, 1, 0]), Ok(vec![0]));
    assert_eq!(key.device.control(SET_CONFIGURATION), Ok(vec![]));
    assert_eq!(key.device.control([0x80, 8, 0, 0, 0, 0, 1, 0]), Ok(vec![1]));
    assert_eq!(key.device.bulk_out(&status), Ok(()));
    // There is no configuration 2, and no interface 1.
    assert_eq!(key.device.control([0x00, 9, 2, 0, 0, 0, 0, 0]), Err(Stall));
    assert_eq!(key.device.control([0x01, 11, 0, 0, 1, 0, 0, 0]), Err(Stall));
    assert_eq!(key.device.control([0x01, 11, 0, 0, 0, 0, 0, 0]), Ok(vec![]));
}

#[test]
fn a_halted_endpoint_stalls_until_it_is_cleared() {
    let mut key = Key::new(Options::default());
    let status = message(STATUS, 1, [0; 3], &[]);
    let of_endpoint = |kind, request, length| [kind, request, 0, 0, 0x01, 0, length, 0];
    key.device.control(of_endpoint(0x02, 3, 0)).unwrap();
    assert_eq!(key.device.bulk_out(&status), Err(Stall));
    assert_eq!(key.device.control(of_endpoint(0x82, 0, 2)), Ok(vec![1, 0]));
    key.device.control(of_endpoint(0x02, 1, 0)).unwrap();
    assert_eq!(key.device.control(of_endpoint(0x82, 0, 2)), Ok(vec![0, 0]));
    assert_eq!(key.device.bulk_out(&status), Ok(()));
}

#[test]
fn what_is_not_known_is_stalled() {
    let mut key = Key::new(Options::default());
    // A vendor's request, a request of the class to another interface, a wrong direction.
    for setup in [
        [0xC0, 1, 0, 0, 0, 0, 8, 0],
        [0xA1, 2, 0, 0, 1, 0, 8, 0],
        [0x21, 2, 0, 0, 0, 0, 0, 0],
        [0x80, 6, 0, 9, 0, 0, 8, 0],
    ] {
        assert_eq!(key.device.control(setup), Err(Stall), "{setup:02X?}");
    }
}

#[test]
fn clock_and_data_rate_can_be_asked_for() {
    let mut key = Key::new(Options::default());
    let clock = key.device.control([0xA1, 2, 0, 0, 0, 0, 4, 0]).unwrap();
    assert_eq!(clock, 4000_u32.to_le_bytes());
    let rate = key.device.control([0xA1, 3, 0, 0, 0, 0, 4, 0]).unwrap();
    assert_eq!(rate, 10752_u32.to_le_bytes());
}

#[test]
fn an_abort_takes_a_request_and_a_message() {
    let mut key = Key::new(Options::default());
    key.power_on();
    let request = [0x21, 1, 0, 9, 0, 0, 0, 0];
    key.device.control(request).unwrap();
    // Until the message comes, everything else fails.
    let answer = key.transfer(SELECT);
    assert_eq!(answer.outcome(), failed(DATA_BLOCK, 0, 0xFF));
    key.device
        .bulk_out(&message(ABORT, 8, [0; 3], &[]))
        .unwrap();
    let wrong = key.device.bulk_in().unwrap();
    assert_eq!(wrong[..9], [0x81, 0, 0, 0, 0, 0, 8, 0x40, 6]);
    key.device
        .bulk_out(&message(ABORT, 9, [0; 3], &[]))
        .unwrap();
    let aborted = key.device.bulk_in().unwrap();
    assert_eq!(aborted[..9], [0x81, 0, 0, 0, 0, 0, 9, 0, 0]);
    assert_eq!(key.transfer(SELECT).outcome(), (DATA_BLOCK, 0, 0));
}

#[test]
fn the_message_may_come_before_the_request() {
    let mut key = Key::new(Options::default());
    key.power_on();
    // A command that is only begun is forgotten.
    key.ask(XFR_BLOCK, [0, 1, 0], &SELECT[..4]);
    key.device
        .bulk_out(&message(ABORT, 5, [0; 3], &[]))
        .unwrap();
    assert_eq!(key.device.bulk_in(), None);
    key.device.control([0x21, 1, 0, 5, 0, 0, 0, 0]).unwrap();
    let aborted = key.device.bulk_in().unwrap();
    assert_eq!(aborted[..9], [SLOT_STATUS, 0, 0, 0, 0, 0, 5, 0, 0]);
    let rest = key.ask(XFR_BLOCK, [0, 2, 0], &SELECT[4..]);
    assert_eq!(rest.outcome(), failed(DATA_BLOCK, 0, 8));
}
