//! Reads a streamed response to its end, then has the browser save it: a file
//! that broke off is never saved as if it were whole.

use js_sys::{Array, Boolean, Reflect, Uint8Array};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement, ReadableStreamDefaultReader, Response, Url};

/// How many rows the response will have.
const TOTAL: &str = "x-total-rows";

/// Downloads and saves; `note` is told the rows so far and how many there are.
///
/// # Errors
///
/// What the browser says: no network, an answer that is no file, a stream that
/// broke off.
pub(super) async fn save(href: &str, note: impl Fn(u64, Option<u64>)) -> Result<(), JsValue> {
    let response = JsFuture::from(window().fetch_with_str(href)).await?;
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from(response.status()));
    }
    let headers = response.headers();
    let total = headers.get(TOTAL)?.and_then(|total| total.parse().ok());
    let name = headers
        .get("content-disposition")?
        .and_then(|it| name_in(&it));
    let body = response.body().ok_or(JsValue::NULL)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    let parts = Array::new();
    let mut lines = 0_u64;
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        let done = Reflect::get(&chunk, &JsValue::from("done"))?;
        if done.dyn_into::<Boolean>()?.value_of() {
            break;
        }
        let bytes: Uint8Array = Reflect::get(&chunk, &JsValue::from("value"))?.dyn_into()?;
        let ends = bytes.to_vec().into_iter().filter(|byte| *byte == b'\n');
        lines += u64::try_from(ends.count()).unwrap_or(u64::MAX);
        parts.push(&bytes);
        // The first line is the headings.
        let rows = lines.saturating_sub(1);
        note(total.map_or(rows, |total| rows.min(total)), total);
    }
    let blob = Blob::new_with_u8_array_sequence(&parts)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(&name.unwrap_or_default());
    link.click();
    Url::revoke_object_url(&url)
}

/// The file's name in a `Content-Disposition` (RFC 6266, `filename*` in UTF-8).
fn name_in(disposition: &str) -> Option<String> {
    let (_, encoded) = disposition.split_once("filename*=UTF-8''")?;
    let encoded = encoded.split(';').next()?;
    js_sys::decode_uri_component(encoded).ok().map(String::from)
}
