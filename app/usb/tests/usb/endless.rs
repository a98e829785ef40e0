//! A device whose words have no end: it says a byte now and then, for ever.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use async_trait::async_trait;
use card_protocol::{CardError, ccid::ControlRequest};
use card_usb::{
    platform::Clock as _,
    port::{InterfaceAddress, PortError, PortLabel, UsbPort},
};
use serde_json::json;
use virtual_card::usb::Options;

use crate::{
    browser::FakeClock,
    emulated_port::EmulatedPort,
    fixture::{PIN, Page},
};

const XFR_BLOCK: u8 = 0x6F;
const POWER_OFF: u8 = 0x63;

/// A key that is silent from some command on, and dribbles once it is to abort that: each
/// byte comes before anybody loses patience with it.
struct Dribbler {
    inner: Rc<EmulatedPort>,
    clock: Rc<FakeClock>,
    /// The kinds of message that begin it.
    begins_at: RefCell<Vec<u8>>,
    is_on: Cell<bool>,
    is_to_abort: Cell<bool>,
    said: Cell<usize>,
}

impl Dribbler {
    fn plug(page: &Page, serial: &str) -> Rc<Self> {
        let options = Options {
            has_interrupt: false,
            serial: serial.to_owned(),
            ..Options::default()
        };
        let inner = EmulatedPort::plug(&page.file(), options, &page.browser.clock);
        let port = Rc::new(Self {
            inner,
            clock: Rc::clone(&page.browser.clock),
            begins_at: RefCell::default(),
            is_on: Cell::default(),
            is_to_abort: Cell::default(),
            said: Cell::default(),
        });
        let device: Rc<dyn UsbPort> = Rc::clone(&port) as _;
        let watch = page.browser.run(page.transport.attach(device)).unwrap();
        page.browser.spawn(watch);
        port
    }
}

#[async_trait(?Send)]
impl UsbPort for Dribbler {
    fn label(&self) -> PortLabel {
        self.inner.label()
    }

    async fn open(&self) -> Result<(), PortError> {
        self.inner.open().await
    }

    async fn claim(&self, address: InterfaceAddress) -> Result<(), PortError> {
        self.inner.claim(address).await
    }

    async fn control_in(&self, request: ControlRequest) -> Result<Vec<u8>, PortError> {
        self.inner.control_in(request).await
    }

    async fn control_out(&self, request: ControlRequest) -> Result<(), PortError> {
        if self.is_on.get() {
            self.is_to_abort.set(true);
            return Ok(());
        }
        self.inner.control_out(request).await
    }

    async fn transfer_out(&self, endpoint: u8, bytes: &[u8]) -> Result<(), PortError> {
        if self.begins_at.borrow().contains(&bytes[0]) {
            self.is_on.set(true);
        }
        if self.is_on.get() {
            return Ok(());
        }
        self.inner.transfer_out(endpoint, bytes).await
    }

    async fn transfer_in(&self, endpoint: u8, length: usize) -> Result<Vec<u8>, PortError> {
        // Of a message to another command, which is long.
        const BEGINNING: [u8; 10] = [0x80, 100, 0, 0, 0, 0, 0xEE, 0, 0, 0];
        if !self.is_on.get() {
            return self.inner.transfer_in(endpoint, length).await;
        }
        while !self.is_to_abort.get() {
            self.clock.sleep(Duration::from_millis(300)).await;
        }
        self.clock.sleep(Duration::from_millis(1900)).await;
        let at = self.said.replace(self.said.get() + 1) % 110;
        Ok(vec![BEGINNING.get(at).copied().unwrap_or(0)])
    }

    async fn reset(&self) -> Result<(), PortError> {
        self.is_on.set(false);
        self.is_to_abort.set(false);
        self.begins_at.borrow_mut().clear();
        self.inner.reset().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[test]
fn what_was_given_up_has_an_end() {
    let page = Page::new();
    let port = Dribbler::plug(&page, "VPIV0001");
    page.login(PIN).unwrap();
    *port.begins_at.borrow_mut() = vec![XFR_BLOCK];
    let begun = page.browser.clock.passed();
    assert_eq!(page.identify(), Err(CardError::CardMute));
    assert!(page.browser.clock.since(begun) < Duration::from_secs(30));
    assert_eq!(page.tries(), 3);
}

#[test]
fn so_has_taking_a_card_s_power() {
    let page = Page::new();
    let port = Dribbler::plug(&page, "VPIV0001");
    page.login(PIN).unwrap();
    *port.begins_at.borrow_mut() = vec![POWER_OFF];
    let begun = page.browser.clock.passed();
    page.ask("release", json!({})).unwrap();
    assert!(page.browser.clock.since(begun) < Duration::from_secs(20));
    assert_eq!(page.tries(), 3);
}

#[test]
fn no_card_waits_for_another_one_s_reader() {
    let page = Page::new();
    let hostile = Dribbler::plug(&page, "VPIV0000");
    let (honest, _card) = page.plug_other(Options::default());
    for reader in page.readers().as_array().unwrap() {
        let login = page.login_of(reader["name"].as_str().unwrap(), PIN);
        page.ask("authenticate", login).unwrap();
    }
    *hostile.begins_at.borrow_mut() = vec![POWER_OFF];
    honest.messages.borrow_mut().clear();
    page.browser.clock.advance(Duration::from_mins(5));
    let soon = page.browser.clock.sleep(Duration::from_millis(50));
    let sweep = page.transport.sweep();
    let raced = futures_util::future::select(Box::pin(sweep), Box::pin(soon));
    let first = page.browser.run(raced);
    assert!(matches!(first, futures_util::future::Either::Right(_)));
    assert!(honest.messages.borrow().contains(&POWER_OFF));
}
