//! The cards in the keys that a page may open.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    time::Duration,
};

use card_operations::{key::ProgramKey, lifetime::Limits};
use card_protocol::{
    CardError,
    bridge::{Call, Readers},
};
use futures_util::future::join_all;
use serde_json::Value;
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::spawn_local;

use super::{
    bindings::{ConnectionEvent, Device},
    chooser::Chooser,
    clock::BrowserClock,
    holders::{self, Holders},
    port::WebPort,
    storage::BrowserStorage,
};
use crate::{
    platform::{Clock as _, GrantSource},
    port::{PortError, UsbPort},
    reader::OpenError,
    transport::{Platform, Settings, UsbTransport, names::shown},
};

/// How often it is looked whether a card has been verified for too long, and whether a key
/// is to be had that somebody else had.
const SWEEP: Duration = Duration::from_secs(1);
/// How many wrong PINs may be tried in an hour, as at the bridge.
const WRONG_PINS_PER_HOUR: usize = 10;

/// What holds for the page.
#[derive(Clone, Debug)]
pub struct PageSettings {
    /// Its origin.
    pub origin: String,
    /// What its server signs with.
    pub key: ProgramKey,
}

/// What there is; told whenever it changes.
#[derive(Clone, Debug)]
pub struct UsbView {
    /// The keys, each a reader.
    pub readers: Readers,
    /// Devices that the page may use, and can't.
    pub unusable: Vec<Unusable>,
}

/// A device that the page may use, and can't.
#[derive(Clone, Debug)]
pub struct Unusable {
    /// What it calls itself.
    pub name: String,
    /// Why not.
    pub error: OpenError,
    /// Where somebody else has it: the title of the tab of this origin that does.
    pub holder: Option<String>,
}

/// The cards in keys that this page may open. Clones are the same.
#[derive(Clone)]
pub struct UsbCards(Rc<Cards>);

/// A function of the page's that is called for `navigator.usb`'s events.
type Listener = Closure<dyn FnMut(ConnectionEvent)>;

/// The devices that are taken, or being taken.
type Taken = Rc<RefCell<Vec<Known>>>;

struct Cards {
    transport: Rc<UsbTransport>,
    chooser: Chooser,
    taken: Taken,
    told: Rc<Told>,
    holders: Holders,
    listeners: RefCell<Vec<(&'static str, Listener)>>,
}

/// A device that is taken, or being taken.
struct Known {
    device: Device,
    port: Rc<dyn UsbPort>,
}

/// What the page is told by.
struct Told {
    changed: Box<dyn Fn(UsbView)>,
    unusable: RefCell<Vec<(Device, Unusable)>>,
}

impl Told {
    fn tell(&self, readers: Readers) {
        // Whoever is told may have something done at once.
        let unusable = self.unusable.borrow().clone();
        let unusable = unusable.into_iter().map(|(_, one)| one).collect();
        (self.changed)(UsbView { readers, unusable });
    }

    fn forget(&self, device: &Device) {
        let mut unusable = self.unusable.borrow_mut();
        unusable.retain(|(one, _)| one != device);
    }
}

impl UsbCards {
    /// For a page with these settings, whose server gives these grants; `changed` is told
    /// what there is.
    #[must_use]
    pub fn new(
        chooser: Chooser,
        settings: PageSettings,
        grants: Box<dyn GrantSource>,
        changed: Box<dyn Fn(UsbView)>,
    ) -> Self {
        let told = Rc::new(Told {
            changed,
            unusable: RefCell::default(),
        });
        let teller = Rc::clone(&told);
        let platform = Platform {
            clock: Rc::new(BrowserClock),
            notebook: Box::new(BrowserStorage),
            grants,
            changed: Box::new(move |readers| teller.tell(readers.clone())),
        };
        let PageSettings { origin, key } = settings;
        let settings = Settings {
            origin,
            key,
            limits: Limits::default(),
            wrong_pins_per_hour: WRONG_PINS_PER_HOUR,
        };
        let taken = Taken::default();
        let cards = Rc::new(Cards {
            transport: Rc::new(UsbTransport::new(settings, platform)),
            chooser,
            holders: Holders::new({
                let taken = Rc::clone(&taken);
                move |device| {
                    let is_it = |known: &Known| holders::word(&known.port.label()) == device;
                    taken.borrow().iter().any(is_it)
                }
            }),
            taken,
            told,
            listeners: RefCell::default(),
        });
        cards.listen();
        spawn_local(sweep(Rc::downgrade(&cards)));
        Self(cards)
    }

    /// Takes every device that the page may use, also those that somebody else had when
    /// this was called last.
    pub async fn look(&self) {
        let devices = self.0.chooser.devices().await.into_iter();
        join_all(devices.map(|device| self.0.take(device))).await;
    }

