//! Keys that the page opens itself: the offer to choose one, in words that say what the
//! browser will ask, and what is the matter with those that can't be used.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::icon::{Icon, Symbol},
    device::{Device, DeviceStatus, use_device},
    text::usb as text,
};

/// The offer, while no card can be used and the browser opens keys at all.
#[component]
pub(crate) fn UsbOffer() -> impl IntoView {
    let device = use_device();
    let is_offered = Memo::new(move |_| {
        // Not while nobody knows yet: what comes and goes moves what is below.
        let is_wanting = device.status.with(|status| {
            !matches!(
                status,
                DeviceStatus::Ready | DeviceStatus::NotStarted | DeviceStatus::Connecting
            )
        });
        device.usb.with(|usb| usb.is_supported) && is_wanting
    });
    view! {
        <Show when=move || is_offered.get()>
            <div class="usb-offer">
                <p class="usb-offer__title">{text::OFFER}</p>
                <p class="usb-offer__hint">{text::OFFER_HINT}</p>
                <ChooseKey />
            </div>
        </Show>
    }
}

/// Has the browser ask for a key.
#[component]
pub(crate) fn ChooseKey() -> impl IntoView {
    let device = use_device();
    view! {
        <button
            class="button"
            type="button"
            on:click=move |_| spawn_local(device.choose_key())
        >
            {text::CHOOSE}
        </button>
    }
}

/// Keys that the page may use, and can't: each with its remedy.
#[component]
pub(crate) fn UsbFaults() -> impl IntoView {
    let device = use_device();
    let faults = Memo::new(move |_| faults(device));
    view! {
        <div class="usb-faults" role="status">
            <For each=move || faults.get() key=Clone::clone let:fault>
                <div class="card-status card-status--broken">
                    <Icon symbol=Symbol::Warning />
                    <div class="card-status__body">
                        <p class="card-status__title">{fault.0}</p>
                        <p class="card-status__hint">{fault.1}</p>
                    </div>
                </div>
            </For>
        </div>
    }
}

fn faults(device: Device) -> Vec<(String, String)> {
    device.usb.with(|usb| {
        let keys = usb.unusable.iter();
        keys.map(|key| text::fault(&key.name, &key.fault)).collect()
    })
}
