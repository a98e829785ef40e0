//! What the browser lets a page do before it has any device: it asks the person for one,
//! says which ones the page may use, and says when one of those is plugged in.

use card_protocol::ccid::VENDOR_CLASS;
use js_sys::{Array, Object, Reflect, global};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{
    bindings::{Device, Usb},
    description,
};

/// Nothing was chosen: the person closed the browser's list, or it could not be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no USB device was chosen")]
pub struct NothingChosen;

/// `navigator.usb`.
#[derive(Clone)]
pub struct Chooser(pub(super) Usb);

impl Chooser {
    /// `None` in a browser without `WebUSB`, and on a page that is not secure.
    #[must_use]
    pub fn of_browser() -> Option<Self> {
        let navigator = Reflect::get(&global(), &"navigator".into()).ok()?;
        let usb = Reflect::get(&navigator, &"usb".into()).ok()?;
        usb.is_object().then(|| Self(usb.unchecked_into()))
    }

    /// Whether a device is plugged in that the page may use. Who asked this is told of
    /// those that come later, too.
    pub async fn has_device(&self) -> bool {
        !self.devices().await.is_empty()
    }

    pub(super) async fn devices(&self) -> Vec<Device> {
        match JsFuture::from(self.0.get_devices()).await {
            Ok(devices) => Array::from(&devices)
                .iter()
                .map(wasm_bindgen::JsCast::unchecked_into)
                .collect(),
            Err(error) => {
                tracing::warn!(?error, "the browser names no USB devices");
                Vec::new()
            }
        }
    }

    /// Has `plugged` called whenever a device is plugged in that the page may use, as long
    /// as the page lives.
    pub fn on_plugged(&self, plugged: impl Fn() + 'static) {
        let listener = Closure::<dyn Fn()>::new(plugged);
        let function = listener.as_ref().unchecked_ref();
        self.0.add_event_listener("connect", function);
        listener.forget();
    }

    /// Has the browser ask the person for a key: from a click only. Its list shows the
    /// keys of these vendors (idVendor); without any, all devices with an interface of
    /// their vendor's own class.
    ///
    /// # Errors
    /// [`NothingChosen`]
    pub async fn choose(&self, vendors: &[u16]) -> Result<(), NothingChosen> {
        self.ask(&filters(vendors)).await.map(drop)
    }

    /// Has the browser ask the person for any device, and gives what that says of itself:
    /// for the help desk.
    ///
    /// # Errors
    /// [`NothingChosen`]
    pub async fn describe_any(&self) -> Result<String, NothingChosen> {
        let device = self.ask(&Array::new()).await?;
        Ok(description::of(&device).await)
    }

    async fn ask(&self, filters: &Array) -> Result<Device, NothingChosen> {
        let options = Object::new();
        set(&options, "filters", filters);
        match JsFuture::from(self.0.request_device(&options)).await {
            Ok(device) => Ok(device.unchecked_into()),
            Err(error) => {
                tracing::info!(?error, "no USB device was chosen");
                Err(NothingChosen)
            }
        }
    }
}

/// What the browser's list shows (`WebUSB` §3.1, `USBDeviceFilter`).
fn filters(vendors: &[u16]) -> Array {
    let filters = Array::new();
    let filter = |vendor: Option<u16>| {
        let filter = Object::new();
        set(&filter, "classCode", &VENDOR_CLASS.into());
        if let Some(vendor) = vendor {
            set(&filter, "vendorId", &vendor.into());
        }
        filters.push(&filter);
    };
    if vendors.is_empty() {
        filter(None);
    }
    for vendor in vendors {
        filter(Some(*vendor));
    }
    filters
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _a_plain_object_takes_it = Reflect::set(object, &name.into(), value);
}
