//! The class that the pages call.

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
use js_sys::{Array, Function, Object, Promise, Reflect, global};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use zeroize::Zeroizing;

use super::{
    bindings::{ConnectionEvent, Device, Usb},
    clock::BrowserClock,
    grants::PageGrantSource,
    port::WebPort,
    storage::BrowserStorage,
};
use crate::{
    platform::Clock as _,
    port::UsbPort,
    transport::{Platform, Settings, UsbTransport},
};

/// How often it is looked whether a card has been verified for too long.
const SWEEP: Duration = Duration::from_secs(1);
/// bInterfaceClass of what a page may claim.
const VENDOR_CLASS: u8 = card_protocol::ccid::VENDOR_CLASS;

/// What holds for the page, in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageSettings {
    /// Its origin.
    origin: String,
    /// What its server signs with.
    key: ProgramKey,
    verified_idle_seconds: u32,
    verified_seconds: u32,
    wrong_pins_per_hour: usize,
    /// The idVendor of the keys that the chooser shows; all keys of the class if none.
    vendors: Vec<u16>,
}

/// What the page is told whenever it changes, in JSON.
#[derive(Serialize)]
struct View<'a> {
    readers: &'a Readers,
    unusable: &'a [Unusable],
}

/// A device that the page may use, and can't.
#[derive(Clone, Serialize)]
struct Unusable {
    name: String,
    reason: &'static str,
}

/// The cards in keys that this page may open.
#[wasm_bindgen]
pub struct UsbCards(Rc<Cards>);

/// A function of the page's that is called for `navigator.usb`'s events.
type Listener = Closure<dyn FnMut(ConnectionEvent)>;

struct Cards {
    transport: Rc<UsbTransport>,
    usb: Usb,
    vendors: Vec<u16>,
    ports: RefCell<Vec<Known>>,
    told: Rc<Told>,
    listeners: RefCell<Vec<(&'static str, Listener)>>,
}

/// A device that is taken, or being taken.
struct Known {
    device: Device,
    port: Rc<dyn UsbPort>,
}

/// What the page is told by.
struct Told {
    changed: Function,
    unusable: RefCell<Vec<(Device, Unusable)>>,
}

impl Told {
    fn tell(&self, readers: &Readers) {
        let unusable = self.unusable.borrow();
        let unusable: Vec<_> = unusable.iter().map(|(_, one)| one.clone()).collect();
        let view = View {
            readers,
            unusable: &unusable,
        };
        if let Ok(text) = serde_json::to_string(&view) {
            let _what_it_says = self.changed.call1(&JsValue::UNDEFINED, &text.into());
        }
    }
}

#[wasm_bindgen]
impl UsbCards {
    /// For a page with these settings (JSON). `fetch_grant` is `(nonce) => Promise<grant>`,
    /// `changed` is told what there is, all in JSON.
    ///
    /// # Errors
    /// A text for developers, when the settings make no sense, or the browser has no
    /// `navigator.usb`.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str, fetch_grant: Function, changed: Function) -> Result<Self, JsValue> {
        let settings: PageSettings =
            serde_json::from_str(settings).map_err(|error| error.to_string())?;
        let usb = Reflect::get(&global(), &"navigator".into())
            .and_then(|navigator| Reflect::get(&navigator, &"usb".into()))?;
        if usb.is_undefined() {
            return Err("no navigator.usb".into());
        }
        let told = Rc::new(Told {
            changed,
            unusable: RefCell::default(),
        });
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let limits = Limits {
            idle: seconds(settings.verified_idle_seconds),
            absolute: seconds(settings.verified_seconds),
        };
        let teller = Rc::clone(&told);
        let platform = Platform {
            clock: Rc::new(BrowserClock),
            notebook: Box::new(BrowserStorage),
            grants: Box::new(PageGrantSource(fetch_grant)),
            changed: Box::new(move |readers| teller.tell(readers)),
        };
        let transport = UsbTransport::new(
            Settings {
                origin: settings.origin,
                key: settings.key,
                limits,
                wrong_pins_per_hour: settings.wrong_pins_per_hour,
            },
            platform,
        );
        let cards = Rc::new(Cards {
            transport: Rc::new(transport),
            usb: usb.unchecked_into(),
            vendors: settings.vendors,
            ports: RefCell::default(),
            told,
            listeners: RefCell::default(),
        });
        cards.listen();
        spawn_local(sweep(Rc::downgrade(&cards.transport)));
        Ok(Self(cards))
    }

