//! What a device says of itself, for the help desk: as the browser read it, and its
//! configuration descriptor byte by byte where it may be opened.

use std::fmt::Write as _;

use card_protocol::{
    ccid::{ControlRequest, total_length},
    hex,
};
use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;

use super::{bindings::Device, port::WebPort};
use crate::{
    port::{PortError, UsbPort as _},
    transport::names::shown,
};

/// The first part of a configuration descriptor (USB 2.0 §9.6.3).
const HEAD: u16 = 9;

/// Some lines of text.
pub(super) async fn of(device: &Device) -> String {
    let mut text = read_by_browser(device.as_ref());
    match descriptor(device.clone()).await {
        Ok(bytes) => {
            let _a_string_takes_it = write!(text, "descriptor {}", hex::encode(&bytes));
        }
        Err(error) => {
            let _a_string_takes_it = write!(text, "descriptor: {error}");
        }
    }
    text
}

/// What stands in `USBDevice` (`WebUSB` §4) without opening it.
fn read_by_browser(device: &JsValue) -> String {
    let mut text = format!(
        "{:04x}:{:04x} {} {} USB {}.{} class {:02x}\n",
        number(device, "vendorId"),
        number(device, "productId"),
        word(device, "manufacturerName"),
        word(device, "productName"),
        number(device, "usbVersionMajor"),
        number(device, "usbVersionMinor"),
        number(device, "deviceClass"),
    );
    for configuration in list(device, "configurations") {
        for interface in list(&configuration, "interfaces") {
            for alternate in list(&interface, "alternates") {
                let endpoints: Vec<_> = list(&alternate, "endpoints")
                    .map(|endpoint| {
                        format!(
                            "{} {} {} {}",
                            number(&endpoint, "endpointNumber"),
                            word(&endpoint, "direction"),
                            word(&endpoint, "type"),
                            number(&endpoint, "packetSize"),
                        )
                    })
                    .collect();
                let _a_string_takes_it = writeln!(
                    text,
                    "configuration {} interface {}.{} class {:02x}/{:02x}/{:02x}: {}",
                    number(&configuration, "configurationValue"),
                    number(&interface, "interfaceNumber"),
                    number(&alternate, "alternateSetting"),
                    number(&alternate, "interfaceClass"),
                    number(&alternate, "interfaceSubclass"),
                    number(&alternate, "interfaceProtocol"),
                    endpoints.join(", "),
                );
            }
        }
    }
    text
}

/// `GET_DESCRIPTOR` of the first configuration. A device that this page has opened for its
/// card stays open.
async fn descriptor(device: Device) -> Result<Vec<u8>, PortError> {
    let was_open = device.opened();
    let port = WebPort::new(device);
    if !was_open {
        port.open().await?;
    }
    let read = async {
        let head = port
            .control_in(ControlRequest::get_configuration(0, HEAD))
            .await?;
        let length = total_length(&head).map_err(|_no_descriptor| PortError::Other)?;
        port.control_in(ControlRequest::get_configuration(0, length))
            .await
    };
    let bytes = read.await;
    if !was_open {
        port.close().await;
    }
    bytes
}

fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "WebUSB has octets and unsigned shorts here"
)]
fn number(object: &JsValue, name: &str) -> u16 {
    field(object, name).as_f64().unwrap_or_default() as u16
}

fn word(object: &JsValue, name: &str) -> String {
    shown(&field(object, name).as_string().unwrap_or_default())
}

fn list(object: &JsValue, name: &str) -> impl Iterator<Item = JsValue> {
    Array::from(&field(object, name)).to_vec().into_iter()
}
