//! A device that lies, answers late or not at all, and calls that are cancelled.

use std::time::Duration;

use card_protocol::CardError;
use card_usb::platform::Clock as _;
use futures_util::future;
use serde_json::json;

use crate::{
    emulated_port::{Act, VERIFY},
    fixture::{LEVELS, PIN, Page, READER},
};

const GET_DATA: u8 = 0xCB;

#[test]
fn a_key_that_answers_late_is_waited_for() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        port.trap(GET_DATA, Act::Late(Duration::from_secs(4)));
        let begun = page.browser.clock.passed();
        // T=1's block waiting time is shorter than that, and its card has to say so.
        match page.identify() {
            Ok(_) => assert!(page.browser.clock.since(begun) >= Duration::from_secs(4)),
            Err(error) => assert_eq!(error, CardError::CardMute, "{level:?}"),
        }
        page.login(PIN).unwrap();
    }
}

#[test]
fn a_key_that_does_not_answer_is_given_up_and_reset() {
    for level in LEVELS {
        for can_reset in [true, false] {
            let (page, port) = Page::with_key(level);
            port.can_reset.set(can_reset);
            page.login(PIN).unwrap();
            port.trap(VERIFY, Act::Swallow);
            let begun = page.browser.clock.passed();
            assert_eq!(page.login(PIN), Err(CardError::CardMute), "{level:?}");
            assert!(page.browser.clock.since(begun) < Duration::from_secs(30));
            assert_eq!(page.tries(), 3, "nothing is verified");
            assert_eq!(page.insertion(), 1, "nobody had a hand in it");
            page.login(PIN).unwrap();
        }
    }
}

#[test]
fn a_key_that_lies_is_reset() {
    let lies: [&[u8]; 6] = [
        &[0; 64],
        &[0xFF; 64],
        &[0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0],
        &[0x80, 2, 0, 0, 0, 0, 0xEE, 0, 0, 0, 0x90, 0],
        &[0x81, 0, 0, 0, 0, 0, 0, 0x42, 0xFE, 0],
        &[0x80],
    ];
    for level in LEVELS {
        for lie in lies {
            let (page, port) = Page::with_key(level);
            page.login(PIN).unwrap();
            port.trap(VERIFY, Act::Lie(lie));
            let outcome = page.login(PIN);
            assert!(outcome.is_err(), "{level:?} {lie:02X?}");
            page.browser.pass(Duration::from_millis(600));
            assert_eq!(page.tries(), 3, "{level:?} {lie:02X?}");
            page.login(PIN).unwrap();
        }
    }
}

#[test]
fn what_is_under_way_is_cancelled_between_two_commands() {
    let (page, port) = Page::with_key(LEVELS[0]);
    // The page looks at the card, which takes its time, and thinks better of it.
    port.trap(GET_DATA, Act::Late(Duration::from_secs(1)));
    let looking = page.asking("identify", json!({ "reader": READER }));
    let cancelling = page.asking("cancel", json!({}));
    let (looked, cancelled) = page.browser.run(future::join(looking, cancelling));
    assert_eq!(looked, Err(CardError::Cancelled));
    assert_eq!(cancelled, Ok(json!({})));
    assert_eq!(port.resets.get(), 0);
    page.login(PIN).unwrap();
}

#[test]
fn a_card_that_owes_an_answer_is_verified_no_more() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        page.login(PIN).unwrap();
        port.trap(GET_DATA, Act::Swallow);
        let looking = page.asking("identify", json!({ "reader": READER }));
        let cancelling = page.asking("cancel", json!({}));
        let begun = page.browser.clock.passed();
        let (looked, _) = page.browser.run(future::join(looking, cancelling));
        assert_eq!(looked, Err(CardError::Cancelled), "{level:?}");
        assert!(page.browser.clock.since(begun) < Duration::from_secs(10));
        assert_eq!(page.tries(), 3, "{level:?}");
    }
}

#[test]
fn nobody_says_that_nothing_was_done_with_a_pin() {
    let (page, port) = Page::with_key(LEVELS[0]);
    port.trap(VERIFY, Act::Swallow);
    let login = page.asking("authenticate", page.login_of(READER, PIN));
    let cancelling = page.asking("cancel", json!({}));
    let (login, _) = page.browser.run(future::join(login, cancelling));
    assert_eq!(login, Err(CardError::CardMute));
    assert_eq!(page.tries(), 3);
}

#[test]
fn a_card_that_is_let_go_of_at_work_is_verified_no_more() {
    let (page, port) = Page::with_key(LEVELS[0]);
    port.trap(VERIFY, Act::Late(Duration::from_secs(8)));
    let login = page.asking("authenticate", page.login_of(READER, PIN));
    let releasing = page.asking("release", json!({}));
    let (login, released) = page.browser.run(future::join(login, releasing));
    login.unwrap();
    assert_eq!(released, Ok(json!({})));
    assert_eq!(page.tries(), 3);
}

#[test]
fn an_operation_that_nobody_waits_for_leaves_nothing_verified() {
    let (page, port) = Page::with_key(LEVELS[0]);
    page.login(PIN).unwrap();
    port.trap(GET_DATA, Act::Late(Duration::from_secs(3)));
    {
        let login = std::pin::pin!(page.asking("authenticate", page.login_of(READER, PIN)));
        let soon = page.browser.clock.sleep(Duration::from_millis(500));
        let raced = page.browser.run(future::select(login, soon));
        assert!(matches!(raced, future::Either::Right(_)));
    }
    assert_eq!(page.tries(), 3);
    page.login(PIN).unwrap();
}

#[test]
fn another_tab_that_takes_the_device_meanwhile_is_named() {
    let (page, port) = Page::with_key(LEVELS[0]);
    port.trap(VERIFY, Act::Lie(&[0; 64]));
    port.is_taken.set(true);
    assert_eq!(page.login(PIN), Err(CardError::ReaderError));
    assert_eq!(page.login(PIN), Err(CardError::CardInUse));
    port.is_taken.set(false);
    page.login(PIN).unwrap();
}

#[test]
fn the_key_is_watched_after_another_tab_had_it() {
    let (page, port) = Page::with_key(LEVELS[0]);
    port.trap(VERIFY, Act::Lie(&[0; 64]));
    port.is_taken.set(true);
    page.login(PIN).unwrap_err();
    page.browser.pass(Duration::from_mins(1));
    port.is_taken.set(false);
    page.login(PIN).unwrap();
    port.set_card_present(false);
    page.browser.pass(Duration::from_secs(2));
    assert_eq!(page.readers()[0]["slot"]["name"], "empty");
    port.set_card_present(true);
    page.browser.pass(Duration::from_secs(2));
    assert_eq!(page.insertion(), 2);
}

#[test]
fn a_card_that_could_not_be_reset_is_as_soon_as_it_can() {
    const POWER_ON: u8 = 0x62;
    let (page, port) = Page::with_key(LEVELS[0]);
    page.login(PIN).unwrap();
    port.trap(VERIFY, Act::Lie(&[0; 64]));
    port.is_taken.set(true);
    assert_eq!(page.login(PIN), Err(CardError::ReaderError));
    page.browser.run(page.transport.sweep());
    port.is_taken.set(false);
    port.messages.borrow_mut().clear();
    page.browser.run(page.transport.sweep());
    let was_powered = || port.messages.take().contains(&POWER_ON);
    assert!(was_powered(), "with nobody's call");
    page.browser.run(page.transport.sweep());
    assert!(!was_powered(), "once");
    assert_eq!(page.tries(), 3);
}
