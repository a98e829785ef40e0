//! A `USBDevice` as a [`UsbPort`].

use std::cell::RefCell;

use async_trait::async_trait;
use card_protocol::ccid::{ControlRequest, ControlTarget};
use futures_channel::oneshot;
use js_sys::{DataView, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::bindings::Device;
use crate::port::{InterfaceAddress, PortError, PortLabel, UsbPort};

/// A device that the person let this page use.
pub(super) struct WebPort {
    device: Device,
    /// The last change of what is open, claimed or selected, which may be under way:
    /// another one is refused until its end.
    change: RefCell<Option<Promise>>,
}

impl WebPort {
    pub(super) const fn new(device: Device) -> Self {
        Self {
            device,
            change: RefCell::new(None),
        }
    }

    /// What a promise ends with; `meaning` is that of its exception's name.
    async fn done(
        &self,
        promise: Promise,
        meaning: fn(&str, bool) -> PortError,
    ) -> Result<JsValue, PortError> {
        JsFuture::from(promise).await.map_err(|exception| {
            let name = field(&exception, "name").as_string().unwrap_or_default();
            tracing::info!(name, "a USB device");
            meaning(&name, self.device.opened())
        })
    }

    /// The same for a change of the device's state.
    async fn changed(
        &self,
        promise: Promise,
        meaning: fn(&str, bool) -> PortError,
    ) -> Result<(), PortError> {
        *self.change.borrow_mut() = Some(promise.clone());
        self.done(promise, meaning).await.map(drop)
    }

    /// A `USBInTransferResult` or `USBOutTransferResult` that is well.
    async fn transferred(&self, promise: Promise) -> Result<JsValue, PortError> {
        let result = self.done(promise, PortError::of_exception).await?;
        match field(&result, "status").as_string().as_deref() {
            Some("ok") => Ok(result),
            Some("stall") => Err(PortError::Stall),
            _ => Err(PortError::Other),
        }
    }
}

fn bytes(result: &JsValue) -> Vec<u8> {
    let Ok(view) = field(result, "data").dyn_into::<DataView>() else {
        return Vec::new();
    };
    let (offset, length) = (view.byte_offset(), view.byte_length());
    let (Ok(offset), Ok(length)) = (u32::try_from(offset), u32::try_from(length)) else {
        return Vec::new();
    };
    Uint8Array::new_with_byte_offset_and_length(&view.buffer(), offset, length).to_vec()
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or_default()
}

/// `USBControlTransferParameters`.
fn setup(request: ControlRequest) -> Object {
    let (kind, recipient) = match request.target {
        ControlTarget::StandardDevice => ("standard", "device"),
        ControlTarget::ClassInterface => ("class", "interface"),
    };
    let setup = Object::new();
    let fields: [(&str, JsValue); 5] = [
        ("requestType", kind.into()),
        ("recipient", recipient.into()),
        ("request", request.request.into()),
        ("value", request.value.into()),
        ("index", request.index.into()),
    ];
    for (name, value) in fields {
        let _a_plain_object_takes_it = Reflect::set(&setup, &name.into(), &value);
    }
    setup
}

#[async_trait(?Send)]
impl UsbPort for WebPort {
    fn label(&self) -> PortLabel {
        PortLabel {
            product: self.device.product_name().unwrap_or_default(),
            serial: self.device.serial_number().unwrap_or_default(),
        }
    }

    async fn open(&self) -> Result<(), PortError> {
        self.changed(self.device.open(), PortError::of_exception)
            .await
    }

    async fn claim(&self, address: InterfaceAddress) -> Result<(), PortError> {
        let InterfaceAddress {
            configuration,
            interface,
            alternate,
        } = address;
        let selected = self.device.configuration().map(|it| it.value());
        if selected != Some(configuration) {
            let selecting = self.device.select_configuration(configuration);
            self.changed(selecting, PortError::of_exception).await?;
        }
        let claiming = self.device.claim_interface(interface);
        self.changed(claiming, PortError::of_claim).await?;
        if alternate != 0 {
            let selecting = self.device.select_alternate(interface, alternate);
            self.changed(selecting, PortError::of_exception).await?;
        }
        Ok(())
    }

    async fn control_in(&self, request: ControlRequest) -> Result<Vec<u8>, PortError> {
        let transfer = self.device.control_in(&setup(request), request.length);
        self.transferred(transfer)
            .await
            .map(|result| bytes(&result))
    }

    async fn control_out(&self, request: ControlRequest) -> Result<(), PortError> {
        let transfer = self.device.control_out(&setup(request));
        self.transferred(transfer).await.map(drop)
    }

    async fn transfer_out(&self, endpoint: u8, bytes: &[u8]) -> Result<(), PortError> {
        let data = Uint8Array::from(bytes);
        let transfer = self.device.transfer_out(endpoint, &data);
        // A PIN may have been in it. The call has copied it (Blink's `transferOut` writes it
        // into its message to the device's process), and that is the browser's.
        data.fill(0, 0, data.length());
        self.transferred(transfer).await.map(drop)
    }

    async fn transfer_in(&self, endpoint: u8, length: usize) -> Result<Vec<u8>, PortError> {
        let length = u32::try_from(length).map_err(|_longer_than_any| PortError::Other)?;
        let transfer = self.device.transfer_in(endpoint, length);
        self.transferred(transfer)
            .await
            .map(|result| bytes(&result))
    }

    async fn reset(&self) -> Result<(), PortError> {
        self.changed(self.device.reset(), PortError::of_exception)
            .await
    }

    /// Also where nobody waits for it any more: an `open` that came about too late is undone.
    async fn close(&self) {
        let change = self.change.borrow_mut().take();
        let device = self.device.clone();
        let (closed, told) = oneshot::channel();
        spawn_local(async move {
            if let Some(change) = change {
                let _its_end = JsFuture::from(change).await;
            }
            let _whatever_it_says = JsFuture::from(device.close()).await;
            let _nobody_waits = closed.send(());
        });
        let _its_end = told.await;
    }
}
