//! By the browser (Web Cryptography API §23). It is there on every page that may open a
//! device: both need a secure context.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array, global};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::POINT_LENGTH;

#[wasm_bindgen]
extern "C" {
    /// `SubtleCrypto`.
    type SubtleCrypto;

    #[wasm_bindgen(method, js_name = importKey)]
    fn import_key(
        this: &SubtleCrypto,
        format: &str,
        key: &Uint8Array,
        algorithm: &Object,
        is_extractable: bool,
        usages: &Array,
    ) -> Promise;

    #[wasm_bindgen(method)]
    fn verify(
        this: &SubtleCrypto,
        algorithm: &Object,
        key: &JsValue,
        signature: &Uint8Array,
        message: &Uint8Array,
    ) -> Promise;
}

/// A point as servers write it. The browser says whether it is on the curve.
pub(super) fn point(bytes: &[u8]) -> Option<[u8; POINT_LENGTH]> {
    let point: [u8; POINT_LENGTH] = bytes.try_into().ok()?;
    (point[0] == 4).then_some(point)
}

pub(super) async fn has_signed(point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match ask(point, message, signature).await {
        Ok(answer) => answer == JsValue::TRUE,
        Err(error) => {
            tracing::warn!(?error, "the browser verifies no signature");
            false
        }
    }
}

async fn ask(point: &[u8], message: &[u8], signature: &[u8]) -> Result<JsValue, JsValue> {
    let crypto = Reflect::get(&global(), &"crypto".into())?;
    let subtle = Reflect::get(&crypto, &"subtle".into())?;
    if !subtle.is_object() {
        return Err("no SubtleCrypto".into());
    }
    let subtle: SubtleCrypto = subtle.unchecked_into();
    let kind = object(&[("name", "ECDSA"), ("namedCurve", "P-256")])?;
    let usages = Array::of1(&"verify".into());
    let key = subtle.import_key("raw", &point.into(), &kind, false, &usages);
    let key = JsFuture::from(key).await?;
    let how = object(&[("name", "ECDSA"), ("hash", "SHA-256")])?;
    let verified = subtle.verify(&how, &key, &signature.into(), &message.into());
    JsFuture::from(verified).await
}

fn object(fields: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), &(*value).into())?;
    }
    Ok(object)
}
