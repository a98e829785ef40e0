//! After a session: how it ended, and the card that is still in the reader. Once that was
//! taken, the page is ready for the next one.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    device::{DeviceStatus, use_device},
    islands::tabs,
    left::Left,
    terminal::{is_terminal, start_address},
    text::{common, session as text},
};

/// So long what is said can be read.
const READ: Duration = Duration::from_secs(4);

/// The cards that are in, each with its reader and insertion.
type Cards = Vec<(String, u64)>;

/// Leads to where the next session begins.
fn begin_anew() {
    // A browser that refuses leaves the link.
    let _refused = window().location().replace(start_address());
}

/// How the session ended.
#[island(lazy)]
pub(crate) fn LeftPanel(
    /// How it ended.
    left: Left,
) -> impl IntoView {
    let device = use_device();
    device.let_go_when_connected();
    Effect::new(tabs::tell_of_end);
    // Whether the last person's card is in; nothing before one was seen.
    let card = RwSignal::new(None::<bool>);
    Effect::new(move |before: Option<Option<Cards>>| {
        let here = device.insertions();
        let known = before.flatten();
        if !device.status.with(DeviceStatus::sees_readers) {
            return known;
        }
        let Some(left) = known else {
            if !here.is_empty() {
                card.set(Some(true));
            } else if is_terminal() {
                // Nobody has to be waited for.
                set_timeout(begin_anew, READ);
            }
            return Some(here);
        };
        if here.iter().any(|card| !left.contains(card)) {
            // The next person is there.
            begin_anew();
        } else if here.is_empty() && card.get_untracked() == Some(true) {
            card.set(Some(false));
            set_timeout(begin_anew, READ);
        }
        Some(left)
    });
    view! {
        <section class="left">
            <p class="left__title">
                <Icon symbol=Symbol::Check />
                {text::left(left)}
            </p>
            <div role="alert">
                {move || match card.get() {
                    Some(true) => {
                        view! {
                            <div class="left__card">
                                <p class="left__take">{text::TAKE_CARD}</p>
                                <p>{text::TAKE_CARD_HINT}</p>
                            </div>
                        }
                            .into_any()
                    }
                    Some(false) => view! { <p class="left__taken">{text::CARD_TAKEN}</p> }.into_any(),
                    None => ().into_any(),
                }}
            </div>
            <a class="button button--primary" href=start_address()>
                {common::TO_LOGIN}
            </a>
        </section>
    }
}