    /// Does what is called for, as the bridge does.
    ///
    /// # Errors
    /// An error of the closed list.
    pub async fn ask(&self, call: Call) -> Result<Value, CardError> {
        self.0.transport.ask(call).await
    }

    /// Lets go of all cards and gives the devices back: the page goes.
    pub async fn close(&self) {
        self.0.silence();
        self.0.transport.close().await;
        self.0.taken.borrow_mut().clear();
    }
}

impl Cards {
    /// Takes a device, unless it is taken.
    async fn take(&self, device: Device) {
        let port: Rc<dyn UsbPort> = {
            let mut taken = self.taken.borrow_mut();
            if taken.iter().any(|known| known.device == device) {
                return;
            }
            let port = Rc::new(WebPort::new(device.clone()));
            taken.push(Known {
                device: device.clone(),
                port: Rc::clone(&port) as _,
            });
            port
        };
        match self.transport.attach(Rc::clone(&port)).await {
            Ok(watch) => {
                spawn_local(watch);
                self.told.forget(&device);
                if self.is_taken(&device) {
                    self.tell();
                } else {
                    // It was pulled meanwhile.
                    self.transport.detach(&port);
                }
            }
            Err(error) => self.is_unusable(device, &port, error).await,
        }
    }

    async fn is_unusable(&self, device: Device, port: &Rc<dyn UsbPort>, error: OpenError) {
        tracing::warn!(%error, "a USB device is no way to a card");
        let label = port.label();
        self.taken
            .borrow_mut()
            .retain(|known| known.device != device);
        let holder = if error == OpenError::Port(PortError::Busy) {
            self.holders.holder_of(&label).await
        } else {
            None
        };
        self.told.forget(&device);
        if error != OpenError::Port(PortError::Gone) {
            let name = shown(&label.product);
            let unusable = Unusable {
                name,
                error,
                holder,
            };
            self.told.unusable.borrow_mut().push((device, unusable));
        }
        self.tell();
    }

    fn is_taken(&self, device: &Device) -> bool {
        let taken = self.taken.borrow();
        taken.iter().any(|known| known.device == *device)
    }

    fn tell(&self) {
        self.told.tell(self.transport.readers());
    }

    fn lose(&self, device: &Device) {
        self.told.forget(device);
        let port = {
            let mut taken = self.taken.borrow_mut();
            let at = taken.iter().position(|known| known.device == *device);
            at.map(|at| taken.swap_remove(at).port)
        };
        if let Some(port) = port {
            self.transport.detach(&port);
        }
        self.tell();
    }

    fn listen(self: &Rc<Self>) {
        let here = Rc::downgrade(self);
        let connected = Closure::new(move |event: ConnectionEvent| {
            if let Some(cards) = here.upgrade() {
                spawn_local(async move { cards.take(event.device()).await });
            }
        });
        let here = Rc::downgrade(self);
        let disconnected = Closure::new(move |event: ConnectionEvent| {
            if let Some(cards) = here.upgrade() {
                cards.lose(&event.device());
            }
        });
        let listeners: [(&'static str, Listener); 2] =
            [("connect", connected), ("disconnect", disconnected)];
        for (kind, listener) in listeners {
            let function = listener.as_ref().unchecked_ref();
            self.chooser.0.add_event_listener(kind, function);
            self.listeners.borrow_mut().push((kind, listener));
        }
    }

    fn silence(&self) {
        for (kind, listener) in self.listeners.borrow_mut().drain(..) {
            let function = listener.as_ref().unchecked_ref();
            self.chooser.0.remove_event_listener(kind, function);
        }
    }

    /// Tries the keys again that somebody else had.
    fn try_again(self: &Rc<Self>) {
        let busy: Vec<_> = {
            let unusable = self.told.unusable.borrow();
            let is_busy =
                |(_, one): &&(Device, Unusable)| one.error == OpenError::Port(PortError::Busy);
            let busy = unusable.iter().filter(is_busy);
            busy.map(|(device, _)| device.clone()).collect()
        };
        for device in busy {
            let cards = Rc::clone(self);
            spawn_local(async move { cards.take(device).await });
        }
    }
}

impl Drop for Cards {
    fn drop(&mut self) {
        self.silence();
    }
}

async fn sweep(cards: Weak<Cards>) {
    loop {
        BrowserClock.sleep(SWEEP).await;
        let Some(cards) = cards.upgrade() else {
            return;
        };
        cards.try_again();
        // Nobody waits for a reader that takes its time.
        let transport = Rc::clone(&cards.transport);
        spawn_local(async move { transport.sweep().await });
    }
}
