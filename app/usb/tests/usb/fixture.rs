//! A page with the transport in it, keys to plug in, and the server that signs for it.

use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    rc::Rc,
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_operations::{key::ProgramKey, lifetime::Limits};
use card_protocol::{
    CardError, ChipId,
    bridge::Call,
    grant::{Purpose, SignedGrant},
};
use card_usb::{
    platform::{GrantSource, Notebook, NotebookError},
    port::UsbPort,
    reader::OpenError,
    transport::{Platform, Settings, UsbTransport},
};
use futures_util::future;
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::bridge::{CERTIFICATE, CardFixture, ProgramSigner, ServerSigner, session_of};
use virtual_card::usb::{Level, Options};

use crate::{
    browser::{Browser, FakeClock, NOW},
    emulated_port::EmulatedPort,
};

pub(crate) const ORIGIN: &str = "https://cards.example";
pub(crate) const PIN: &str = "123456";
pub(crate) const WRONG: &str = "654321";
/// What the emulated key is called.
pub(crate) const READER: &str = "USB直连：Ikey VPIV0001";
/// Every way in which APDUs may be passed.
pub(crate) const LEVELS: [Level; 4] = [
    Level::ExtendedApdu,
    Level::ShortApdu,
    Level::TpduT1,
    Level::TpduT0,
];

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[0x42; 32]).unwrap()
}

/// The browser's storage for the origin.
#[derive(Clone, Default)]
pub(crate) struct Storage {
    pub(crate) text: Rc<RefCell<String>>,
    pub(crate) is_full: Rc<Cell<bool>>,
}

impl Notebook for Storage {
    fn read(&self) -> Result<String, NotebookError> {
        Ok(self.text.borrow().clone())
    }

    fn write(&self, text: &str) -> Result<(), NotebookError> {
        if self.is_full.get() {
            return Err(NotebookError);
        }
        text.clone_into(&mut self.text.borrow_mut());
        Ok(())
    }
}

/// The server, for the session that the page has.
#[derive(Clone)]
pub(crate) struct Granting {
    clock: Rc<FakeClock>,
    pub(crate) purpose: Rc<RefCell<Purpose>>,
    pub(crate) is_down: Rc<Cell<bool>>,
    pub(crate) fetched: Rc<Cell<u32>>,
    /// The number of the one fetch that fails.
    pub(crate) fails_at: Rc<Cell<u32>>,
    /// It has no answer, ever.
    pub(crate) is_silent: Rc<Cell<bool>>,
}

#[async_trait(?Send)]
impl GrantSource for Granting {
    async fn fetch_grant(&self, nonce: String) -> Result<SignedGrant, CardError> {
        self.fetched.set(self.fetched.get() + 1);
        if self.is_silent.get() {
            future::pending::<()>().await;
        }
        if self.is_down.get() || self.fetched.get() == self.fails_at.get() {
            return Err(CardError::BridgeNotRunning);
        }
        let server = server_at(&self.clock);
        Ok(server.signed_grant(&nonce, self.purpose.borrow().clone()))
    }
}

fn server_at(clock: &FakeClock) -> ServerSigner {
    ServerSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        // Its clock goes right, whatever that of the machine shows.
        now: NOW - 86_400 + i64::try_from(clock.passed().as_secs()).unwrap(),
    }
}

/// A page, and a card to put into keys.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    pub(crate) transport: Rc<UsbTransport>,
    pub(crate) card: CardFixture,
    pub(crate) storage: Storage,
    pub(crate) granting: Granting,
    /// How often something was told.
    pub(crate) told: Rc<Cell<u32>>,
    folder: TempDir,
}

