//! Local Network Access: whether the browser lets this page reach the bridge
//! (Chrome asks since 142, for sockets since 147). It is asked about before
//! every round, because trying without knowing would put the browser's
//! question before a person who has not been told what it is for.

use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast as _, JsValue},
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{PermissionState, PermissionStatus};

use super::finding::Permission;

/// The permission's names: Chrome 145 and later, and before.
const NAMES: [&str; 2] = ["loopback-network", "local-network-access"];

/// What the browser says now.
pub(super) async fn query() -> Permission {
    if page_is_local() {
        return Permission::Granted;
    }
    for name in NAMES {
        // An unknown name is a rejected promise: try the next.
        if let Ok(state) = query_name(name).await {
            return match state {
                PermissionState::Denied => Permission::Denied,
                PermissionState::Prompt => Permission::Prompt,
                _ => Permission::Granted,
            };
        }
    }
    Permission::Granted
}

/// A page from the machine itself needs no permission, whatever a query says.
fn page_is_local() -> bool {
    let host = window().location().hostname().unwrap_or_default();
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

async fn query_name(name: &str) -> Result<PermissionState, JsValue> {
    let descriptor = js_sys::Object::new();
    js_sys::Reflect::set(&descriptor, &"name".into(), &name.into())?;
    let promise = window().navigator().permissions()?.query(&descriptor)?;
    let status: PermissionStatus = JsFuture::from(promise).await?.dyn_into()?;
    Ok(status.state())
}
