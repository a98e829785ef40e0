//! What the attract screen says large, and the way from it to the login: a card that
//! comes in leads there by itself. One that was in already is somebody's who went away,
//! so that it takes a hand.

use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    device::{Device, DeviceStatus, use_device},
    islands::act_many::forget_ticks,
    text::{Language, Text, device as words, kiosk as text},
};

/// Where a card leads.
const LOGIN: &str = "/login";

/// What is to be done first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// A card is wanted.
    Insert,
    /// A card was in when the page came.
    Left,
    /// The browser asks before the bridge may be spoken to; somebody has to click.
    Connect,
    /// No card can be read.
    OutOfOrder,
}

impl Call {
    fn of(status: &DeviceStatus) -> Self {
        match status {
            DeviceStatus::Ready => Self::Left,
            DeviceStatus::NotStarted
            | DeviceStatus::Connecting
            | DeviceStatus::NoCard
            | DeviceStatus::CardMute => Self::Insert,
            DeviceStatus::NeedsPermission => Self::Connect,
            _ => Self::OutOfOrder,
        }
    }

    const fn words(self) -> Text {
        match self {
            Self::Insert => text::INSERT,
            Self::Left => text::LEFT,
            Self::Connect | Self::OutOfOrder => text::OUT_OF_ORDER,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Insert => "attract__call-out",
            Self::Left => "attract__call-out attract__call-out--left",
            Self::Connect | Self::OutOfOrder => "attract__call-out attract__call-out--broken",
        }
    }

    const fn symbol(self) -> Symbol {
        match self {
            Self::Insert => Symbol::Card,
            Self::Left | Self::Connect | Self::OutOfOrder => Symbol::Warning,
        }
    }
}

/// The words, and what listens for a card.
#[island(lazy)]
pub(crate) fn Attract() -> impl IntoView {
    let device = use_device();
    // Whoever was here before has gone.
    device.let_go_when_connected();
    forget_ticks();
    let leads_on = RwSignal::new(false);
    let call = Memo::new(move |_| match device.status.with(Call::of) {
        Call::Left if leads_on.get() => Call::Insert,
        call => call,
    });
    // For whoever reads the other language and has chosen nothing yet.
    let other = Language::current().other();
    Effect::new(move |before: Option<Option<Cards>>| watch(device, leads_on, before.flatten()));
    view! {
        <section class=move || call.get().class() aria-live="polite">
            {move || view! { <Icon symbol=call.get().symbol() /> }}
            <h1 class="attract__title">
                {move || call.get().words()}
            </h1>
            <p class="attract__other" lang=other.tag()>
                {move || call.get().words().of(other)}
            </p>
            {move || detail(device, call.get())}
        </section>
    }
}

/// The cards that are in, each with its reader and insertion.
type Cards = Vec<(String, u64)>;

/// Leads to the login when a card came in since it was called first; gives the cards that
/// are in, once that is known.
fn watch(device: Device, leads_on: RwSignal<bool>, before: Option<Cards>) -> Option<Cards> {
    if !device.status.with(DeviceStatus::sees_readers) {
        return before;
    }
    let now = device.insertions();
    // The card is for the page that somebody sees.
    if !document().hidden() && before.is_some_and(|before| has_new(&before, &now)) {
        leads_on.set(true);
        // In the place of this page: 返回 would lead to it, and end the session.
        let _refused = window().location().replace(LOGIN);
    }
    Some(now)
}

fn has_new(before: &[(String, u64)], now: &[(String, u64)]) -> bool {
    now.iter().any(|card| !before.contains(card))
}

/// What is said besides.
fn detail(device: Device, call: Call) -> Option<AnyView> {
    match call {
        Call::Insert => {
            let mute = device.status.with(|status| {
                (*status == DeviceStatus::CardMute).then(|| words::status_sentences(status))
            });
            mute.map(|(what, next)| {
                view! { <p class="attract__hint">{what} " " {next}</p> }.into_any()
            })
        }
        Call::Left => Some(
            view! {
                <p class="attract__hint">{text::LEFT_HINT}</p>
                <a class="button button--primary attract__go-on" href=LOGIN>
                    {text::GO_ON}
                </a>
            }
            .into_any(),
        ),
        Call::Connect => {
            let on_click = move |_| device.connect();
            Some(
                view! {
                    <button
                        class="button button--primary attract__go-on"
                        type="button"
                        on:click=on_click
                    >
                        {words::CONNECT}
                    </button>
                }
                .into_any(),
            )
        }
        Call::OutOfOrder => {
            let (what, _for_the_desk) = device.status.with(words::status_sentences);
            Some(
                view! {
                    <p class="attract__hint">{text::OUT_OF_ORDER_HINT}</p>
                    <p class="attract__reason">{what}</p>
                }
                .into_any(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_card_that_comes_in_leads_on() {
        let cards = |all: &[(&str, u64)]| -> Cards {
            all.iter()
                .map(|(name, at)| ((*name).to_owned(), *at))
                .collect()
        };
        for (before, now, leads) in [
            (&[][..], &[][..], false),
            (&[], &[("R0", 1)], true),
            (&[("R0", 1)], &[("R0", 1)], false),
            (&[("R0", 1)], &[("R0", 2)], true),
            (&[("R0", 1)], &[("R0", 1), ("R1", 1)], true),
            (&[("R0", 1), ("R1", 1)], &[("R1", 1)], false),
        ] {
            assert_eq!(
                has_new(&cards(before), &cards(now)),
                leads,
                "{before:?} {now:?}"
            );
        }
    }
}