impl Page {
    /// Without a key.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = CardFixture::make(&folder.path().join("legal.card"), ChipId([0x11; 16]));
        let browser = Browser::default();
        let granting = Granting {
            clock: Rc::clone(&browser.clock),
            purpose: Rc::new(RefCell::new(session_of(CERTIFICATE))),
            is_down: Rc::default(),
            fetched: Rc::default(),
            fails_at: Rc::default(),
            is_silent: Rc::default(),
        };
        let storage = Storage::default();
        let told = Rc::default();
        let transport = transport(&browser, &granting, &storage, &told);
        Self {
            browser,
            transport,
            card,
            storage,
            granting,
            told,
            folder,
        }
    }

    /// With the card in a key at this level.
    pub(crate) fn with_key(level: Level) -> (Self, Rc<EmulatedPort>) {
        let page = Self::new();
        let port = page.plug(at(level));
        (page, port)
    }

    /// Where the card is.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("legal.card")
    }

    /// Plugs a key with the card in.
    pub(crate) fn plug(&self, options: Options) -> Rc<EmulatedPort> {
        let port = EmulatedPort::plug(&self.file(), options, &self.browser.clock);
        self.attach(&port).unwrap();
        port
    }

    /// Makes another card and plugs a key with it in.
    pub(crate) fn plug_other(&self, options: Options) -> (Rc<EmulatedPort>, CardFixture) {
        let file = self.folder.path().join("other.card");
        let card = CardFixture::make(&file, ChipId([0x12; 16]));
        let port = EmulatedPort::plug(&file, options, &self.browser.clock);
        self.attach(&port).unwrap();
        (port, card)
    }

    pub(crate) fn attach(&self, port: &Rc<EmulatedPort>) -> Result<(), OpenError> {
        let port: Rc<dyn UsbPort> = Rc::clone(port) as _;
        let watch = self.browser.run(self.transport.attach(port))?;
        self.browser.spawn(watch);
        self.browser.tick();
        Ok(())
    }

    /// Pulls a key, and the browser says so.
    pub(crate) fn pull(&self, port: &Rc<EmulatedPort>) {
        port.pull();
        let port: Rc<dyn UsbPort> = Rc::clone(port) as _;
        self.transport.detach(&port);
        self.browser.tick();
    }

    /// The page is loaded anew: nothing but the storage is left.
    pub(crate) fn reload(&mut self) {
        self.browser.run(self.transport.close());
        self.transport = transport(&self.browser, &self.granting, &self.storage, &self.told);
    }

    pub(crate) fn ask(&self, method: &str, params: Value) -> Result<Value, CardError> {
        self.browser.run(self.asking(method, params))
    }

    /// The same, to be waited for.
    pub(crate) fn asking(
        &self,
        method: &str,
        params: Value,
    ) -> impl Future<Output = Result<Value, CardError>> + use<> {
        let transport = Rc::clone(&self.transport);
        let mut call = json!({ "method": method });
        call["params"] = params;
        let call: Call = serde_json::from_value(call).unwrap();
        async move { transport.ask(call).await }
    }

    pub(crate) fn login(&self, pin: &str) -> Result<Value, CardError> {
        self.ask("authenticate", self.login_of(READER, pin))
    }

    pub(crate) fn login_of(&self, reader: &str, pin: &str) -> Value {
        let challenge = self.server().challenge(&nonce());
        json!({ "reader": reader, "card": card(), "challenge": challenge, "pin": pin })
    }

    pub(crate) fn identify(&self) -> Result<Value, CardError> {
        self.ask("identify", json!({ "reader": READER }))
    }

    /// The tries that the card's PIN has left; none of them while it is verified.
    pub(crate) fn tries(&self) -> Value {
        self.identify().unwrap()["pin_tries"].clone()
    }

    pub(crate) fn readers(&self) -> Value {
        self.ask("watch", json!({})).unwrap()["readers"].clone()
    }

    pub(crate) fn insertion(&self) -> Value {
        self.readers()[0]["slot"]["insertion"].clone()
    }

    pub(crate) fn server(&self) -> ServerSigner {
        server_at(&self.browser.clock)
    }

    pub(crate) fn programs(&self) -> ProgramSigner {
        ProgramSigner {
            origin: ORIGIN.to_owned(),
            key: signing_key(),
            operation: "0190a5c8-0000-7000-8000-000000000001".to_owned(),
            chip: Some(self.card.chip),
            expires_at: self.server().now + 600,
        }
    }
}

fn transport(
    browser: &Browser,
    granting: &Granting,
    storage: &Storage,
    told: &Rc<Cell<u32>>,
) -> Rc<UsbTransport> {
    let settings = Settings {
        origin: ORIGIN.to_owned(),
        key: ProgramKey::new(*signing_key().verifying_key()),
        limits: Limits {
            idle: Duration::from_mins(5),
            absolute: Duration::from_mins(30),
        },
        wrong_pins_per_hour: 10,
    };
    let told = Rc::clone(told);
    let platform = Platform {
        clock: Rc::clone(&browser.clock) as _,
        notebook: Box::new(storage.clone()),
        grants: Box::new(granting.clone()),
        changed: Box::new(move |_readers| told.set(told.get() + 1)),
    };
    Rc::new(UsbTransport::new(settings, platform))
}

/// A key at this level.
pub(crate) fn at(level: Level) -> Options {
    Options {
        level,
        ..Options::default()
    }
}

/// The certificate of the card, as a page names it.
pub(crate) fn card() -> String {
    BASE64_STANDARD.encode(CERTIFICATE)
}

pub(crate) fn nonce() -> String {
    BASE64_STANDARD.encode([7; 32])
}
