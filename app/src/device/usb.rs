//! The way over keys that this page opens itself (`WebUSB`). What drives them is loaded
//! once the browser says that there is one.

use std::{cell::RefCell, rc::Rc};

use card_protocol::{CardError, bridge::Call};
use card_usb::{
    port::PortError,
    reader::OpenError,
    web::{Chooser, NothingChosen, Unusable},
};
use futures_util::lock::Mutex;
use leptos::{
    prelude::{RwSignal, Update as _, window, window_event_listener},
    task::spawn_local,
};
use serde_json::Value;

use super::{
    usb_module::{self, LoadedUsb},
    usb_settings::{self, UsbSettings},
    usb_view::{KeyFault, UnusableKey, UsbView},
};

/// Where it stands that this browser opened a key before. No secret, nothing of a person.
const USED: &str = "card-usb-used";

/// The keys. Clones are the same.
#[derive(Clone)]
pub(super) struct Usb(Rc<Inner>);

struct Inner {
    chooser: Chooser,
    settings: UsbSettings,
    view: RwSignal<UsbView>,
    loaded: RefCell<Option<Rc<dyn LoadedUsb>>>,
    /// It is loaded once.
    loading: Mutex<()>,
    /// Operations on cards run one at a time.
    turn: Mutex<()>,
}

impl Usb {
    /// Starts to look for keys; `view` shows what there is. `None` in a browser that opens
    /// none, and where the server says nothing of them.
    pub(super) fn start(view: RwSignal<UsbView>) -> Option<Self> {
        let chooser = Chooser::of_browser()?;
        let settings = usb_settings::of_page()?;
        view.update(|view| {
            view.is_supported = true;
            view.was_used = was_used();
        });
        let usb = Self(Rc::new(Inner {
            chooser,
            settings,
            view,
            loaded: RefCell::default(),
            loading: Mutex::default(),
            turn: Mutex::default(),
        }));
        let plugged = usb.clone();
        usb.0.chooser.on_plugged(move || plugged.look());
        usb.look();
        let leaving = usb.clone();
        let _for_the_life_of_the_page =
            window_event_listener(leptos::ev::pagehide, move |_| leaving.close());
        let back = usb.clone();
        let _for_the_life_of_the_page = window_event_listener(leptos::ev::pageshow, move |_| {
            back.look();
        });
        Some(usb)
    }

    /// Takes the keys that the page may use.
    pub(super) fn look(&self) {
        let this = self.clone();
        spawn_local(async move {
            if !this.0.chooser.has_device().await {
                return;
            }
            if let Some(loaded) = this.load().await {
                loaded.look().await;
            }
        });
    }

    /// Has the browser ask for a key: from a click only.
    ///
    /// # Errors
    /// [`NothingChosen`]
    pub(super) async fn choose(&self) -> Result<(), NothingChosen> {
        self.0.chooser.choose(&self.0.settings.vendors).await?;
        self.look();
        Ok(())
    }

    /// Has the browser ask for any device, and gives what that says of itself.
    ///
    /// # Errors
    /// [`NothingChosen`]
    pub(super) async fn describe_any(&self) -> Result<String, NothingChosen> {
        self.0.chooser.describe_any().await
    }

    /// Does what is called for; what is for one card, in turn, as on the bridge's way.
    pub(super) async fn ask(&self, call: Call) -> Result<Value, CardError> {
        let _turn = match call.reader() {
            Some(_) => Some(self.0.turn.lock().await),
            None => None,
        };
        let loaded = self.0.loaded.borrow().clone();
        loaded.ok_or(CardError::NoReader)?.ask(call).await
    }

    /// Whether keys are, or were, to be had on this page.
    pub(super) fn is_loaded(&self) -> bool {
        self.0.loaded.borrow().is_some()
    }

    /// Gives the keys back: others may want them, and the page goes.
    fn close(&self) {
        let Some(loaded) = self.0.loaded.borrow_mut().take() else {
            return;
        };
        self.0.view.update(|view| view.keys.clear());
        spawn_local(async move { loaded.close().await });
    }

    async fn load(&self) -> Option<Rc<dyn LoadedUsb>> {
        let _turn = self.0.loading.lock().await;
        if let Some(loaded) = &*self.0.loaded.borrow() {
            return Some(Rc::clone(loaded));
        }
        let view = self.0.view;
        let changed = Box::new(move |new: card_usb::web::UsbView| {
            view.update(|view| {
                view.keys = new.readers.readers;
                view.unusable = new.unusable.into_iter().map(unusable).collect();
                if !view.keys.is_empty() && !view.was_used {
                    view.was_used = true;
                    remember_use();
                }
            });
        });
        let origin = window().location().origin().unwrap_or_default();
        let chooser = self.0.chooser.clone();
        let key = self.0.settings.program_key.clone();
        // As without a key: whoever plugs it in again has it tried again.
        let loaded = usb_module::load(chooser, origin, key, changed)
            .await
            .ok()??;
        *self.0.loaded.borrow_mut() = Some(Rc::clone(&loaded));
        Some(loaded)
    }
}

fn unusable(one: Unusable) -> UnusableKey {
    let Unusable {
        name,
        error,
        holder,
    } = one;
    let fault = match (error, holder) {
        (OpenError::Port(PortError::Busy), Some(title)) => KeyFault::OtherTab(title),
        (OpenError::Port(PortError::Busy), None) => KeyFault::OtherProgram,
        (OpenError::Port(PortError::Refused), _) => KeyFault::Refused,
        (OpenError::Port(PortError::Gone | PortError::Stall | PortError::Other), _) => {
            KeyFault::Failed
        }
        (OpenError::Protected, _) => KeyFault::Protected,
        (OpenError::NoReader | OpenError::Descriptor(_), _) => KeyFault::NoReader,
        (OpenError::Unsupported(_), _) => KeyFault::Unsupported,
    };
    UnusableKey { name, fault }
}

fn was_used() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.is_some_and(|storage| storage.get_item(USED).ok().flatten().is_some())
}

fn remember_use() {
    if let Ok(Some(storage)) = window().local_storage() {
        let _not_kept = storage.set_item(USED, "1");
    }
}
