//! Keys come and go.

use std::{rc::Rc, time::Duration};

use card_protocol::{CardError, token::login_message};
use card_usb::{port::PortError, reader::OpenError};
use futures_util::future;
use serde_json::json;
use virtual_card::usb::{InterfaceClass, Options};

use crate::{
    emulated_port::{Act, EmulatedPort, VERIFY},
    fixture::{LEVELS, ORIGIN, PIN, Page, READER, at, nonce},
};

const OTHER: &str = "USB直连：Ikey VPIV0002";

#[test]
fn two_keys_at_once() {
    let (page, first) = Page::with_key(LEVELS[0]);
    let serial = Options {
        serial: "VPIV0002".to_owned(),
        ..at(LEVELS[2])
    };
    let (second, card) = page.plug_other(serial);
    let names: Vec<_> = page
        .readers()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(names, [READER, OTHER]);
    // Both at work at the same time, the first one waiting for its card.
    first.trap(VERIFY, Act::Late(Duration::from_secs(3)));
    let one = page.asking("authenticate", page.login_of(READER, PIN));
    let other = page.asking("authenticate", page.login_of(OTHER, PIN));
    let again = page.asking("identify", json!({ "reader": READER }));
    let (one, other, again) = page.browser.run(future::join3(one, other, again));
    let message = login_message(ORIGIN, &nonce());
    assert!(
        page.card
            .has_signed(&message, one.unwrap()["signature"].as_str().unwrap())
    );
    assert!(card.has_signed(&message, other.unwrap()["signature"].as_str().unwrap()));
    assert_eq!(again, Err(CardError::Busy), "one at a time on one key");
    page.pull(&first);
    assert_eq!(page.readers()[0]["name"], OTHER);
    page.pull(&second);
    assert_eq!(page.readers(), json!([]));
}

#[test]
fn two_keys_of_one_name_are_told_apart() {
    let (page, _first) = Page::with_key(LEVELS[0]);
    let (_second, _card) = page.plug_other(at(LEVELS[0]));
    assert_eq!(page.readers()[1]["name"], format!("{READER} (2)"));
}

#[test]
fn it_is_told_when_a_card_comes_and_goes() {
    for (has_interrupt, within) in [(true, 10), (false, 600)] {
        let page = Page::new();
        let port = page.plug(Options {
            has_interrupt,
            ..at(LEVELS[0])
        });
        let told = page.told.get();
        assert!(told > 0);
        port.set_card_present(false);
        page.browser.pass(Duration::from_millis(within));
        assert!(page.told.get() > told);
        assert_eq!(page.readers()[0]["slot"], json!({ "name": "empty" }));
        port.set_card_present(true);
        page.browser.pass(Duration::from_millis(within));
        assert_eq!(page.insertion(), 2);
        page.login(PIN).unwrap();
    }
}

#[test]
fn a_key_without_a_card_waits_for_one() {
    let page = Page::new();
    let port = EmulatedPort::plug(&page.file(), at(LEVELS[0]), &page.browser.clock);
    port.set_card_present(false);
    page.attach(&port).unwrap();
    assert_eq!(page.readers()[0]["slot"], json!({ "name": "empty" }));
    assert_eq!(page.identify(), Err(CardError::NoCard));
    port.set_card_present(true);
    page.browser.pass(Duration::from_millis(10));
    page.login(PIN).unwrap();
}

#[test]
fn what_the_browser_or_another_tab_keeps_is_said() {
    let page = Page::new();
    let class = Options {
        class: InterfaceClass::SmartCard,
        ..Options::default()
    };
    let port = EmulatedPort::plug(&page.file(), class, &page.browser.clock);
    assert_eq!(page.attach(&port), Err(OpenError::Protected));
    drop(port);
    let port = EmulatedPort::plug(&page.file(), Options::default(), &page.browser.clock);
    port.is_taken.set(true);
    assert_eq!(page.attach(&port), Err(OpenError::Port(PortError::Busy)));
    assert_eq!(page.readers(), json!([]));
    port.is_taken.set(false);
    page.attach(&port).unwrap();
    page.login(PIN).unwrap();
}

#[test]
fn a_page_that_goes_gives_its_keys_back() {
    let (page, port) = Page::with_key(LEVELS[0]);
    page.login(PIN).unwrap();
    page.browser.run(page.transport.close());
    assert_eq!(page.readers(), json!([]));
    page.browser.tick();
    assert_eq!(Rc::strong_count(&port), 1);
}
