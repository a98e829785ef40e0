//! What is needed of `WebUSB` (<https://wicg.github.io/webusb/>), of timers and of storage.
//! Methods that give a promise throw nothing: they reject it (Web IDL §3.7.7).

use js_sys::{Function, Object, Promise, Uint8Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// `navigator.usb`.
    #[derive(Clone)]
    pub(super) type Usb;

    #[wasm_bindgen(method, js_name = getDevices)]
    pub(super) fn get_devices(this: &Usb) -> Promise;

    #[wasm_bindgen(method, js_name = requestDevice)]
    pub(super) fn request_device(this: &Usb, options: &Object) -> Promise;

    #[wasm_bindgen(method, js_name = addEventListener)]
    pub(super) fn add_event_listener(this: &Usb, kind: &str, listener: &Function);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    pub(super) fn remove_event_listener(this: &Usb, kind: &str, listener: &Function);

    /// `USBConnectionEvent`.
    pub(super) type ConnectionEvent;

    #[wasm_bindgen(method, getter)]
    pub(super) fn device(this: &ConnectionEvent) -> Device;

    /// `USBDevice`.
    #[derive(Clone, PartialEq)]
    pub(super) type Device;

    #[wasm_bindgen(method, getter, js_name = productName)]
    pub(super) fn product_name(this: &Device) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = serialNumber)]
    pub(super) fn serial_number(this: &Device) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn configuration(this: &Device) -> Option<DeviceConfiguration>;

    #[wasm_bindgen(method)]
    pub(super) fn open(this: &Device) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Device) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn reset(this: &Device) -> Promise;

    #[wasm_bindgen(method, js_name = selectConfiguration)]
    pub(super) fn select_configuration(this: &Device, value: u8) -> Promise;

    #[wasm_bindgen(method, js_name = claimInterface)]
    pub(super) fn claim_interface(this: &Device, number: u8) -> Promise;

    #[wasm_bindgen(method, js_name = selectAlternateInterface)]
    pub(super) fn select_alternate(this: &Device, number: u8, alternate: u8) -> Promise;

    #[wasm_bindgen(method, js_name = controlTransferIn)]
    pub(super) fn control_in(this: &Device, setup: &Object, length: u16) -> Promise;

    #[wasm_bindgen(method, js_name = controlTransferOut)]
    pub(super) fn control_out(this: &Device, setup: &Object) -> Promise;

    #[wasm_bindgen(method, js_name = transferIn)]
    pub(super) fn transfer_in(this: &Device, endpoint: u8, length: u32) -> Promise;

    #[wasm_bindgen(method, js_name = transferOut)]
    pub(super) fn transfer_out(this: &Device, endpoint: u8, data: &Uint8Array) -> Promise;

    #[wasm_bindgen(method, getter)]
    pub(super) fn opened(this: &Device) -> bool;

    /// `USBConfiguration`.
    pub(super) type DeviceConfiguration;

    #[wasm_bindgen(method, getter, js_name = configurationValue)]
    pub(super) fn value(this: &DeviceConfiguration) -> u8;

    /// `localStorage`, which a policy may keep from pages: then all of it throws.
    pub(super) type Storage;

    #[wasm_bindgen(method, catch, js_name = getItem)]
    pub(super) fn get_item(this: &Storage, key: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setItem)]
    pub(super) fn set_item(this: &Storage, key: &str, value: &str) -> Result<(), JsValue>;

    /// `BroadcastChannel` (HTML §9.5).
    #[derive(Clone)]
    pub(super) type BroadcastChannel;

    #[wasm_bindgen(constructor, catch)]
    pub(super) fn new(name: &str) -> Result<BroadcastChannel, JsValue>;

    #[wasm_bindgen(method, js_name = postMessage)]
    pub(super) fn post(this: &BroadcastChannel, message: &JsValue);

    #[wasm_bindgen(method, setter, js_name = onmessage)]
    pub(super) fn set_onmessage(this: &BroadcastChannel, handler: &Function);

    #[wasm_bindgen(method, js_name = close)]
    pub(super) fn end(this: &BroadcastChannel);

    /// `MessageEvent`.
    pub(super) type MessageEvent;

    #[wasm_bindgen(method, getter)]
    pub(super) fn data(this: &MessageEvent) -> JsValue;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(handler: &Function, milliseconds: u32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(timer: &JsValue);
}
