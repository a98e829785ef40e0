//! What this browser knows its bridge by, for all pages of the origin: no other origin
//! reads it, and no other user of the machine. It outlives 退出登录, else nobody would
//! be known at the login page. A browser that keeps nothing (a setting, a terminal's)
//! takes the only one that there is, at each page.

use card_protocol::acquaintance::{Acquaintance, CHALLENGE_LENGTH, Challenge};
use leptos::{
    ev,
    prelude::{window, window_event_listener},
    wasm_bindgen::{JsCast as _, JsValue},
    web_sys::Storage,
};

/// Where it stands, with the port at which it was last: that one is asked first, and
/// whoever is at another one can't have the page wait.
const KEY: &str = "card-bridge-acquaintance";

/// What is kept; nothing if it makes no sense.
pub(super) fn read() -> Option<(Acquaintance, Option<u16>)> {
    let text = storage()?.get_item(KEY).ok()??;
    let (it, port) = text.split_once(' ').unwrap_or((&text, ""));
    Some((Acquaintance::from_text(it)?, port.parse().ok()))
}

/// Keeps it, unless another tab knew a bridge meanwhile: who is met for the first time
/// takes nobody's place. Gives whom that tab knows.
pub(super) fn keep(it: &Acquaintance) -> Option<Acquaintance> {
    let before = read().map(|(before, _port)| before);
    if before.is_none() {
        write(&it.to_text());
    }
    before
}

/// Has every change by another tab heard, as long as the page lives.
pub(super) fn on_change(heard: impl Fn(Option<Acquaintance>) + 'static) {
    let _for_the_life_of_the_page = window_event_listener(ev::storage, move |event| {
        // Without a key, all was cleared.
        if event.key().is_none_or(|key| key == KEY) {
            heard(read().map(|(it, _port)| it));
        }
    });
}

/// Keeps at which port it was.
pub(super) fn was_at(port: u16) {
    if let Some((it, _before)) = read() {
        write(&format!("{} {port}", *it.to_text()));
    }
}

fn write(text: &str) {
    if let Some(storage) = storage() {
        let _not_kept = storage.set_item(KEY, text);
    }
}

/// Keeps it no more.
pub(super) fn forget() {
    if let Some(storage) = storage() {
        let _nothing_kept = storage.remove_item(KEY);
    }
}

/// Random bytes for one that is asked; `None` from a browser that has none.
pub(super) fn challenge() -> Option<Challenge> {
    let bytes = js_sys::Uint8Array::new_with_length(u32::try_from(CHALLENGE_LENGTH).ok()?);
    let crypto = property(&window(), "crypto")?;
    let fill: js_sys::Function = property(&crypto, "getRandomValues")?.dyn_into().ok()?;
    fill.call1(&crypto, &bytes).ok()?;
    Some(Challenge(bytes.to_vec().try_into().ok()?))
}

/// `web-sys` has a type for it, behind a feature that would compile leptos anew.
fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(object, &name.into()).ok()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
