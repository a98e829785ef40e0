//! 环境检测: the way to a card step by step, what is wrong with its remedy, and a
//! report for the help desk. It follows the device by itself.

use card_protocol::bridge::PROTOCOL_VERSION;
use leptos::{html, prelude::*, task::spawn_local, web_sys::js_sys::Date};

use crate::{
    components::icon::{Icon, Symbol},
    device::{
        Device, DeviceStatus,
        diagnosis::{Diagnosis, Step, StepState},
        use_device,
    },
    islands::{bridge_update::BridgeUpdate, card_status::CardStatus},
    text::{Text, common, device as device_words, environment as text},
};

mod browser;
mod usb;

/// The whole check.
#[island(lazy)]
pub(crate) fn EnvironmentCheck() -> impl IntoView {
    let device = use_device();
    let diagnosis = Memo::new(move |_| diagnose(device));
    let is_unknown = move || {
        device
            .bridge
            .with(|view| view.status == DeviceStatus::UnknownBridge)
    };
    view! {
        <ol class="checks">
            {Step::ALL
                .map(|step| {
                    let state = Memo::new(move |_| diagnosis.get().state(step));
                    view! { <StepLine step state /> }
                })
                .collect_view()}
        </ol>
        <CardStatus />
        <Show when=is_unknown>
            <ForgetBridge />
        </Show>
        <BridgeUpdate />
        {move || {
            let held = device.bridge.with(|view| text::held(&view.bridge.held));
            held.map(|held| view! { <p class="environment__hint">{held}</p> })
        }}
        <Show when=move || diagnosis.get().ends_at.is_none()>
            <p>
                {text::READY} " " {text::READY_NEXT}
            </p>
        </Show>
        <p class="environment__code">
            {text::CODE} " " <strong class="figures">{move || diagnosis.get().code}</strong>
            <span class="environment__hint">{text::CODE_HINT}</span>
        </p>
        <Report />
        // Also while all seems well: who was met first may not have been the bridge.
        <Show when=move || !is_unknown()>
            <details class="environment__report">
                <summary>{text::FORGET_WHEN}</summary>
                <ForgetBridge />
            </details>
        </Show>
        // The last, for it appears once the browser was asked whether it can.
        <usb::UsbCheck />
    }
}

fn diagnose(device: Device) -> Diagnosis {
    let face = device.face();
    let face = face.as_ref().map(|face| &face.kind);
    let found = device.status.with(|status| Diagnosis::of(status, face));
    if device.is_by_key() {
        found.by_key()
    } else {
        found
    }
}

#[component]
fn StepLine(step: Step, state: Memo<StepState>) -> impl IntoView {
    let class = move || {
        let name = match state.get() {
            StepState::Sound => "sound",
            StepState::Busy => "busy",
            StepState::Fault => "fault",
            StepState::Unknown | StepState::NotNeeded => "unknown",
        };
        format!("checks__line checks__line--{name}")
    };
    let symbol = move || match state.get() {
        StepState::Sound => Symbol::Check,
        StepState::Busy => Symbol::Clock,
        StepState::Fault => Symbol::Warning,
        StepState::Unknown | StepState::NotNeeded => Symbol::Dashed,
    };
    view! {
        <li class=class>
            {move || view! { <Icon symbol=symbol() /> }}
            <span class="checks__name">{text::step(step)}</span>
            <span class="checks__state">{move || text::state(state.get())}</span>
        </li>
    }
}

/// Forgets the bridge that this browser knew, once a person said twice that there is a
/// new one.
#[component]
fn ForgetBridge() -> impl IntoView {
    let device = use_device();
    let is_asked = RwSignal::new(false);
    view! {
        <Show
            when=move || is_asked.get()
            fallback=move || {
                view! {
                    <p class="environment__forget">
                        <button class="button" type="button" on:click=move |_| is_asked.set(true)>
                            {text::FORGET}
                        </button>
                    </p>
                }
            }
        >
            <p role="alert">{text::FORGET_SURE}</p>
            <p class="environment__forget">
                <button
                    class="button button--danger"
                    type="button"
                    on:click=move |_| {
                        device.forget_bridge();
                        is_asked.set(false);
                    }
                >
                    {text::FORGET_DO}
                </button>
                <button class="button" type="button" on:click=move |_| is_asked.set(false)>
                    {common::CANCEL}
                </button>
            </p>
        </Show>
    }
}

/// The report, and the button that copies it.
#[component]
fn Report() -> impl IntoView {
    let device = use_device();
    let field = NodeRef::<html::Textarea>::new();
    let said = RwSignal::new(Text::EMPTY);
    let report = move || report(device);
    let copy = move |_| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        // Marked first: where the browser copies nothing, a key does.
        field.select();
        spawn_local(async move {
            said.set(if browser::copy(&field.value()).await {
                text::COPIED
            } else {
                text::COPY_BY_HAND
            });
        });
    };
    view! {
        <details class="environment__report">
            <summary>{text::REPORT}</summary>
            <p class="environment__hint">{text::REPORT_HINT}</p>
            <textarea
                node_ref=field
                class="input environment__text"
                rows="9"
                readonly
                aria-label=text::REPORT
                prop:value=report
            ></textarea>
            <button class="button" type="button" on:click=copy>
                {text::COPY}
            </button>
            <span class="environment__hint" role="status">
                {move || said.get()}
            </span>
        </details>
    }
}

/// As it is now. On the server, which has no device, it is empty.
fn report(device: Device) -> String {
    if device
        .status
        .with(|status| *status == DeviceStatus::NotStarted)
    {
        return String::new();
    }
    let diagnosis = diagnose(device);
    let (sentence, _remedy) = device.status.with(device_words::status_sentences);
    let readers = device.readers.with(|readers| {
        let lines = readers
            .iter()
            .map(|reader| text::reader(&reader.name, &reader.slot));
        lines.collect::<Vec<_>>()
    });
    let bridge = device.bridge.with(|view| view.bridge.version.clone());
    text::report(&text::ReportFacts {
        code: diagnosis.code,
        sentence: &sentence,
        at: &String::from(Date::new_0().to_string()),
        origin: &window().location().origin().unwrap_or_default(),
        browser: &browser::name(),
        page: &text::page_version(env!("CARGO_PKG_VERSION"), PROTOCOL_VERSION),
        bridge: bridge.as_deref().unwrap_or("—"),
        readers: &readers,
    })
}
