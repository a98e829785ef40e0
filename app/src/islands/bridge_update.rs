//! A newer bridge is to be had: one line, in nobody's way.

use leptos::prelude::*;

use crate::{
    device::{Device, DeviceStatus, NewestBridge, newest, use_device},
    text::device as text,
};

/// Offers the newest bridge to whoever has an older one; nothing else is shown.
#[component]
pub(super) fn BridgeUpdate() -> impl IntoView {
    let device = use_device();
    move || {
        let is_too_old = device
            .bridge
            .with(|view| matches!(view.status, DeviceStatus::BridgeTooOld { .. }));
        let newest = offered(device, is_too_old)?;
        let words = text::bridge_update(&newest.version.to_string(), is_too_old);
        let link = newest.update_url.map(|address| {
            view! {
                <a href=address target="_blank" rel="noopener noreferrer">
                    {text::BRIDGE_UPDATE}
                </a>
            }
        });
        Some(view! { <p class="card-status__hint">{words} " " {link}</p> })
    }
}

fn offered(device: Device, is_too_old: bool) -> Option<NewestBridge> {
    let newest = newest::of_page()?;
    let is_older = device.bridge.with(|view| {
        let version = view.bridge.version.as_deref();
        version.is_some_and(|version| newest.is_newer_than(version))
    });
    (is_too_old || is_older).then_some(newest)
}
