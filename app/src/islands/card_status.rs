//! The way to a card as it is now, in full with its remedy, and as a choice
//! where several readers have a card.

use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    device::{CardFace, Device, DeviceStatus, FaceKind, use_device},
    islands::usb_key::UsbFaults,
    terminal::is_terminal,
    text::device as text,
};

/// How to begin, in 帮助.
const FIRST_STEPS: &str = "/help#first";

/// How grave a status is, for colour and picture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Busy,
    Ready,
    Wanting,
    Broken,
}

impl Tone {
    /// The tone of what is shown: a card that can't be used is not ready.
    fn of(status: &DeviceStatus, face: Option<&CardFace>) -> Self {
        match (status, face.map(|face| &face.kind)) {
            (DeviceStatus::NotStarted | DeviceStatus::Connecting, _) => Self::Busy,
            (
                DeviceStatus::Ready,
                Some(
                    FaceKind::Blank
                    | FaceKind::Unreadable(_)
                    | FaceKind::Made {
                        pin_tries: Some(0 | 1),
                        ..
                    },
                ),
            ) => Self::Broken,
            (DeviceStatus::Ready, _) => Self::Ready,
            (DeviceStatus::NoCard | DeviceStatus::NoReader | DeviceStatus::NeedsPermission, _) => {
                Self::Wanting
            }
            _ => Self::Broken,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Ready => "ready",
            Self::Wanting => "wanting",
            Self::Broken => "broken",
        }
    }

    const fn symbol(self) -> Symbol {
        match self {
            Self::Busy => Symbol::Clock,
            Self::Ready => Symbol::Check,
            Self::Wanting => Symbol::Emblem,
            Self::Broken => Symbol::Warning,
        }
    }
}

pub(super) fn tone(device: Device) -> Tone {
    device
        .status
        .with(|status| Tone::of(status, device.face().as_ref()))
}

/// What is missing, or which card is there, and what to do now.
fn sentences(device: Device) -> (String, String) {
    device.status.with(|status| match (status, device.face()) {
        (DeviceStatus::Ready, Some(face)) => text::face_sentences(&face.kind),
        _ => text::status_sentences(status),
    })
}

/// The status in full: one sentence, one remedy. It is announced when it changes.
#[component]
pub(crate) fn CardStatus() -> impl IntoView {
    let device = use_device();
    let tone = Memo::new(move |_| tone(device));
    let sentences = Memo::new(move |_| sentences(device));
    let class = move || format!("card-status card-status--{}", tone.get().name());
    view! {
        <div class=class role="status">
            {move || view! { <Icon symbol=tone.get().symbol() /> }}
            <div class="card-status__body">
                <p class="card-status__title">{move || sentences.get().0}</p>
                {move || {
                    let next_step = sentences.get().1;
                    (!next_step.is_empty())
                        .then(|| view! { <p class="card-status__hint">{next_step}</p> })
                }} {move || remedy(device)}
            </div>
        </div>
        <UsbFaults />
        <ReaderChoice />
    }
}

/// What a click or an administrator can do about a status, beyond words.
fn remedy(device: Device) -> Option<AnyView> {
    match device.status.get() {
        DeviceStatus::NeedsPermission => {
            let button = view! {
                <button
                    class="button button--primary"
                    type="button"
                    on:click=move |_| device.connect()
                >
                    {text::CONNECT}
                </button>
            };
            Some(button.into_any())
        }
        DeviceStatus::OriginNotAllowed | DeviceStatus::GrantRefused => {
            // The status comes from the browser, so there is an address.
            let origin = window().location().origin().unwrap_or_default();
            let command = view! {
                <p class="card-status__hint">
                    {text::ALLOW_COMMAND}
                    <code class="card-status__command">{format!("card-bridge allow {origin}")}</code>
                </p>
            };
            Some(command.into_any())
        }
        // Nobody installs anything at a terminal.
        DeviceStatus::BridgeMissing if !is_terminal() => {
            let steps = view! {
                <a class="card-status__hint" href=FIRST_STEPS target="_blank" rel="noopener">
                    {text::FIRST_STEPS}
                </a>
            };
            Some(steps.into_any())
        }
        _ => None,
    }
}

/// Which card to use, where several readers have one.
#[component]
fn ReaderChoice() -> impl IntoView {
    let device = use_device();
    let offered = Memo::new(move |_| device.readers_with_card());
    let option = move |reader: String| {
        let name = {
            let reader = reader.clone();
            move || {
                let faces = device.faces.get();
                let face = faces.iter().find(|face| face.reader == reader);
                let name = face.and_then(|face| face.kind.name());
                text::card_in(&reader, name.as_deref())
            }
        };
        let chosen = {
            let reader = reader.clone();
            move || device.reader.get().as_ref() == Some(&reader)
        };
        view! {
            <label class="reader-choice__option">
                <input
                    type="radio"
                    name="reader"
                    prop:checked=chosen
                    on:change=move |_| device.choose_reader(&reader)
                />
                <span>{name}</span>
            </label>
        }
    };
    view! {
        <Show when=move || offered.with(|readers| readers.len() > 1)>
            <fieldset class="reader-choice">
                <legend class="reader-choice__legend">{text::CHOOSE_READER}</legend>
                <For each=move || offered.get() key=Clone::clone children=option />
            </fieldset>
        </Show>
    }
}