    /// Takes every device that the person let this page use before, also those that
    /// another tab had when it was called last.
    pub fn look(&self) -> Promise {
        let cards = Rc::clone(&self.0);
        future_to_promise(async move {
            let devices = JsFuture::from(cards.usb.get_devices()).await?;
            for device in Array::from(&devices).iter() {
                cards.take(device.unchecked_into()).await;
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Has the browser ask the person for a device: from a click only. Rejected with the
    /// browser's exception when nothing was chosen.
    pub fn choose(&self) -> Promise {
        let cards = Rc::clone(&self.0);
        // At once: what comes after a wait is not the click's any more.
        let chosen = cards.usb.request_device(&cards.filters());
        future_to_promise(async move {
            let device = JsFuture::from(chosen).await?;
            cards.take(device.unchecked_into()).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Does what is called for ([`Call`], its method first); the answer in JSON, or
    /// rejected with an error of the closed list in JSON.
    pub fn ask(&self, call: String) -> Promise {
        let call = Zeroizing::new(call);
        let transport = Rc::clone(&self.0.transport);
        future_to_promise(async move {
            let call = serde_json::from_str::<Call>(&call).map_err(|_| CardError::BadRequest);
            let outcome = match call {
                Ok(call) => transport.ask(call).await,
                Err(error) => Err(error),
            };
            let text = |text: serde_json::Result<String>| text.unwrap_or_default().into();
            match outcome {
                Ok(answer) => Ok(text(serde_json::to_string(&answer))),
                Err(error) => Err(text(serde_json::to_string(&error))),
            }
        })
    }

    /// Lets go of all cards and gives the devices back: the page goes.
    pub fn close(&self) -> Promise {
        let cards = Rc::clone(&self.0);
        cards.silence();
        future_to_promise(async move {
            cards.transport.close().await;
            cards.ports.borrow_mut().clear();
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Cards {
    /// What the chooser shows (`WebUSB` §3.1, filters).
    fn filters(&self) -> Object {
        let filters = Array::new();
        let filter = |vendor: Option<u16>| {
            let filter = Object::new();
            set(&filter, "classCode", &VENDOR_CLASS.into());
            if let Some(vendor) = vendor {
                set(&filter, "vendorId", &vendor.into());
            }
            filters.push(&filter);
        };
        if self.vendors.is_empty() {
            filter(None);
        }
        for vendor in &self.vendors {
            filter(Some(*vendor));
        }
        let options = Object::new();
        set(&options, "filters", &filters);
        options
    }

    /// Takes a device, unless it is taken.
    async fn take(&self, device: Device) {
        let port: Rc<dyn UsbPort> = {
            let mut ports = self.ports.borrow_mut();
            if ports.iter().any(|known| known.device == device) {
                return;
            }
            let port = Rc::new(WebPort {
                device: device.clone(),
            });
            ports.push(Known {
                device: device.clone(),
                port: Rc::clone(&port) as _,
            });
            port
        };
        let name = port.label().product;
        self.told
            .unusable
            .borrow_mut()
            .retain(|(one, _)| *one != device);
        match self.transport.attach(Rc::clone(&port)).await {
            Ok(watch) => {
                spawn_local(watch);
                if !self
                    .ports
                    .borrow()
                    .iter()
                    .any(|known| known.device == device)
                {
                    // It was pulled meanwhile.
                    self.transport.detach(&port);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a USB device is no way to a card");
                self.ports
                    .borrow_mut()
                    .retain(|known| known.device != device);
                let reason = error.code();
                let unusable = Unusable { name, reason };
                self.told.unusable.borrow_mut().push((device, unusable));
                self.told.tell(&self.transport.readers());
            }
        }
    }

    fn lose(&self, device: &Device) {
        self.told
            .unusable
            .borrow_mut()
            .retain(|(one, _)| one != device);
        let port = {
            let mut ports = self.ports.borrow_mut();
            let at = ports.iter().position(|known| known.device == *device);
            at.map(|at| ports.swap_remove(at).port)
        };
        match port {
            Some(port) => self.transport.detach(&port),
            None => self.told.tell(&self.transport.readers()),
        }
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
            self.usb.add_event_listener(kind, function);
            self.listeners.borrow_mut().push((kind, listener));
        }
    }

    fn silence(&self) {
        for (kind, listener) in self.listeners.borrow_mut().drain(..) {
            let function = listener.as_ref().unchecked_ref();
            self.usb.remove_event_listener(kind, function);
        }
    }
}

impl Drop for Cards {
    fn drop(&mut self) {
        self.silence();
    }
}

async fn sweep(transport: Weak<UsbTransport>) {
    loop {
        BrowserClock.sleep(SWEEP).await;
        let Some(transport) = transport.upgrade() else {
            return;
        };
        transport.sweep().await;
    }
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _a_plain_object_takes_it = Reflect::set(object, &name.into(), value);
}
