//! The part of 环境检测 that is about keys which the page opens itself.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    device::use_device,
    islands::{hydrated::use_hydrated, usb_key::ChooseKey},
    text::usb as text,
};

/// Which keys there are, what is the matter with those that can't be used, and what any
/// device says of itself, for the help desk.
#[component]
pub(super) fn UsbCheck() -> impl IntoView {
    let device = use_device();
    let hydrated = use_hydrated();
    let is_supported = Memo::new(move |_| device.usb.with(|usb| usb.is_supported));
    let usable = move || {
        device.usb.with(|usb| {
            let names = usb.keys.iter().map(|key| text::usable(&key.name));
            names.collect::<Vec<_>>()
        })
    };
    let faulty = move || {
        device.usb.with(|usb| {
            let keys = usb.unusable.iter();
            let lines = keys.map(|key| text::coded(&key.name, &key.fault));
            lines.collect::<Vec<_>>()
        })
    };
    let has_none = move || {
        device
            .usb
            .with(|usb| usb.keys.is_empty() && usb.unusable.is_empty())
    };
    view! {
        <section class="environment__usb">
            <h2 class="environment__part">{text::CHECK}</h2>
            <Show
                when=move || is_supported.get()
                fallback=move || {
                    hydrated
                        .get()
                        .then(|| view! { <p class="environment__hint">{text::UNSUPPORTED}</p> })
                }
            >
                <Show when=has_none>
                    <p class="environment__hint">{text::NONE}</p>
                </Show>
                <For each=usable key=Clone::clone let:line>
                    <p>{line}</p>
                </For>
                <For each=faulty key=Clone::clone let:line>
                    <p>{line}</p>
                </For>
                <p class="environment__hint">{text::OFFER_HINT}</p>
                <ChooseKey />
                <Description />
            </Show>
        </section>
    }
}

/// What any device says of itself.
#[component]
fn Description() -> impl IntoView {
    let device = use_device();
    let said = RwSignal::new(None::<String>);
    let describe = move |_| {
        spawn_local(async move {
            if let Some(description) = device.describe_usb().await {
                said.set(Some(description));
            }
        });
    };
    view! {
        <details class="environment__report">
            <summary>{text::DESCRIBE}</summary>
            <p class="environment__hint">{text::DESCRIBE_HINT}</p>
            <button class="button" type="button" on:click=describe>
                {text::DESCRIBE}
            </button>
            <Show when=move || said.with(Option::is_some)>
                <pre class="environment__descriptor">{move || said.get()}</pre>
            </Show>
        </details>
    }
}
