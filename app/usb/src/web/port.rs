//! A `USBDevice` as a [`UsbPort`].

use async_trait::async_trait;
use card_protocol::ccid::{ControlRequest, ControlTarget};
use js_sys::{DataView, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::bindings::Device;
use crate::port::{InterfaceAddress, PortError, PortLabel, UsbPort};

/// A device that the person let this page use.
pub(super) struct WebPort {
    pub(super) device: Device,
}

/// What a promise ends with. The names of the exceptions are those of `WebUSB`'s text, and
/// for what it leaves open Chromium's.
async fn done(promise: Promise) -> Result<JsValue, PortError> {
    JsFuture::from(promise).await.map_err(|exception| {
        let name = field(&exception, "name").as_string().unwrap_or_default();
        tracing::info!(name, "a USB device");
        match name.as_str() {
            "NotFoundError" => PortError::Gone,
            "SecurityError" => PortError::Refused,
            _ => PortError::Other,
        }
    })
}

/// The same for what fails because somebody else has it (`NetworkError`).
async fn taken(promise: Promise) -> Result<(), PortError> {
    match done(promise).await {
        Ok(_) => Ok(()),
        Err(PortError::Other) => Err(PortError::Busy),
        Err(error) => Err(error),
    }
}

/// A `USBInTransferResult` or `USBOutTransferResult` that is well.
async fn transferred(promise: Promise) -> Result<JsValue, PortError> {
    let result = done(promise).await?;
    match field(&result, "status").as_string().as_deref() {
        Some("ok") => Ok(result),
        Some("stall") => Err(PortError::Stall),
        _ => Err(PortError::Other),
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
        taken(self.device.open()).await
    }

    async fn claim(&self, address: InterfaceAddress) -> Result<(), PortError> {
        let InterfaceAddress {
            configuration,
            interface,
            alternate,
        } = address;
        let selected = self.device.configuration().map(|it| it.value());
        if selected != Some(configuration) {
            taken(self.device.select_configuration(configuration)).await?;
        }
        taken(self.device.claim_interface(interface)).await?;
        if alternate != 0 {
            done(self.device.select_alternate(interface, alternate)).await?;
        }
        Ok(())
    }

    async fn control_in(&self, request: ControlRequest) -> Result<Vec<u8>, PortError> {
        let transfer = self.device.control_in(&setup(request), request.length);
        transferred(transfer).await.map(|result| bytes(&result))
    }

    async fn control_out(&self, request: ControlRequest) -> Result<(), PortError> {
        let transfer = self.device.control_out(&setup(request));
        transferred(transfer).await.map(drop)
    }

    async fn transfer_out(&self, endpoint: u8, bytes: &[u8]) -> Result<(), PortError> {
        let data = Uint8Array::from(bytes);
        let transfer = transferred(self.device.transfer_out(endpoint, &data)).await;
        // A PIN may have been in it. What the browser copied is the browser's.
        data.fill(0, 0, data.length());
        transfer.map(drop)
    }

    async fn transfer_in(&self, endpoint: u8, length: usize) -> Result<Vec<u8>, PortError> {
        let length = u32::try_from(length).map_err(|_longer_than_any| PortError::Other)?;
        let transfer = self.device.transfer_in(endpoint, length);
        transferred(transfer).await.map(|result| bytes(&result))
    }

    async fn reset(&self) -> Result<(), PortError> {
        done(self.device.reset()).await.map(drop)
    }

    async fn close(&self) {
        let _whatever_it_says = done(self.device.close()).await;
    }
}
