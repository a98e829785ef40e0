//! 显示: a 证件编号 in full, which is an event itself. It is hidden again by
//! itself, and never part of what the server renders.

use std::time::Duration;

use card_domain::CardId;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, calls},
    device::login_card::use_login_card,
    islands::hydrated::use_hydrated,
    text::timeline as text,
};

/// How long a number stays on the screen of a terminal.
const SHOWN: Duration = Duration::from_secs(30);

/// What is shown.
#[derive(Clone)]
enum Shown {
    Masked,
    Asking,
    Full(String),
    Failed(ApiError),
}

/// The masked number, and the button.
#[island(lazy)]
pub(crate) fn Reveal(
    /// Whose number.
    card: CardId,
    /// The number with its middle hidden.
    masked: String,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let shown = RwSignal::new(Shown::Masked);
    // Each 显示 has its own time.
    let nth = StoredValue::new(0_u32);
    let is_out = use_login_card().is_out;
    Effect::new(move || {
        if is_out.get() {
            shown.set(Shown::Masked);
        }
    });
    let is_full = move || matches!(shown.get(), Shown::Full(_));
    let on_click = move |_| {
        if matches!(shown.get_untracked(), Shown::Full(_)) {
            return shown.set(Shown::Masked);
        }
        shown.set(Shown::Asking);
        spawn_local(async move {
            match calls::reveal_id_number(card).await {
                Ok(revealed) => {
                    if is_out.get_untracked() {
                        return shown.set(Shown::Masked);
                    }
                    shown.set(Shown::Full(revealed.id_number));
                    nth.update_value(|nth| *nth += 1);
                    let this = nth.get_value();
                    set_timeout(
                        move || {
                            if nth.try_get_value() == Some(this) {
                                shown.set(Shown::Masked);
                            }
                        },
                        SHOWN,
                    );
                }
                Err(error) => shown.set(Shown::Failed(error)),
            }
        });
    };
    view! {
        <span class="reveal">
            <span class="figures" role="status">
                {move || match shown.get() {
                    Shown::Full(number) => number,
                    _ => masked.clone(),
                }}
            </span>
            <button
                class="button button--small"
                type="button"
                title=text::REVEAL_HINT
                disabled=move || !hydrated.get() || matches!(shown.get(), Shown::Asking)
                on:click=on_click
            >
                {move || if is_full() { text::HIDE } else { text::REVEAL }}
            </button>
            <span class="reveal__error" role="alert">
                {move || match shown.get() {
                    Shown::Failed(error) => error.message,
                    _ => String::new(),
                }}
            </span>
        </span>
    }
}
