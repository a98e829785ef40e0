//! A device that says whatever comes to its mind, from its descriptors on.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use async_trait::async_trait;
use card_protocol::ccid::ControlRequest;
use card_usb::port::{InterfaceAddress, PortError, PortLabel, UsbPort};
use serde_json::json;
use virtual_card::usb::Options;

use crate::{
    browser::{Browser, FakeClock},
    emulated_port::EmulatedPort,
    fixture::{PIN, Page},
};

/// Bytes of which nobody knows the next ones, and which are the same in each run.
struct Noise(Cell<u64>);

impl Noise {
    /// Marsaglia's xorshift.
    fn next(&self) -> u64 {
        let mut state = self.0.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.0.set(state);
        state
    }

    fn byte(&self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    fn one_in(&self, many: u64) -> bool {
        self.next().is_multiple_of(many)
    }

    /// Bytes, each of which may be another one.
    fn garble(&self, bytes: &mut Vec<u8>) {
        for byte in bytes.iter_mut() {
            if self.one_in(40) {
                *byte = self.byte();
            }
        }
        if self.one_in(20) {
            bytes.truncate(usize::from(self.byte()));
        }
        if self.one_in(20) {
            bytes.push(self.byte());
        }
    }
}

/// A key whose words are garbled on their way, and some of which are made up.
struct Liar {
    inner: Rc<EmulatedPort>,
    noise: Noise,
    /// Whether its descriptors are true.
    begins_true: bool,
    sent: RefCell<u32>,
}

impl Liar {
    fn answer(
        &self,
        length: usize,
        answer: Result<Vec<u8>, PortError>,
    ) -> Result<Vec<u8>, PortError> {
        if self.noise.one_in(12) {
            let made_up = (0..self.noise.byte()).map(|_| self.noise.byte()).collect();
            return Ok(made_up);
        }
        if self.noise.one_in(40) {
            return Err(PortError::Stall);
        }
        let mut bytes = answer?;
        self.noise.garble(&mut bytes);
        bytes.truncate(length.max(1));
        Ok(bytes)
    }
}

#[async_trait(?Send)]
impl UsbPort for Liar {
    fn label(&self) -> PortLabel {
        self.inner.label()
    }

    async fn open(&self) -> Result<(), PortError> {
        self.inner.open().await
    }

    async fn claim(&self, address: InterfaceAddress) -> Result<(), PortError> {
        // It has one configuration, whatever it says.
        let address = InterfaceAddress {
            configuration: 1,
            ..address
        };
        self.inner.claim(address).await
    }

    async fn control_in(&self, request: ControlRequest) -> Result<Vec<u8>, PortError> {
        let answer = self.inner.control_in(request).await;
        if self.begins_true {
            return answer;
        }
        self.answer(request.length.into(), answer)
    }

    async fn control_out(&self, request: ControlRequest) -> Result<(), PortError> {
        self.inner.control_out(request).await
    }

    async fn transfer_out(&self, endpoint: u8, bytes: &[u8]) -> Result<(), PortError> {
        *self.sent.borrow_mut() += 1;
        self.inner.transfer_out(endpoint, bytes).await
    }

    async fn transfer_in(&self, endpoint: u8, length: usize) -> Result<Vec<u8>, PortError> {
        let answer = self.inner.transfer_in(endpoint, length).await;
        self.answer(length, answer)
    }

    async fn reset(&self) -> Result<(), PortError> {
        self.inner.reset().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[test]
fn whatever_a_device_says_has_an_end() {
    let page = Page::new();
    for seed in 1..60 {
        let port = EmulatedPort::plug(&page.file(), Options::default(), &page.browser.clock);
        let begins_true = seed % 3 != 0;
        let liar: Rc<dyn UsbPort> = Rc::new(Liar {
            inner: port,
            noise: Noise(Cell::new(0x9E37_79B9_7F4A_7C15 ^ seed)),
            begins_true,
            sent: RefCell::default(),
        });
        let attached = page.browser.run(page.transport.attach(Rc::clone(&liar)));
        let Ok(watch) = attached else {
            assert!(!begins_true);
            continue;
        };
        page.browser.spawn(watch);
        for _ in 0..4 {
            let begun = page.browser.clock.passed();
            let readers = page.readers();
            let name = readers[0]["name"].clone();
            let _whatever = page.ask("identify", json!({ "reader": name }));
            // No PIN: the card would lose its tries for the next one.
            let _whatever = page.ask("release", json!({}));
            assert!(page.browser.clock.since(begun) < Duration::from_mins(4));
        }
        page.transport.detach(&liar);
        page.browser.tick();
    }
    assert_eq!(page.readers(), json!([]));
    let _true = page.plug(Options::default());
    page.login(PIN).unwrap();
}

/// What this file takes for granted of the loop.
#[test]
fn time_goes_by_in_the_browser() {
    use card_usb::platform::Clock as _;

    let browser = Browser::default();
    let clock: Rc<FakeClock> = Rc::clone(&browser.clock);
    browser.run(async move { clock.sleep(Duration::from_secs(9)).await });
    assert_eq!(browser.clock.passed(), Duration::from_secs(9));
}
