//! Honest readers with a bad contact, or with words that say less than they seem to.

use std::time::Duration;

use card_protocol::{CardError, piv::PinTries};
use serde_json::json;
use virtual_card::usb::Options;

use crate::{
    emulated_port::{Act, VERIFY},
    fixture::{LEVELS, PIN, Page, WRONG, at},
};

const GET_DATA: u8 = 0xCB;
const POWER_OFF: u8 = 0x63;
/// bmICCStatus: there is no power, the command failed; and why.
const INACTIVE: u8 = 0x41;
const FAILED: u8 = 0x40;
const ICC_MUTE: u8 = 0xFE;
const ABORTED: u8 = 0xFF;

#[test]
fn a_card_that_loses_its_power_is_the_same_insertion() {
    for level in LEVELS {
        for has_interrupt in [true, false] {
            let page = Page::new();
            let port = page.plug(Options {
                has_interrupt,
                ..at(level)
            });
            page.login(PIN).unwrap();
            port.trap(GET_DATA, Act::Fail(INACTIVE, ICC_MUTE));
            assert_eq!(page.identify(), Err(CardError::CardMute), "{level:?}");
            page.browser.pass(Duration::from_secs(1));
            assert_eq!(page.insertion(), 1, "{level:?}");
            assert_eq!(page.tries(), 3);
        }
    }
}

#[test]
fn the_last_try_takes_a_hand_and_no_bad_contact() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        for tries in [2, 1] {
            let tries_left = PinTries(tries);
            let wrong = Err(CardError::WrongPin { tries_left });
            assert_eq!(page.login(WRONG), wrong);
        }
        assert_eq!(page.login(WRONG), Err(CardError::LastTry), "{level:?}");
        for act in [
            Act::Fail(INACTIVE, ICC_MUTE),
            Act::Fail(FAILED, ICC_MUTE),
            Act::Swallow,
            Act::Lie(&[0; 64]),
        ] {
            port.trap(GET_DATA, act);
            // (T=1 asks once more where the card was only mute.)
            let _whatever = page.identify();
            page.browser.pass(Duration::from_secs(1));
            assert_eq!(page.login(WRONG), Err(CardError::LastTry), "{act:?}");
        }
        assert_eq!(port.pins_sent(), 2);
    }
}

#[test]
fn a_reader_that_says_aborted_of_a_pin_has_spent_a_try() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        for pin in [WRONG, PIN] {
            port.trap(VERIFY, Act::Fail(FAILED, ABORTED));
            // Not "cancelled": nobody knows what the card did.
            assert_eq!(page.login(pin), Err(CardError::CardMute), "{level:?}");
            assert_ne!(page.tries(), json!(null), "nothing is verified");
        }
    }
    // Of ten tries an hour each was one.
    let (page, port) = Page::with_key(LEVELS[0]);
    for _ in 0..10 {
        port.trap(VERIFY, Act::Fail(FAILED, ABORTED));
        assert_eq!(page.login(PIN), Err(CardError::CardMute));
    }
    assert_eq!(page.login(PIN), Err(CardError::TooManyTries));
}

#[test]
fn a_card_is_let_go_of_while_its_reader_is_asked() {
    let page = Page::new();
    let port = page.plug(Options {
        has_interrupt: false,
        ..at(LEVELS[0])
    });
    page.login(PIN).unwrap();
    // The reader takes eight of ten seconds to say what is in it.
    port.due
        .set(page.browser.clock.passed() + Duration::from_secs(8));
    page.browser.pass(Duration::from_millis(600));
    let begun = page.browser.clock.passed();
    page.ask("release", json!({})).unwrap();
    assert!(page.browser.clock.since(begun) < Duration::from_secs(4));
    port.messages.borrow_mut().clear();
    page.browser.pass(Duration::from_secs(12));
    assert!(
        port.messages.borrow().contains(&POWER_OFF),
        "with nobody's call"
    );
    assert_eq!(page.tries(), 3);
}
