//! Key or card are pulled in the midst of something: it is said, and nothing is verified
//! afterwards.

use std::time::Duration;

use card_protocol::CardError;
use serde_json::json;

use crate::{
    emulated_port::{Act, VERIFY},
    fixture::{LEVELS, PIN, Page, READER, at},
    program::{check, look},
};

const GENERAL_AUTHENTICATE: u8 = 0x87;

#[test]
fn a_key_is_pulled_amid_verify() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        port.trap(VERIFY, Act::PullKey);
        assert_eq!(page.login(PIN), Err(CardError::CardRemoved), "{level:?}");
        page.pull(&port);
        assert_eq!(page.readers(), json!([]));
        assert_eq!(page.login(PIN), Err(CardError::NoReader));
        let _port = page.plug(at(level));
        assert_eq!(page.insertion(), 2);
        assert_eq!(page.tries(), 3);
    }
}

#[test]
fn a_key_is_pulled_and_the_browser_says_so_in_a_moment() {
    use std::rc::Rc;

    use card_usb::port::{PortError, UsbPort};
    use futures_util::future;

    for (comes_after, expected) in [
        (0, CardError::CardRemoved),
        (300, CardError::CardRemoved),
        (3000, CardError::ReaderError),
    ] {
        let (page, port) = Page::with_key(LEVELS[0]);
        port.trap(VERIFY, Act::PullKeyAs(PortError::Other));
        let login = page.asking("authenticate", page.login_of(READER, PIN));
        let event = async {
            let time = Duration::from_millis(comes_after);
            page.browser.clock_sleep(time).await;
            page.transport
                .detach(&(Rc::clone(&port) as Rc<dyn UsbPort>));
        };
        let (login, ()) = page.browser.run(future::join(login, event));
        assert_eq!(login, Err(expected), "{comes_after}");
    }
}

#[test]
fn a_card_is_pulled_amid_verify_and_comes_back() {
    for level in LEVELS {
        for has_interrupt in [true, false] {
            let page = Page::new();
            let port = page.plug(virtual_card::usb::Options {
                has_interrupt,
                ..at(level)
            });
            port.trap(VERIFY, Act::PullCard);
            assert_eq!(page.login(PIN), Err(CardError::CardRemoved), "{level:?}");
            page.browser.pass(Duration::from_secs(1));
            assert_eq!(page.readers()[0]["slot"], json!({ "name": "empty" }));
            assert_eq!(page.login(PIN), Err(CardError::NoCard));
            port.set_card_present(true);
            page.browser.pass(Duration::from_secs(1));
            assert_eq!(page.readers()[0]["slot"]["name"], "card", "{level:?}");
            assert_eq!(page.tries(), 3);
            page.login(PIN).unwrap();
        }
    }
}

#[test]
fn a_verified_card_that_is_pulled_is_verified_no_more() {
    for has_interrupt in [true, false] {
        let page = Page::new();
        let port = page.plug(virtual_card::usb::Options {
            has_interrupt,
            ..at(LEVELS[0])
        });
        page.login(PIN).unwrap();
        let before = page.insertion();
        port.set_card_present(false);
        port.set_card_present(true);
        page.browser.pass(Duration::from_secs(1));
        // A reader that is asked twice a second did not see the hand, which looks to it as
        // a bad contact does.
        assert_eq!(page.insertion() != before, has_interrupt);
        assert_eq!(page.tries(), 3);
    }
}

#[test]
fn a_card_is_pulled_amid_a_program() {
    for act in [Act::PullKey, Act::PullCard] {
        let (page, port) = Page::with_key(LEVELS[0]);
        let (key, answer) = look(&page, 0);
        let signed = page.programs().sign(&check(&page, 1, &key, &answer));
        let params = json!({ "reader": READER, "program": signed });
        port.trap(GENERAL_AUTHENTICATE, act);
        let outcome = page.ask("run_program", params.clone());
        assert_eq!(outcome, Err(CardError::CardRemoved), "{act:?}");
        if matches!(act, Act::PullKey) {
            page.pull(&port);
            page.plug(at(LEVELS[0]));
        } else {
            port.set_card_present(true);
            page.browser.pass(Duration::from_millis(50));
        }
        // Its exchange is over.
        let refused = page.ask("run_program", params).unwrap_err();
        assert_eq!(refused.code(), "program_refused");
        look(&page, 2);
    }
}
