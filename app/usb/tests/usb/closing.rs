//! A page that goes, or loses a device, in the midst of something: the device is free
//! afterwards, and nothing is verified on its card.

use std::{rc::Rc, time::Duration};

use card_protocol::CardError;
use card_usb::{
    port::{PortError, UsbPort},
    reader::OpenError,
};
use futures_util::future;

use crate::{
    emulated_port::{Act, EmulatedPort, VERIFY},
    fixture::{LEVELS, PIN, Page, READER, at},
};

const POWER_OFF: u8 = 0x63;

fn closing(page: &Page) -> impl Future<Output = ()> + use<> {
    let transport = Rc::clone(&page.transport);
    async move { transport.close().await }
}

#[test]
fn the_cards_power_goes_before_anything_is_waited_for() {
    let (page, port) = Page::with_key(LEVELS[0]);
    page.login(PIN).unwrap();
    port.messages.borrow_mut().clear();
    // The page lives for one step of its loop.
    {
        let closing = std::pin::pin!(closing(&page));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _unfinished = closing.poll(&mut context);
    }
    assert_eq!(*port.messages.borrow(), [POWER_OFF]);
}

#[test]
fn an_operation_does_not_take_the_device_again() {
    for can_reset in [true, false] {
        let (page, port) = Page::with_key(LEVELS[0]);
        port.can_reset.set(can_reset);
        port.trap(VERIFY, Act::Late(Duration::from_secs(8)));
        let login = page.asking("authenticate", page.login_of(READER, PIN));
        let (login, ()) = page.browser.run(future::join(login, closing(&page)));
        assert_eq!(login, Err(CardError::CardMute));
        page.browser.pass(Duration::from_secs(9));
        assert!(!port.is_claimed.get());
    }
}

#[test]
fn who_waits_for_the_card_has_no_turn_any_more() {
    let (page, port) = Page::with_key(LEVELS[0]);
    port.due
        .set(page.browser.clock.passed() + Duration::from_secs(2));
    let login = page.asking("authenticate", page.login_of(READER, PIN));
    let ((), login) = page.browser.run(future::join(closing(&page), login));
    login.unwrap_err();
    assert_eq!(port.pins_sent(), 0);
    assert!(!port.is_claimed.get());
}

#[test]
fn a_device_that_is_being_taken_is_given_back() {
    for is_pulled in [true, false] {
        let page = Page::new();
        let port = EmulatedPort::plug(&page.file(), at(LEVELS[0]), &page.browser.clock);
        // It takes its time for its first answer.
        port.due
            .set(page.browser.clock.passed() + Duration::from_secs(6));
        let device: Rc<dyn UsbPort> = Rc::clone(&port) as _;
        let attaching = page.transport.attach(Rc::clone(&device));
        let transport = Rc::clone(&page.transport);
        let ending = async {
            if is_pulled {
                page.browser.clock_sleep(Duration::from_secs(1)).await;
                transport.detach(&device);
            } else {
                transport.close().await;
            }
        };
        let (attached, ()) = page.browser.run(future::join(attaching, ending));
        assert_eq!(attached.map(drop), Err(OpenError::Port(PortError::Gone)));
        page.browser.pass(Duration::from_secs(9));
        assert!(!port.is_claimed.get());
    }
}

#[test]
fn a_page_that_goes_takes_no_device() {
    let page = Page::new();
    page.browser.run(page.transport.close());
    let port = EmulatedPort::plug(&page.file(), at(LEVELS[0]), &page.browser.clock);
    assert_eq!(page.attach(&port), Err(OpenError::Port(PortError::Gone)));
    assert!(!port.is_claimed.get());
}

#[test]
fn a_device_that_is_detached_is_given_back_once() {
    let (page, port) = Page::with_key(LEVELS[0]);
    let device: Rc<dyn UsbPort> = Rc::clone(&port) as _;
    page.transport.detach(&device);
    page.browser.pass(Duration::from_secs(1));
    assert!(!port.is_claimed.get());
    let closes = port.closes.get();
    // It is taken anew, and what was of the time before does not give that back.
    page.attach(&port).unwrap();
    page.browser.pass(Duration::from_secs(1));
    page.login(PIN).unwrap();
    assert_eq!(port.closes.get(), closes);
}
